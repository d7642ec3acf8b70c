"""Several changes of one account in one transaction: each is planned on what the one before leaves."""

from uuid import UUID

from msgspec.structs import replace

from regulars.ledger.rules.plan import AccountState, Lot, Plan


def after(account: AccountState, plan: Plan, lot_id: UUID) -> AccountState:
    """The account as a plan leaves it; `version` stays, since all changes are written at once.

    `lot_id` names the lot that the plan opens.
    """
    drawn = {draw.lot_id: draw.amount for draw in plan.draws}
    lots = [replace(lot, remaining=lot.remaining - drawn[lot.id]) if lot.id in drawn else lot for lot in account.lots]
    if plan.new_lot is not None:
        new = plan.new_lot
        lots.append(Lot(lot_id, new.amount, new.remaining, new.activates_at, new.expires_at))
    return replace(account, balance=plan.balance_after, lots=tuple(lots))
