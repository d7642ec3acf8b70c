"""From a decision to what is posted: taking limits, planning transactions, saying no to another total."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import structs

from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refusal, Refused
from regulars.ledger.queries.accounts import lock_accounts
from regulars.orders.actions.goals import within_rounds
from regulars.orders.actions.limits import decide_within_limits
from regulars.orders.actions.read import Ground
from regulars.orders.errors import TotalChanged
from regulars.orders.rules.command import Purchase
from regulars.orders.rules.decide import Decision
from regulars.orders.rules.effects import Booking, By, NeedsLots, book
from regulars.orders.rules.terms import Terms
from regulars.orders.rules.view import Stage
from regulars.platform.actor import Actor
from regulars.platform.hot import HotCursor


def decided(cursor: HotCursor, actor: Actor, ground: Ground, *, now: datetime) -> tuple[Ground, Decision]:
    """The decision, with what it takes of limits taken; an open order that reserves nothing takes nothing."""
    if ground.purchase.state == "open" and not ground.purchase.reserve_seconds:
        return ground, within_rounds(cursor, ground, ground.decide())
    ground, decision = decide_within_limits(cursor, actor.chain_id, ground, now=now)
    return ground, within_rounds(cursor, ground, decision)


def book_with_enough_lots(
    cursor: HotCursor, ground: Ground, decision: Decision, by: By, *, now: datetime, is_completed: bool
) -> Booking:
    """Plan the transactions of an order; where the lots that were read do not suffice, read them all before refusing."""
    accounts = dict(ground.found.accounts)
    while True:
        outcome = book(
            decision,
            ground.terms,
            accounts,
            ground.account_of,
            by,
            at=ground.purchase.at,
            now=now,
            is_completed=is_completed,
        )
        match outcome:
            case Booking():
                return outcome
            case NeedsLots(account_ids=account_ids):
                accounts |= lock_accounts(cursor, account_ids, now=now)
            case Refusal():
                raise Refused(outcome)


KEPT_AT_ONCE_MAX: Final = timedelta(minutes=30)
KEPT_MAX: Final = timedelta(hours=2)
"""How long an open order keeps codes, vouchers and gift cards from others: at once, and in all since it was recorded."""


def for_a_short_time(purchase: Purchase, terms: Terms, *, recorded_at: datetime, now: datetime) -> Purchase:
    """The same order, reserved no longer than what it came with may be kept: somebody may have it in the hand at another till.

    Slogans of promotions are nobody's, so an order with these alone reserves as long as it asks.
    """
    if not purchase.reserve_seconds or not purchase.presents(terms.compiled.codes):
        return purchase
    left = min(KEPT_AT_ONCE_MAX, recorded_at + KEPT_MAX - now)
    seconds = max(0, min(purchase.reserve_seconds, int(left.total_seconds())))
    return structs.replace(purchase, reserve_seconds=seconds)


def stage_of(state: str, reserve_seconds: int, now: datetime) -> Stage:
    """How far an order has come that is recorded now in this state."""
    match state:
        case "open":
            reserved = now + timedelta(seconds=reserve_seconds) if reserve_seconds else None
            return Stage("open", recorded_at=now, reserved_until=reserved)
        case "paid":
            return Stage("paid", recorded_at=now, paid_at=now)
        case _:
            assert state == "completed"
            return Stage("completed", recorded_at=now, paid_at=now, completed_at=now)


def refuse_other_total(ground: Ground, decision: Decision) -> None:
    """Refuse an order whose total is not what the till expected, and say which promotions made the difference."""
    expected = ground.purchase.expected_total
    if expected is None or expected == decision.total:
        return
    decimals = ground.terms.currency_decimals

    def text(money: int) -> str:
        return format_amount(money, decimals)

    changes = [
        {
            "promotion": encode("prm", UUID(verdict.promotion)),
            "name": ground.terms.promotions[verdict.promotion].name,
            "discount": text(verdict.cut.total) if hasattr(verdict, "cut") else text(0),
        }
        for verdict in decision.priced.verdicts
        if hasattr(verdict, "cut") or ground.terms.promotions[verdict.promotion].rule.benefits
    ]
    raise Refused(TotalChanged(expected=text(expected), total=text(decision.total), changes=tuple(changes)))
