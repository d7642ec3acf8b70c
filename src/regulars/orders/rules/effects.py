"""What an order does to balances, as transactions ready to be posted: spends first, then what is earned (LED-1, ORD-3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from regulars.kernel.amount import AMOUNT_MAX, format_amount
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import Refusal
from regulars.ledger.errors import BalanceTooLarge, InsufficientBalance
from regulars.ledger.rules.chained import after
from regulars.ledger.rules.plan import AccountState, Draw, Plan, Short, TooLarge, plan_capture, plan_change
from regulars.ledger.rules.posting import Leg, Posting
from regulars.orders.rules.decide import Cost, Decision, Earn
from regulars.orders.rules.spending import Spend
from regulars.orders.rules.terms import Terms

UNTIL_COMPLETED: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""When units become spendable that wait for their order to be completed: then it is replaced by the real time."""


class Effect(Struct, frozen=True):
    """What an order did, or will do, to one balance; `transaction_id` None while the order is open."""

    kind: str
    card_id: UUID
    balance_type_id: UUID
    amount: int
    promotion_id: UUID | None = None
    money: int = 0
    carried: int = 0
    activates_at: datetime | None = None
    expires_at: datetime | None = None
    transaction_id: UUID | None = None
    hold_id: UUID | None = None
    """What sets the units of a spend aside while the order is open."""


@dataclass(frozen=True, slots=True)
class By:
    """Who records an order, where, and through what."""

    order_id: UUID
    source: str
    staff_id: UUID | None
    key_id: UUID | None
    location_id: UUID | None


@dataclass(frozen=True, slots=True)
class NeedsLots:
    """These accounts have more lots than were read, and the ones that were read do not suffice."""

    account_ids: tuple[UUID, ...]


@dataclass(slots=True)
class Booking:
    """Effects and postings while they are planned one after another."""

    accounts: dict[UUID, AccountState]
    by: By
    now: datetime
    effects: list[Effect] = field(default_factory=list)
    postings: list[Posting] = field(default_factory=list)


def planned(decision: Decision, terms: Terms, *, at: datetime, is_completed: bool) -> tuple[Effect, ...]:
    """What an order would do: nothing is posted yet."""
    effects = [
        Effect("spend", one.card_id, one.balance_type_id, one.units, promotion_id=one.promotion_id)
        for one in decision.costs
    ]
    effects += [
        Effect("spend", one.card_id, one.balance_type_id, one.units, money=one.money) for one in decision.spends
    ]
    for earn in decision.earns:
        starts, ends = earning_times(terms, earn.balance_type_id, at, is_completed=is_completed)
        effects.append(
            Effect(
                "earn",
                earn.card_id,
                earn.balance_type_id,
                earn.units,
                earn.promotion_id,
                carried=earn.carried,
                activates_at=None if starts == UNTIL_COMPLETED else starts,
                expires_at=ends,
            )
        )
    return tuple(effects)


def book(
    decision: Decision,
    terms: Terms,
    accounts: Mapping[UUID, AccountState],
    account_of: Mapping[tuple[UUID, UUID], UUID],
    by: By,
    *,
    at: datetime,
    now: datetime,
    is_completed: bool,
) -> Booking | NeedsLots | Refusal:
    """Plan the transactions of a paid order. `account_of` names the account of each card and balance type.

    Refuses: InsufficientBalance, BalanceTooLarge.
    """
    booking = Booking(dict(accounts), by, now)
    for cost in decision.costs:
        problem = _spend(booking, terms, cost)
        if problem is not None:
            return problem
    for spend in decision.spends:
        problem = _spend(booking, terms, spend)
        if problem is not None:
            return problem
    by_promotion: dict[tuple[UUID, UUID], list[Earn]] = {}
    for earn in decision.earns:
        by_promotion.setdefault((earn.promotion_id, earn.card_id), []).append(earn)
    for earns in by_promotion.values():
        refusal = _earn(booking, terms, earns, account_of, at=at, is_completed=is_completed)
        if refusal is not None:
            return refusal
    return booking


def book_reserved(
    effects: Sequence[Effect],
    terms: Terms,
    accounts: Mapping[UUID, AccountState],
    account_of: Mapping[tuple[UUID, UUID], UUID],
    parts_of: Mapping[UUID, tuple[Draw, ...]],
    by: By,
    *,
    at: datetime,
    now: datetime,
    is_completed: bool,
) -> Booking | Refusal:
    """Plan the transactions of an order whose spends were set aside; `parts_of` names the units of each ended hold.

    Refuses BalanceTooLarge alone: what was set aside is there.
    """
    booking = Booking(dict(accounts), by, now)
    for effect in effects:
        if effect.kind != "spend":
            continue
        assert effect.hold_id is not None
        account = booking.accounts[account_of[effect.card_id, effect.balance_type_id]]
        plan = plan_capture(account, effect.amount, parts=parts_of[effect.hold_id])
        leg = Leg(plan=plan, card_id=effect.card_id, balance_type_id=effect.balance_type_id)
        posting = _posting(booking, "redeem", (leg,), effect.promotion_id)
        _note(booking, posting, leg)
        booking.effects.append(replace(effect, transaction_id=posting.id))
    by_promotion: dict[tuple[UUID, UUID], list[Earn]] = {}
    for effect in effects:
        if effect.kind == "earn":
            assert effect.promotion_id is not None
            earn = Earn(effect.promotion_id, effect.card_id, effect.balance_type_id, effect.amount, effect.carried)
            by_promotion.setdefault((earn.promotion_id, earn.card_id), []).append(earn)
    for earns in by_promotion.values():
        refusal = _earn(booking, terms, earns, account_of, at=at, is_completed=is_completed)
        if refusal is not None:
            return refusal
    return booking


def _spend(booking: Booking, terms: Terms, spend: Spend | Cost) -> NeedsLots | Refusal | None:
    account = booking.accounts[spend.account_id]
    plan = plan_change(account, -spend.units, now=booking.now)
    match plan:
        case Short(available=available, wanted=wanted):
            if not account.has_all_lots:
                return NeedsLots((account.id,))
            decimals = terms.balances[spend.balance_type_id].decimals
            return InsufficientBalance(
                available=format_amount(available, decimals), wanted=format_amount(wanted, decimals)
            )
        case TooLarge():
            raise AssertionError("less is never too large")
    promotion_id = spend.promotion_id if isinstance(spend, Cost) else None
    leg = Leg(plan=plan, card_id=spend.card_id, balance_type_id=spend.balance_type_id)
    posting = _posting(booking, "redeem", (leg,), promotion_id)
    _note(booking, posting, leg)
    booking.effects.append(
        Effect(
            "spend",
            spend.card_id,
            spend.balance_type_id,
            spend.units,
            promotion_id,
            money=spend.money if isinstance(spend, Spend) else 0,
            transaction_id=posting.id,
        )
    )
    return None


def _earn(
    booking: Booking,
    terms: Terms,
    earns: list[Earn],
    account_of: Mapping[tuple[UUID, UUID], UUID],
    *,
    at: datetime,
    is_completed: bool,
) -> Refusal | None:
    """One transaction for what one promotion brings to one card."""
    legs = []
    noted: list[tuple[Earn, datetime | None, datetime | None]] = []
    for earn in earns:
        starts, ends = earning_times(terms, earn.balance_type_id, at, is_completed=is_completed)
        shown = None if starts == UNTIL_COMPLETED else starts
        noted.append((earn, shown, ends))
        if earn.units == 0:
            continue
        account = booking.accounts[account_of[earn.card_id, earn.balance_type_id]]
        plan = plan_change(account, earn.units, now=booking.now, activates_at=starts, expires_at=ends)
        if not isinstance(plan, Plan):
            decimals = terms.balances[earn.balance_type_id].decimals
            return BalanceTooLarge(largest=format_amount(AMOUNT_MAX, decimals))
        leg = Leg(plan=plan, card_id=earn.card_id, balance_type_id=earn.balance_type_id)
        legs.append(leg)
        booking.accounts[account.id] = after(account, plan, leg.lot_id)
    transaction_id = None
    if legs:
        posting = _posting(booking, "earn", tuple(legs), earns[0].promotion_id)
        booking.postings.append(posting)
        transaction_id = posting.id
    for earn, starts_at, ends in noted:
        booking.effects.append(
            Effect(
                "earn",
                earn.card_id,
                earn.balance_type_id,
                earn.units,
                earn.promotion_id,
                carried=earn.carried,
                activates_at=starts_at,
                expires_at=ends,
                transaction_id=transaction_id if earn.units else None,
            )
        )
    return None


def earning_times(
    terms: Terms, balance_type_id: UUID, at: datetime, *, is_completed: bool
) -> tuple[datetime, datetime | None]:
    """From when to when units earned at a moment can be spent; before the order is completed, where the program waits
    for that, from a time that never comes."""
    program = terms.programs[terms.balances[balance_type_id].program_id]
    if program.earns_when_completed and not is_completed:
        return UNTIL_COMPLETED, None
    return terms.lot_times(balance_type_id, at)


def _posting(booking: Booking, kind: str, legs: tuple[Leg, ...], promotion_id: UUID | None) -> Posting:
    by = booking.by
    return Posting(
        kind=kind,
        source=by.source,
        at=booking.now,
        legs=legs,
        staff_id=by.staff_id,
        key_id=by.key_id,
        location_id=by.location_id,
        order_id=by.order_id,
        promotion_id=promotion_id,
        id=new_id(),
    )


def _note(booking: Booking, posting: Posting, leg: Leg) -> None:
    booking.postings.append(posting)
    account = booking.accounts[leg.plan.account_id]
    booking.accounts[account.id] = after(account, leg.plan, leg.lot_id)
