"""The slots of a limit that all orders share: made when it is published, and moved when it is raised or lowered (ORD-8)."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from regulars.platform.database import execute, rows
from regulars.promotions.rules.promotion import Limits

SLOTS: Final = 16
BEYOND: Final = -1
"""The slot of what was taken beyond a limit that was lowered since."""
SHARE_MIN: Final[Mapping[str, int]] = {"uses": 4, "discount": 50_000, "units": 20}
"""What a slot holds at least: smaller limits are shared by fewer slots, so that most orders find all they take in one."""

# Only what priced orders under a version without this limit is missing in its slots.
_TAKEN: Final = """
SELECT coalesce(sum(p.uses), 0), coalesce(sum(p.discount), 0), coalesce(sum(p.units), 0)
FROM order_promotions p JOIN orders o ON o.id = p.order_id
WHERE p.chain_id = %(chain)s AND p.promotion_id = %(promotion)s AND o.state NOT IN ('cancelled', 'undone')
"""


def adjust_slots(chain_id: UUID, promotion_id: UUID, old: Limits | None, new: Limits) -> None:
    """Let the slots hold what the new limits leave of what is used; `old` are the limits of the version before.

    A raised or lowered limit keeps what was used. A limit that there was not before counts what orders took already.
    """
    for at, (kind, name) in enumerate((("uses", "total"), ("discount", "discount"), ("units", "units"))):
        wanted = getattr(new, name)
        before = getattr(old, name) if old is not None else None
        if wanted is None or wanted == before:
            continue
        free = _lock_free(promotion_id, kind)
        if free is None or before is None:
            taken = rows(_TAKEN, {"chain": chain_id, "promotion": promotion_id})[0][at] if old is not None else 0
            free = wanted - int(taken)
        else:
            free += wanted - before
        _write(chain_id, promotion_id, kind, free)


def _lock_free(promotion_id: UUID, kind: str) -> int | None:
    """What the slots hold, less what is beyond; None where there are none. They stay locked."""
    found = rows(
        "SELECT slot, remaining FROM promotion_slots WHERE promotion_id = %s AND kind = %s ORDER BY slot"
        " FOR NO KEY UPDATE",
        [promotion_id, kind],
    )
    if not found:
        return None
    return sum(-int(remaining) if slot == BEYOND else int(remaining) for slot, remaining in found)


def _write(chain_id: UUID, promotion_id: UUID, kind: str, free: int) -> None:
    # The rows are always the same, and those without a share hold nothing: an order that waits for them sees them all.
    shared = max(0, free)
    count = min(SLOTS, max(1, shared // SHARE_MIN[kind]))
    shares = [shared // count + (at < shared % count) if at < count else 0 for at in range(SLOTS)]
    execute(
        "INSERT INTO promotion_slots (promotion_id, kind, slot, chain_id, remaining)"
        " SELECT %s, %s, s.slot, %s, s.remaining FROM unnest(%s::smallint[], %s::bigint[]) AS s (slot, remaining)"
        " ON CONFLICT (promotion_id, kind, slot) DO UPDATE SET remaining = excluded.remaining",
        [promotion_id, kind, chain_id, [BEYOND, *range(SLOTS)], [max(0, -free), *shares]],
    )
