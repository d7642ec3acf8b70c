"""What becomes of an open order: changed, paid, completed (ORD-1, ORD-2, ORD-11)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import structs

from regulars.cards.actions.balances.change import retry_lost_races
from regulars.kernel.amount import format_amount
from regulars.kernel.refusal import ChangedMeanwhile, NotFound, Refusal, Refused
from regulars.ledger.actions.post import post
from regulars.ledger.events import UNITS_USABLE
from regulars.ledger.queries.accounts import lock_accounts
from regulars.ledger.rules.posting import Posting
from regulars.orders.actions.booking import book_with_enough_lots, decided, for_a_short_time, refuse_other_total
from regulars.orders.actions.changed_rows import change_parts, paid_parts
from regulars.orders.actions.codes import free_locked, kept_vouchers, lock_kept, parts_of_codes, state_part
from regulars.orders.actions.goals import met
from regulars.orders.actions.guessing import guarded_change
from regulars.orders.actions.lapsed import give_back, releasing
from regulars.orders.actions.read import ground_of, read_ground
from regulars.orders.actions.reserve import AccountOf, accounts_of, end_holds, held_parts, set_aside
from regulars.orders.actions.rows import NewOrder, carried_parts, effect_parts
from regulars.orders.errors import OrderNotOpen, OrderNotPaid, TotalChanged
from regulars.orders.events import ORDER_CHANGED, ORDER_COMPLETED, ORDER_PAID
from regulars.orders.queries.brought import all_named
from regulars.orders.queries.orders import access_order, find_order
from regulars.orders.queries.terms import current_terms
from regulars.orders.rules.command import OrderDraft, SpendDraft
from regulars.orders.rules.effects import UNTIL_COMPLETED, By, Effect, book_reserved, planned
from regulars.orders.rules.reading import parse_money
from regulars.orders.rules.redemptions import held
from regulars.orders.rules.redraft import draft_of, spends_of
from regulars.orders.rules.terms import Terms
from regulars.orders.rules.view import OrderView, Stage, view_of
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import execute, rows, unit_of_work
from regulars.platform.events import announce
from regulars.platform.hot import HotCursor, open_cursor
from regulars.rewards.actions.waiting import settle_waiting


@dataclass(frozen=True, slots=True)
class PayCommand:
    """An open order is paid; `spend` None is what was planned when it was recorded."""

    expected_total: str | None = None
    spend: tuple[SpendDraft, ...] | None = None


def pay_order(actor: Actor, identifier: str, command: PayCommand, *, now: datetime) -> OrderView:
    """Pay an open order: what was set aside is spent, what it earns is earned.

    Within the time of its reservation, and with the spends that were planned, it never refuses; else it is decided anew
    by the rules of the moment. Refuses: Forbidden, NotFound, OrderNotOpen, TotalChanged, and what recording refuses.
    """
    actor.require("orders:write")
    return guarded_change(
        actor, (), command.spend or (), lambda _heard: _pay(actor, identifier, command, now=now), now=now
    )


@retry_lost_races
@releasing
def _pay(actor: Actor, identifier: str, command: PayCommand, *, now: datetime) -> OrderView:
    with unit_of_work(actor.chain_id):
        order = lock_open(actor, identifier)
        cursor = open_cursor()
        terms = current_terms(actor.chain_id)
        account_of = accounts_of(cursor, actor.chain_id, order.effects)
        parts_of = held_parts(cursor, order.effects, account_of, now=now) if _is_reserved(order, now) else None
        if parts_of is not None and command.spend is None:
            _refuse_unexpected(order, command.expected_total)
            _pay_as_reserved(cursor, actor, order, terms, account_of, parts_of, now=now)
        else:
            draft = structs.replace(
                draft_of(order, state="paid"),
                expected_total=command.expected_total,
                spend=spends_of(order, terms) if command.spend is None else command.spend,
            )
            _decide_again(cursor, actor, order, draft, account_of, event=ORDER_PAID, now=now)
        return _get(actor, order)


def change_order(
    actor: Actor, identifier: str, changes: Mapping[str, Any], *, now: datetime, version: int | None = None
) -> OrderView:
    """Change an open order and decide it anew; `changes` holds fields of OrderDraft, those that are absent stay.

    Refuses: Forbidden, NotFound, OrderNotOpen, ChangedMeanwhile, and what recording refuses.
    """
    actor.require("orders:write")

    def run(heard: str) -> OrderView:
        return _change(actor, identifier, {**changes, "hears_slogans_only": heard}, now=now, version=version)

    return guarded_change(actor, changes.get("codes", ()), changes.get("spend", ()), run, now=now)


@retry_lost_races
@releasing
def _change(
    actor: Actor, identifier: str, changes: Mapping[str, Any], *, now: datetime, version: int | None
) -> OrderView:
    with unit_of_work(actor.chain_id):
        order = lock_open(actor, identifier)
        if version is not None and version != order.version:
            raise Refused(ChangedMeanwhile())
        cursor = open_cursor()
        terms = current_terms(actor.chain_id)
        account_of = accounts_of(cursor, actor.chain_id, order.effects)
        kept = draft_of(order, state="open")
        left = (order.reserved_until - now).total_seconds() if order.reserved_until else 0
        draft = structs.replace(kept, spend=spends_of(order, terms), reserve_seconds=max(0, int(left)))
        # Codes that are sent stand in the place of all that were there.
        draft = structs.replace(draft, known=()) if "codes" in changes else draft
        _decide_again(cursor, actor, order, structs.replace(draft, **changes), account_of, event=ORDER_CHANGED, now=now)
        return _get(actor, order)


def complete_order(actor: Actor, identifier: str, *, now: datetime) -> OrderView:
    """Complete a paid order: what waited for it can be spent by the terms of its balance type from now on.

    One of which something was given back is completed as well: what is kept was bought. Refuses: Forbidden, NotFound, OrderNotPaid.
    """
    actor.require("orders:write")
    with unit_of_work(actor.chain_id):
        order = _lock(actor, identifier)
        assert order.id is not None
        if order.state not in ("paid", "partly_refunded") or order.completed_at is not None:
            raise Refused(OrderNotPaid(state="completed" if order.completed_at else order.state))
        state = "completed" if order.state == "paid" else order.state
        cursor = open_cursor()
        _activate(cursor, actor, order, current_terms(actor.chain_id), now=now)
        execute(
            "UPDATE orders SET state = %s, completed_at = %s, version = version + 1 WHERE chain_id = %s AND id = %s",
            [state, now, actor.chain_id, order.id],
        )
        _tell(actor, order, ORDER_COMPLETED, state, now=now)
        return _get(actor, order)


LOCK: Final = "SELECT FROM orders WHERE chain_id = %s AND id = %s FOR NO KEY UPDATE"
# Only what waits is touched: a part that a refund took back meanwhile stays taken.
ACTIVATE: Final = """
WITH waiting AS (
    SELECT l.id, e.balance_type_id FROM entries e JOIN lots l ON l.entry_id = e.id
    WHERE e.transaction_id = ANY(%(transactions)s::uuid[]) AND l.activates_at = %(never)s
)
UPDATE lots SET activates_at = term.activates_at, expires_at = term.expires_at
FROM waiting JOIN unnest(%(types)s::uuid[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
    AS term (balance_type_id, activates_at, expires_at) ON term.balance_type_id = waiting.balance_type_id
WHERE lots.id = waiting.id
"""
TIMES: Final = """
UPDATE order_effects SET activates_at = term.activates_at, expires_at = term.expires_at
FROM unnest(%(types)s::uuid[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
    AS term (balance_type_id, activates_at, expires_at)
WHERE order_effects.order_id = %(order)s AND order_effects.kind = 'earn' AND order_effects.activates_at IS NULL
    AND order_effects.balance_type_id = term.balance_type_id AND order_effects.transaction_id IS NOT NULL
"""


def _activate(cursor: HotCursor, actor: Actor, order: OrderView, terms: Terms, *, now: datetime) -> None:
    waiting = [one for one in order.effects if one.kind == "earn" and one.transaction_id and one.activates_at is None]
    if not waiting:
        return
    account_of = accounts_of(cursor, actor.chain_id, waiting)
    lock_accounts(cursor, set(account_of.values()), now=now)
    types = sorted({one.balance_type_id for one in waiting})
    times = [terms.lot_times(balance_type_id, now) for balance_type_id in types]
    values = {
        "order": order.id,
        "transactions": [one.transaction_id for one in waiting],
        "never": UNTIL_COMPLETED,
        "types": types,
        "starts": [starts for starts, _ends in times],
        "ends": [ends for _starts, ends in times],
    }
    rows(ACTIVATE, values)
    rows(TIMES, values)
    announce(actor.chain_id, UNITS_USABLE, now=now, card_ids=sorted({one.card_id for one in waiting}))


def _lock(actor: Actor, identifier: str) -> OrderView:
    """The order, locked and read as it is now. Refuses: Forbidden, NotFound."""
    order_id = access_order(actor, identifier).id
    assert order_id is not None
    execute(LOCK, [actor.chain_id, order_id])
    found = find_order(actor.chain_id, order_id)
    if found is None:
        raise Refused(NotFound())
    return found


def lock_open(actor: Actor, identifier: str) -> OrderView:
    """An open order, locked and read as it is now. Refuses: Forbidden, NotFound, OrderNotOpen."""
    order = _lock(actor, identifier)
    if order.state != "open":
        raise Refused(OrderNotOpen(state=order.state))
    return order


def _get(actor: Actor, order: OrderView) -> OrderView:
    assert order.id is not None
    found = find_order(actor.chain_id, order.id)
    assert found is not None
    return found


def _is_reserved(order: OrderView, now: datetime) -> bool:
    return order.reserved_until is not None and order.reserved_until > now


def _refuse_unexpected(order: OrderView, expected: str | None) -> None:
    if expected is not None and parse_money(expected, "/expected_total", order.currency_decimals) != order.total:
        raise Refused(TotalChanged(expected=expected, total=format_amount(order.total, order.currency_decimals)))


def _pay_as_reserved(
    cursor: HotCursor,
    actor: Actor,
    order: OrderView,
    terms: Terms,
    account_of: AccountOf,
    parts_of: Mapping[UUID, Any],
    *,
    now: datetime,
) -> None:
    """Post what was decided when the order was recorded."""
    assert order.id is not None
    end_holds(cursor, order.effects, "captured", now=now)
    accounts = lock_accounts(cursor, set(account_of.values()), now=now)
    by = By(order.id, actor.through, actor.staff_id, actor.key_id, order.location_id)
    booking = book_reserved(
        order.effects, terms, accounts, account_of, parts_of, by, at=now, now=now, is_completed=False
    )
    if isinstance(booking, Refusal):
        raise Refused(booking)
    for effect in booking.effects:
        if effect.hold_id:
            values = {"hold": effect.hold_id, "amount": effect.amount, "transaction": effect.transaction_id}
            cursor.rows(
                "UPDATE holds SET captured = %(amount)s, transaction_id = %(transaction)s WHERE id = %(hold)s", values
            )
    execute("DELETE FROM order_effects WHERE chain_id = %s AND order_id = %s", [actor.chain_id, order.id])
    paid = structs.replace(order, state="paid", paid_at=now, reserved_until=None, effects=tuple(booking.effects))
    parts = [
        *paid_parts(actor, paid, event=ORDER_PAID, now=now),
        *effect_parts({order.id: booking.effects}),
        *carried_parts(_rests_now(cursor, order, terms)),
        *state_part(order.id, order.redemptions, "locked", "used"),
    ]
    postings, _ = met(cursor, actor, booking.postings, terms, order_id=order.id, now=now)
    post(cursor, actor, postings, also=parts)


def _rests_now(cursor: HotCursor, order: OrderView, terms: Terms) -> dict[tuple[UUID, UUID], int]:
    """What waits for the next block after this order, where others came between its recording and its payment."""
    rests = {}
    before = order.seen.facts.carried if order.seen else {}
    for effect in order.effects:
        if effect.kind != "earn" or effect.promotion_id not in terms.ever_carrying:
            continue
        found = cursor.row(
            "SELECT money FROM carried_rests WHERE promotion_id = %(promotion)s AND card_id = %(card)s",
            {"promotion": effect.promotion_id, "card": effect.card_id},
        )
        change = effect.carried - before.get(str(effect.promotion_id), 0)
        rests[effect.promotion_id, effect.card_id] = max(0, (found[0] if found else 0) + change)
    return rests


def _decide_again(
    cursor: HotCursor,
    actor: Actor,
    order: OrderView,
    draft: OrderDraft,
    account_of: AccountOf,
    *,
    event: str,
    now: datetime,
) -> None:
    """Give back what was set aside, decide the order by the rules of the moment, and write it in place of what it was."""
    assert order.id is not None
    lock_accounts(cursor, set(account_of.values()), now=now)
    end_holds(cursor, order.effects, "released", now=now)
    # Accounts are locked before codes, whoever comes.
    purchase, terms, found = read_ground(cursor, actor, draft, now=now, locks=True)
    purchase = for_a_short_time(purchase, terms, recorded_at=order.recorded_at or now, now=now)
    # What it kept and what it comes with now, in the order of all locks: freeing the one would lock pools before the other.
    # What it brought before it comes with again, kept or long let go.
    lock_kept(cursor, actor.chain_id, order.redemptions, all_named(purchase, found.owners))
    # What it kept of codes is free while it is decided again.
    _free_codes(cursor, actor, order, now=now)
    # What it took of limits is given back first, so that it counts as not taken when it is decided again.
    give_back(cursor, actor.chain_id, [order.id])
    ground = ground_of(cursor, actor.chain_id, purchase, terms, found, now=now, order_id=order.id)
    terms = ground.terms
    ground, decision = decided(cursor, actor, ground, now=now)
    refuse_other_total(ground, decision)
    for table in ("order_effects", "order_lines", "order_redemptions"):
        execute(f"DELETE FROM {table} WHERE chain_id = %s AND order_id = %s", [actor.chain_id, order.id])
    effects: tuple[Effect, ...]
    postings: list[Posting] = []
    if purchase.state == "open":
        until = now + timedelta(seconds=purchase.reserve_seconds) if purchase.reserve_seconds else None
        stage = Stage("open", recorded_at=order.recorded_at, reserved_until=until)
        effects = planned(decision, terms, at=purchase.at, is_completed=False)
        if until is not None:
            effects = set_aside(cursor, actor, effects, ground.account_of, terms, until=until, now=now)
    else:
        stage = Stage("paid", recorded_at=order.recorded_at, paid_at=now)
        by = By(order.id, actor.through, actor.staff_id, actor.key_id, purchase.location_id)
        booking = book_with_enough_lots(cursor, ground, decision, by, now=now, is_completed=False)
        effects = tuple(booking.effects)
        postings, _ = met(cursor, actor, booking.postings, terms, order_id=order.id, now=now)
    view = view_of(
        purchase,
        decision,
        terms,
        effects,
        order_id=order.id,
        customer_id=found.customer_id,
        card_id=purchase.card_id,
        stage=stage,
    )
    post(
        cursor,
        actor,
        postings,
        also=[
            *change_parts(actor, NewOrder(actor, purchase, decision, view, terms), event=event, now=now),
            *parts_of_codes(actor, ground.held, ground.buyer.holder_id, view, now=now),
        ],
    )
    still = {one.owner_id for one in held(view.redemptions, "voucher") if one.state in ("locked", "used")}
    settle_waiting(cursor, actor, kept_vouchers(order.redemptions) - still, now=now)


def _free_codes(cursor: HotCursor, actor: Actor, order: OrderView, *, now: datetime) -> None:
    assert order.id is not None
    free_locked(
        cursor,
        actor,
        order.id,
        order.redemptions,
        location_id=order.location_id,
        currency_decimals=order.currency_decimals,
        after="released",
        now=now,
    )


def _tell(actor: Actor, order: OrderView, event: str, state: str, *, now: datetime) -> None:
    assert order.id is not None
    cards = sorted({one.card_id for one in order.effects})
    announce(actor.chain_id, event, now=now, card_ids=cards, payload={"order_id": str(order.id), "state": state})
    audit.record(actor, verb=event, object_kind="order", object_id=order.id, now=now, location_id=order.location_id)
