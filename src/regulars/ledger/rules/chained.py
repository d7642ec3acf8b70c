"""Several changes of one account in one transaction: each is planned on what the one before leaves."""

from collections.abc import Iterable
from uuid import UUID

from msgspec.structs import replace

from regulars.ledger.rules.plan import AccountState, Lot, Plan


def after(account: AccountState, plan: Plan, lot_id: UUID, *, emptied: Iterable[Lot] = ()) -> AccountState:
    """The account as a plan leaves it; `version` stays, since all changes are written at once.

    `lot_id` names the lot that the plan opens; `emptied` are lots that units may come back to, and that the account does
    not name where nothing was left in them.
    """
    opened = (plan.new_lot.opened(lot_id),) if plan.new_lot else ()
    if not plan.draws:
        return replace(account, balance=plan.balance_after, lots=(*account.lots, *opened))
    drawn = {draw.lot_id: draw.amount for draw in plan.draws}
    named = {lot.id for lot in account.lots}
    known = [*account.lots, *(lot for lot in emptied if lot.id in drawn and lot.id not in named)]
    lots = [replace(lot, remaining=lot.remaining - drawn[lot.id]) if lot.id in drawn else lot for lot in known]
    return replace(account, balance=plan.balance_after, lots=(*lots, *opened))
