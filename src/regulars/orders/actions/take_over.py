"""A new card takes over what its customer's orders could not earn without it (ORD-3): each of them once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import structs

from regulars.cards.actions.balances import retry_lost_races
from regulars.cards.actions.late_claims import makes_cards
from regulars.cards.events import CARD_ASSIGNED, CARD_CLAIMED, CARD_ISSUED
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refusal, Refused
from regulars.ledger.actions.post import Part, post
from regulars.ledger.events import BALANCE_CHANGED
from regulars.ledger.queries.accounts import lock_accounts
from regulars.orders.actions.goals import met
from regulars.orders.actions.rows import (
    carried_parts,
    effect_row,
    facts_of_view,
    placed_effect_parts,
    promotion_parts,
    rows_text,
    verdicts_text,
)
from regulars.orders.actions.statistics import orders_named
from regulars.orders.events import ORDER_COMPLETED, ORDER_PAID, ORDER_RECORDED, ORDER_TAKEN_OVER
from regulars.orders.queries.orders import find_order
from regulars.orders.queries.take_over import (
    Since,
    cards_with_orders,
    is_taken_over_anywhere,
    lock_late_card,
    orders_waiting_for,
)
from regulars.orders.queries.terms import current_terms
from regulars.orders.rules.decide import Decision
from regulars.orders.rules.effects import Booking, By, NeedsLots, book
from regulars.orders.rules.take_over import LateCard, TakenOver, Versions, take_over, waiting_for
from regulars.orders.rules.terms import Terms
from regulars.orders.rules.view import OrderView
from regulars.platform import audit
from regulars.platform.actor import Actor, system_actor
from regulars.platform.database import execute, rows, unit_of_work
from regulars.platform.dispatch.delivery import NumberedEvent
from regulars.platform.events import announce
from regulars.platform.hot import HotCursor, open_cursor
from regulars.promotions.actions.limits import part_of, take_limits
from regulars.promotions.queries.uses import uses_of
from regulars.promotions.queries.versions import published_versions
from regulars.promotions.rules.outcome import Priced
from regulars.promotions.rules.promotion import Limits

ORDERS_PAID: Final = frozenset({ORDER_RECORDED, ORDER_PAID, ORDER_COMPLETED})
TAKE_OVER_KINDS: Final = ORDERS_PAID | {CARD_ISSUED, CARD_CLAIMED, CARD_ASSIGNED, BALANCE_CHANGED}
"""Orders too: one that was recorded while a card was issued saw no card, and the card no order. The later of their two
events is handed out after both are there. An import tells of its cards by the change of their balances."""
TRIES_MAX: Final = 100


def cards_taking_over(chain_id: UUID, events: Sequence[NumberedEvent]) -> list[UUID]:
    """The cards that these events brought to customers who have ordered without one; few queries, mostly none."""
    cards = {
        card_id
        for event in events
        if makes_cards(event) or event.kind in (CARD_CLAIMED, CARD_ASSIGNED)
        for card_id in event.card_ids
    }
    orders = {order_id for event in events if event.kind in ORDERS_PAID for order_id in orders_named(event)}
    if not (cards or orders) or not is_taken_over_anywhere(chain_id):
        return []
    return cards_with_orders(chain_id, Since(cards, orders, events[-1].at))


def take_over_orders(chain_id: UUID, card_id: UUID, *, at: datetime, now: datetime) -> int:
    """Let a card that became its customer's at a moment earn what their orders before could not; how many did.

    Each order in a transaction of its own; safe to run twice and after a kill.
    """
    with unit_of_work(chain_id):
        card = lock_late_card(chain_id, card_id, now=now)
        waiting = orders_waiting_for(chain_id, card, at=at) if card else []
    return sum(_take_over_one(chain_id, card_id, order_id, now=now) for order_id in waiting)


@retry_lost_races
def _take_over_one(chain_id: UUID, card_id: UUID, order_id: UUID, *, now: datetime) -> bool:
    actor = system_actor(chain_id, through="scenario")
    with unit_of_work(chain_id):
        cursor = open_cursor()
        execute("SELECT FROM orders WHERE chain_id = %s AND id = %s FOR NO KEY UPDATE", [chain_id, order_id])
        order = find_order(chain_id, order_id)
        card = lock_late_card(chain_id, card_id, now=now)
        if order is None or card is None or order.state not in ("paid", "completed") or order.refunded:
            return False
        terms = current_terms(chain_id)
        versions = _versions(cursor, chain_id, order, terms)
        wanted = waiting_for(order, versions, card)
        if not wanted or card.program_id not in terms.programs:
            return False
        account_of = _accounts_of(card)
        accounts = lock_accounts(cursor, account_of.values(), now=now)
        taken = _within_limits(cursor, chain_id, order, versions, card, terms)
        if taken is None:
            return False
        assert taken.seen.facts.customer is not None
        nothing = Priced((), (), (), 0, 0, 0, 0, ())
        by = By(order_id, actor.through, None, None, order.location_id)
        booking = book(
            Decision(taken.seen.facts, nothing, earns=taken.earns),
            terms,
            accounts,
            account_of,
            by,
            at=now,
            now=now,
            is_completed=order.state == "completed",
        )
        assert not isinstance(booking, NeedsLots), "earning draws no lot"
        if isinstance(booking, Refusal):
            # Above the largest balance there is.
            raise Refused(booking)
        _write(cursor, actor, order, versions, card, taken, booking, terms, now=now)
        return bool(taken.applied)


def _versions(cursor: HotCursor, chain_id: UUID, order: OrderView, terms: Terms) -> Versions:
    """The versions that priced the order, with the limits of today where they still run."""
    named = [(one.promotion_id, one.number) for one in order.verdicts]
    versions = published_versions(cursor, chain_id, named)
    return {
        promotion_id: replace(one, rule=replace(one.rule, limits=running.rule.limits))
        if (running := terms.promotions.get(str(promotion_id))) is not None
        else one
        for promotion_id, one in versions.items()
    }


def _accounts_of(card: LateCard) -> dict[tuple[UUID, UUID], UUID]:
    found = rows("SELECT balance_type_id, id FROM accounts WHERE card_id = %s", [card.id])
    return {(card.id, values[0]): values[1] for values in found}


def _within_limits(
    cursor: HotCursor, chain_id: UUID, order: OrderView, versions: Versions, card: LateCard, terms: Terms
) -> TakenOver | None:
    """Decide, and take what it needs of every limit; where one has ended meanwhile, decide again without it."""
    assert order.seen is not None
    day = order.seen.facts.at.date()
    wanted = waiting_for(order, versions, card)
    limits = {one: versions[one].rule.limits for one in wanted if versions[one].rule.limits.is_counted}
    rests = _rests(card, wanted)
    for _attempt in range(TRIES_MAX):
        taken = take_over(
            order,
            versions,
            card,
            uses=uses_of(cursor, limits, holder_id=card.customer_id, day=day),
            carried=rests,
            earns_on_points=terms.programs[card.program_id].earns_on_points,
        )
        if taken is None or _takes(cursor, chain_id, taken, limits, card, order):
            return taken
    raise AssertionError("each try ends the limit of one more promotion")


def _takes(
    cursor: HotCursor,
    chain_id: UUID,
    taken: TakenOver,
    limits: Mapping[UUID, Limits],
    card: LateCard,
    order: OrderView,
) -> bool:
    assert order.seen is not None
    day = order.seen.facts.at.date()
    parts = [
        (part_of(one, UUID(one.promotion), holder_id=card.customer_id, day=day), limits[UUID(one.promotion)])
        for one in taken.applied
        if UUID(one.promotion) in limits
    ]
    return take_limits(cursor, chain_id, parts) is None


def _rests(card: LateCard, promotions: frozenset[UUID]) -> dict[str, int]:
    found = rows(
        "SELECT promotion_id, money FROM carried_rests WHERE card_id = %s AND promotion_id = ANY(%s)",
        [card.id, list(promotions)],
    )
    return {str(values[0]): values[1] for values in found}


WRITTEN: Final = """
UPDATE orders SET facts = %(facts)s::jsonb, verdicts = %(verdicts)s::jsonb, version = version + 1
WHERE chain_id = %(chain)s AND id = %(order)s
"""


def _write(
    cursor: HotCursor,
    actor: Actor,
    order: OrderView,
    versions: Versions,
    card: LateCard,
    taken: TakenOver,
    booking: Booking,
    terms: Terms,
    *,
    now: datetime,
) -> None:
    assert order.id is not None
    told = structs.replace(order, seen=taken.seen, verdicts=taken.verdicts)
    execute(
        WRITTEN,
        {
            "chain": actor.chain_id,
            "order": order.id,
            "facts": rows_text(facts_of_view(told)),
            "verdicts": verdicts_text(told),
        },
    )
    if not taken.applied:
        return
    carrying = terms.ever_carrying
    rests = {(one.promotion_id, card.id): one.carried for one in taken.earns if one.promotion_id in carrying}
    parts = [*_promoted(order, versions, card, taken), *_affected(order, booking), *carried_parts(rests)]
    postings, _ = met(cursor, actor, booking.postings, terms, order_id=order.id, now=now)
    post(cursor, actor, postings, also=parts)
    named = {"order": encode("ord", order.id), "number": order.external_id or "", "card": encode("crd", card.id)}
    announce(actor.chain_id, ORDER_TAKEN_OVER, now=now, card_ids=[card.id], payload={"order_id": str(order.id)})
    for verb, kind, object_id in (
        (ORDER_TAKEN_OVER, "order", order.id),
        ("card.took_over", "card", card.id),
    ):
        audit.record(
            actor,
            verb=verb,
            object_kind=kind,
            object_id=object_id,
            now=now,
            after=named,
            location_id=order.location_id,
        )


def _promoted(order: OrderView, versions: Versions, card: LateCard, taken: TakenOver) -> list[Part]:
    day = taken.seen.facts.at.date()
    promotions = [UUID(one.promotion) for one in taken.applied]
    return promotion_parts([(order.id, one, versions[one].number, 0, 0, card.customer_id, day) for one in promotions])


def _affected(order: OrderView, booking: Booking) -> list[Part]:
    start = len(order.effects)
    assert order.id is not None
    return placed_effect_parts([effect_row(order.id, start + at, one) for at, one in enumerate(booking.effects)])
