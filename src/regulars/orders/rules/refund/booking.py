"""The transactions of a refund: what returns goes first, then what is taken back, each naming what it undoes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from regulars.kernel.amount import AMOUNT_MAX, format_amount
from regulars.kernel.ids import encode
from regulars.ledger.errors import BalanceTooLarge
from regulars.ledger.rules.chained import after
from regulars.ledger.rules.plan import AccountState, DrawnLot, TooLarge, plan_return
from regulars.ledger.rules.posting import Leg, Posting, Taken
from regulars.ledger.rules.take_back import plan_take_back
from regulars.orders.rules.effects import By
from regulars.orders.rules.refund.outcome import Moved, RewardBack
from regulars.orders.rules.refund.values import RefundPlan, Returned, TakenBack
from regulars.programs.rules.refunds import RefundRules


@dataclass(frozen=True, slots=True)
class EffectRow:
    """What an order did to a balance, with the entry that did it and what became of it.

    `left` is what may still be taken back of the transaction, after `ordinal` reversals; `recovered` of this effect's
    own entry was. `lot_id` is the lot that an earning made, of which `expired` units were posted off.
    """

    position: int
    kind: str
    card_id: UUID
    card_status: str
    balance_type_id: UUID
    balance_type: str
    balance_kind: str
    decimals: int
    account_id: UUID
    promotion_id: UUID | None
    amount: int
    undone: int
    transaction_id: UUID | None
    hold_id: UUID | None
    settings: RefundRules
    ordinal: int = 0
    left: int = 0
    entry_id: UUID | None = None
    lot_id: UUID | None = None
    expired: int = 0
    recovered: int = 0

    @property
    def is_closed(self) -> bool:
        """Whether the card is gone, so that nothing can be taken from it or returned to it."""
        return self.card_status in ("deleted", "undone")


@dataclass(slots=True)
class Undoing:
    """Transactions while they are planned one after another, and what they come to.

    `paid_out` is money that a deposit of a card that is gone had paid: it goes back as money.
    """

    accounts: dict[UUID, AccountState]
    by: By
    now: datetime
    postings: list[Posting] = field(default_factory=list)
    returned: list[Moved] = field(default_factory=list)
    taken_back: list[Moved] = field(default_factory=list)
    not_recovered: list[Moved] = field(default_factory=list)
    owing: set[UUID] = field(default_factory=set)
    paid_out: int = 0
    rewards: tuple[RewardBack, ...] = ()


def book_refund(
    plan: RefundPlan,
    effects: Mapping[int, EffectRow],
    accounts: Mapping[UUID, AccountState],
    drawn: Mapping[UUID, tuple[DrawnLot, ...]],
    by: By,
    *,
    currency_decimals: int,
    now: datetime,
) -> Undoing | BalanceTooLarge:
    """Plan the transactions of a refund. `drawn` is what is left of what each spending entry drew.

    What returns comes first, so that it can serve what is taken back before anything becomes a debt.
    """
    undoing = Undoing(dict(accounts), by, now)
    for part in plan.returned:
        problem = _return(undoing, effects[part.position], part, drawn, currency_decimals)
        if problem is not None:
            return problem
    by_transaction: dict[UUID, list[TakenBack]] = {}
    for back in plan.taken_back:
        transaction_id = effects[back.position].transaction_id
        assert transaction_id is not None
        by_transaction.setdefault(transaction_id, []).append(back)
    for backs in by_transaction.values():
        _take_back(undoing, effects, backs)
    return undoing


def _return(
    undoing: Undoing,
    row: EffectRow,
    part: Returned,
    drawn: Mapping[UUID, tuple[DrawnLot, ...]],
    currency_decimals: int,
) -> BalanceTooLarge | None:
    money = format_amount(part.money, currency_decimals)
    if row.is_closed:
        if row.balance_kind == "deposit":
            undoing.paid_out += part.money
        else:
            undoing.not_recovered.append(_moved(row, part.amount, money=money, reason="card_deleted"))
        return None
    assert row.entry_id is not None
    account = undoing.accounts[row.account_id]
    plan = plan_return(
        account,
        part.amount,
        drawn=drawn[row.entry_id],
        now=undoing.now,
        life=row.settings.returned_lot_life,
    )
    if isinstance(plan, TooLarge):
        return BalanceTooLarge(largest=format_amount(AMOUNT_MAX, row.decimals))
    leg = Leg(plan=plan, card_id=row.card_id, balance_type_id=row.balance_type_id)
    emptied = [one.lot for one in drawn[row.entry_id]]
    undoing.accounts[account.id] = after(account, plan, leg.lot_id, emptied=emptied)
    _append(undoing, row, (leg,))
    ends = plan.new_lot.expires_at if plan.new_lot else None
    undoing.returned.append(_moved(row, part.amount, money=money, expires_at=ends))
    return None


def _take_back(undoing: Undoing, effects: Mapping[int, EffectRow], backs: list[TakenBack]) -> None:
    """Take back of one transaction: one that names it, with an entry for each of its earnings."""
    legs = []
    for back in backs:
        row = effects[back.position]
        if row.is_closed:
            undoing.not_recovered.append(_moved(row, back.amount, reason="card_deleted"))
            continue
        account = undoing.accounts[row.account_id]
        over = _expired(account, row, back.amount)
        if over:
            # What expired unused is gone already: it is not taken a second time from other units.
            undoing.not_recovered.append(_moved(row, over, reason="expired"))
        if over == back.amount:
            continue
        may_owe = row.settings.not_recovered == "debt" and row.balance_kind != "deposit"
        taken = plan_take_back(account, back.amount - over, first_lot=row.lot_id, now=undoing.now, may_owe=may_owe)
        if taken.missing:
            undoing.not_recovered.append(_moved(row, taken.missing, reason="spent"))
        if taken.plan is None:
            continue
        leg = Leg(plan=taken.plan, card_id=row.card_id, balance_type_id=row.balance_type_id)
        legs.append(leg)
        undoing.accounts[account.id] = after(account, taken.plan, leg.lot_id)
        if taken.owed:
            undoing.owing.add(account.id)
        undoing.taken_back.append(_moved(row, taken.taken, owed=taken.owed))
    if legs:
        _append(undoing, effects[backs[0].position], tuple(legs))


def _expired(account: AccountState, row: EffectRow, wanted: int) -> int:
    """How much of what is wanted has expired in its own lot and was not told so before."""
    own = next((lot.free for lot in account.lots if lot.id == row.lot_id), 0)
    gone_before = row.undone - row.recovered
    return max(0, min(wanted - own, row.expired - gone_before))


def _append(undoing: Undoing, row: EffectRow, legs: tuple[Leg, ...]) -> None:
    assert row.transaction_id is not None
    amount = sum(abs(leg.plan.amount) for leg in legs)
    by = undoing.by
    undoing.postings.append(
        Posting(
            kind="refund",
            source=by.source,
            at=undoing.now,
            legs=legs,
            staff_id=by.staff_id,
            key_id=by.key_id,
            location_id=by.location_id,
            order_id=by.order_id,
            promotion_id=row.promotion_id,
            taken=Taken(row.transaction_id, row.ordinal + 1, amount, row.left - amount),
        )
    )


def _moved(
    row: EffectRow,
    amount: int,
    *,
    money: str | None = None,
    reason: str | None = None,
    owed: int = 0,
    expires_at: datetime | None = None,
) -> Moved:
    return Moved(
        card=encode("crd", row.card_id),
        balance_type=row.balance_type,
        amount=format_amount(amount, row.decimals),
        kind=row.kind,
        money=money,
        reason=reason,
        owed=format_amount(owed, row.decimals) if owed else None,
        expires_at=expires_at.isoformat() if expires_at else None,
    )
