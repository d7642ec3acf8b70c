"""How much of the limits of promotions is used: read in one statement for many of them (ORD-8)."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final
from uuid import UUID

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
    coalesce(e.uses, 0), coalesce(d.uses, 0), coalesce(d.earned, 0)
FROM unnest(%(promotions)s::uuid[]) AS p (id)
LEFT JOIN promotion_uses e ON e.promotion_id = p.id AND e.holder_id = %(holder)s::uuid AND e.day = date '0001-01-01'
LEFT JOIN promotion_uses d ON d.promotion_id = p.id AND d.holder_id = %(holder)s::uuid AND d.day = %(day)s::date
"""


def uses_of(
    cursor: Cursor | None, limits: Mapping[UUID, Limits], *, holder_id: UUID | None, day: date
) -> dict[str, Uses]:
    """What is used of each promotion's limits, under the names of the engine.

    `day` is the day of the order at its location, `holder_id` whom limits per customer count. `cursor` None is the
    running unit of work.
    """
    if not limits:
        return {}
    values = {"promotions": list(limits), "holder": holder_id, "day": day}
    return {
        str(promotion_id): Uses(
            total=_used(limits[promotion_id].total, free_uses),
            by_customer=in_all,
            today=on_day,
            discount=_used(limits[promotion_id].discount, free_money),
            units=_used(limits[promotion_id].units, free_units),
            earned_today=earned,
        )
        for promotion_id, free_uses, free_money, free_units, in_all, on_day, earned in rows_of(cursor, _USES, values)
    }


def counted(limits: Iterable[tuple[UUID, Limits]]) -> dict[UUID, Limits]:
    """Those of which anything is counted."""
    return {promotion_id: one for promotion_id, one in limits if one.is_counted}


def _used(limit: int | None, free: object) -> int:
    # Where nothing was taken yet of a limit that is not published, there are no slots.
    return 0 if limit is None or free is None else limit - int(str(free))
