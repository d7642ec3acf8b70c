"""The orders of a day as promotions saw them, and of their buyers what they had not asked for then."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.kernel.ids import encode
from regulars.orders.queries.histories import histories_of
from regulars.orders.queries.orders import OrderFilter, list_orders
from regulars.orders.rules.effect import PastOrder
from regulars.orders.rules.view import OrderView
from regulars.platform.actor import Actor
from regulars.platform.database import from_json, row, rows
from regulars.platform.hot import open_cursor
from regulars.promotions.rules.facts import Customer, HistoryScope, Need

ORDERS_MAX: Final = 1_000
"""So many orders of a day are looked at, the latest."""
COUNT_MAX: Final = 100_000
COUNTED: Final = ("paid", "completed", "partly_refunded", "refunded")
COUNT: Final = """
SELECT count(*) FROM (SELECT FROM orders o WHERE o.chain_id = %(chain)s AND o.at >= %(start)s AND o.at < %(end)s
    AND o.state = ANY(%(states)s) AND o.import_id IS NULL
    AND (%(places)s::uuid[] IS NULL OR o.location_id IS NULL OR o.location_id = ANY(%(places)s::uuid[]))
    LIMIT %(most)s) AS found
"""
BUYERS: Final = """
SELECT o.id, coalesce(c.id, k.id), coalesce(c.loyalty_off, false),
    ARRAY(SELECT t.program_id::text || ' ' || t.id::text FROM cards h JOIN card_types t ON t.id = h.card_type_id
        WHERE h.status = 'active' AND (h.id = o.card_id OR o.card_id IS NULL AND h.customer_id = o.customer_id)),
    CASE WHEN %(fields)s THEN c.custom END,
    CASE WHEN %(fields)s THEN c.tags END,
    CASE WHEN %(tiers)s THEN ARRAY(SELECT h.tier_id::text FROM holder_tiers h
        JOIN tiers t ON t.id = h.tier_id AND t.archived_at IS NULL WHERE h.holder_id = coalesce(c.id, k.id)) END,
    CASE WHEN %(history)s THEN (SELECT count(*) FROM counted_orders b WHERE b.chain_id = o.chain_id AND b.at < o.at
        AND (b.customer_id = c.id OR c.id IS NULL AND b.card_id = k.id)) END,
    CASE WHEN %(birthday)s THEN to_char(c.birthday, 'MMDD') END
FROM orders o
LEFT JOIN cards k ON k.id = o.card_id
LEFT JOIN customers c ON c.id = coalesce(o.customer_id, k.customer_id)
WHERE o.chain_id = %(chain)s AND o.id = ANY(%(orders)s::uuid[])
"""


@dataclass(frozen=True, slots=True)
class DayOrders:
    """Orders of a day, the latest of them; `found` is how many there were."""

    found: int
    orders: tuple[PastOrder, ...]


def orders_of_day(
    actor: Actor, day: date, *, zone: ZoneInfo, needs: Collection[Need], scopes: Collection[HistoryScope]
) -> DayOrders:
    """The paid orders of a day as promotions saw them then, ORDERS_MAX at most; needs a unit of work. Refuses: Forbidden.

    What nobody had asked of their buyers then (`needs`, `scopes` of earlier orders) is as it is now.
    """
    actor.require("orders:read")
    start = datetime.combine(day, time.min, zone)
    end = datetime.combine(day + timedelta(days=1), time.min, zone)
    locations = None if actor.location_ids is None else tuple(actor.location_ids)
    wanted = OrderFilter(start=start, end=end, locations=locations)
    views: list[OrderView] = []
    after: UUID | None = None
    while len(views) < ORDERS_MAX:
        page, after = list_orders(actor, wanted, after=after, limit=ORDERS_MAX)
        views += [one for one in page if one.state in COUNTED and one.seen is not None]
        if after is None:
            break
    asked = {
        "chain": actor.chain_id,
        "start": start,
        "end": end,
        "states": list(COUNTED),
        "places": None if locations is None else list(locations),
        "most": COUNT_MAX,
    }
    counted = row(COUNT, asked)
    past = _past(actor, views[:ORDERS_MAX], needs)
    return DayOrders(counted[0] if counted else 0, tuple(_with_histories(one, scopes, zone) for one in past))


def _with_histories(one: PastOrder, scopes: Collection[HistoryScope], zone: ZoneInfo) -> PastOrder:
    customer = one.facts.customer
    missing = [scope for scope in scopes if customer is not None and scope not in customer.histories]
    if customer is None or not missing or not one.holder:
        return one
    found = histories_of(open_cursor(), missing, holder_id=UUID(one.holder), zone=zone, before=one.at)
    known = replace(customer, histories={**customer.histories, **found})
    return replace(one, facts=replace(one.facts, customer=known))


def _past(actor: Actor, views: Sequence[OrderView], needs: Collection[Need]) -> tuple[PastOrder, ...]:
    asked = {
        "chain": actor.chain_id,
        "orders": [one.id for one in views],
        "fields": Need.CUSTOMER in needs,
        "tiers": Need.TIERS in needs,
        "history": Need.HISTORY in needs,
        "birthday": Need.BIRTHDAY in needs,
    }
    buyers = {values[0]: values[1:] for values in rows(BUYERS, asked)}
    return tuple(_one(view, buyers[view.id]) for view in views)


def _one(view: OrderView, buyer: Sequence[Any]) -> PastOrder:
    holder_id, is_off, cards, custom, tags, tiers, before, birthday = buyer
    assert view.id is not None
    assert view.seen is not None
    facts = view.seen.facts
    if facts.customer is not None:
        known = _completed(facts.customer, from_json(custom), tags, tiers, before)
        if known.birthday is None and birthday:
            known = replace(known, birthday=(int(birthday[:2]), int(birthday[2:])))
        facts = replace(facts, customer=known)
    return PastOrder(
        id=view.id,
        number=view.external_id or encode("ord", view.id),
        at=view.starts_at or view.at,
        facts=facts,
        paid_with_points=view.seen.paid_with_points,
        cards=tuple(
            (UUID(program), UUID(card_type)) for program, _, card_type in (one.partition(" ") for one in cards)
        ),
        holder=str(holder_id) if holder_id and facts.customer is not None else "",
        takes_part=not is_off,
    )


def _completed(
    customer: Customer, custom: Any, tags: list[str] | None, tiers: list[str] | None, before: int | None
) -> Customer:
    """The customer with what was not asked then; what was asked stays as it was seen."""
    return replace(
        customer,
        fields=customer.fields or custom or {},
        tags=customer.tags or frozenset(tags or ()),
        tiers=customer.tiers or frozenset(tiers or ()),
        orders_before=customer.orders_before or before or 0,
    )
