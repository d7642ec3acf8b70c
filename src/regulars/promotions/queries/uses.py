"""How much of the limits of promotions is used: read in one statement for many of them (ORD-8)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final
from uuid import UUID

from regulars.platform.migrations_support import CURRENT_CHAIN
from regulars.promotions.queries.running import Cursor, rows_of
from regulars.promotions.rules.facts import Uses
from regulars.promotions.rules.promotion import Limits

_USES: Final = """
SELECT p.id,
    (SELECT sum(CASE WHEN s.slot < 0 THEN -s.remaining ELSE s.remaining END)
     FROM promotion_slots s WHERE s.promotion_id = p.id AND s.kind = 'uses'),
    (SELECT sum(CASE WHEN s.slot < 0 THEN -s.remaining ELSE s.remaining END)
     FROM promotion_slots s WHERE s.promotion_id = p.id AND s.kind = 'discount'),
    (SELECT sum(CASE WHEN s.slot < 0 THEN -s.remaining ELSE s.remaining END)
     FROM promotion_slots s WHERE s.promotion_id = p.id AND s.kind = 'units'),
    coalesce(e.uses, 0), coalesce(d.uses, 0), coalesce(d.earned, 0), {free}
FROM unnest(%(promotions)s::uuid[]) AS p (id)
LEFT JOIN promotion_uses e ON e.promotion_id = p.id AND e.holder_id = %(holder)s::uuid AND e.day = date '0001-01-01'
LEFT JOIN promotion_uses d ON d.promotion_id = p.id AND d.holder_id = %(holder)s::uuid AND d.day = %(day)s::date
{lapsed}
"""
_AS_COUNTED: Final = _USES.format(free="0, 0, 0, 0, 0, 0", lapsed="")
# What open orders hold whose time is over is free, though nobody has given it back yet.
_WITHOUT_LAPSED: Final = _USES.format(
    free="f.uses, f.discount, f.units, f.of_holder, f.of_day, f.earned",
    lapsed=f"""
LEFT JOIN LATERAL (
    SELECT coalesce(sum(t.uses), 0) AS uses, coalesce(sum(t.discount), 0) AS discount,
        coalesce(sum(t.units), 0) AS units,
        coalesce(sum(t.uses) FILTER (WHERE t.holder_id = %(holder)s::uuid), 0) AS of_holder,
        coalesce(sum(t.uses) FILTER (WHERE t.holder_id = %(holder)s::uuid AND t.day = %(day)s::date), 0) AS of_day,
        coalesce(sum((SELECT sum(x.amount) FROM order_effects x WHERE x.order_id = t.order_id
            AND x.promotion_id = t.promotion_id AND x.kind = 'earn'))
            FILTER (WHERE t.holder_id = %(holder)s::uuid AND t.day = %(day)s::date), 0) AS earned
    FROM orders o JOIN order_promotions t ON t.order_id = o.id
    WHERE o.chain_id = {CURRENT_CHAIN} AND o.state = 'open' AND o.reserved_until IS NOT NULL
        AND o.reserved_until <= %(now)s::timestamptz AND t.promotion_id = p.id
) f ON true
""",
)


def uses_of(
    cursor: Cursor | None,
    limits: Mapping[UUID, Limits],
    *,
    holder_id: UUID | None,
    day: date,
    asked_at: datetime | None = None,
) -> dict[str, Uses]:
    """What is used of each promotion's limits, under the names of the engine.

    `day` is the day of the order at its location, `holder_id` whom limits per customer count. Who only asks says when
    (`asked_at`): what was held until then at the latest does not count. `cursor` None is the running unit of work.
    """
    if not limits:
        return {}
    values = {"promotions": list(limits), "holder": holder_id, "day": day, "now": asked_at}
    statement = _AS_COUNTED if asked_at is None else _WITHOUT_LAPSED
    return {str(found[0]): _uses(limits[found[0]], *found[1:]) for found in rows_of(cursor, statement, values)}


def _uses(limits: Limits, free_uses: object, free_money: object, free_units: object, *counted_and_lapsed: int) -> Uses:
    in_all, on_day, earned, uses, discount, units, of_holder, of_day, lapsed_earned = map(int, counted_and_lapsed)
    return Uses(
        total=max(0, _used(limits.total, free_uses) - uses),
        by_customer=max(0, in_all - of_holder),
        today=max(0, on_day - of_day),
        discount=max(0, _used(limits.discount, free_money) - discount),
        units=max(0, _used(limits.units, free_units) - units),
        earned_today=max(0, earned - lapsed_earned),
    )


def counted(limits: Iterable[tuple[UUID, Limits]]) -> dict[UUID, Limits]:
    """Those of which anything is counted."""
    return {promotion_id: one for promotion_id, one in limits if one.is_counted}


def _used(limit: int | None, free: object) -> int:
    # Where nothing was taken yet of a limit that is not published, there are no slots.
    return 0 if limit is None or free is None else limit - int(str(free))
