"""Using codes and giving them back inside the one statement that records an order: parts for `ledger.post(also=…)` (RWD-4).

Exact under races: where a code, or a count that limits its uses, is not as it was read, nothing of the statement is written
and it ends as a lost race.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from regulars.codes.queries.usable import UseOfCode
from regulars.codes.rules.usable import CodeState, state_after
from regulars.kernel.ids import new_id
from regulars.ledger.actions.post import Part


class PlannedUse(Struct, frozen=True):
    """That an order is to use a code; `holder_id` is whom uses are counted for, None for nobody known."""

    code_id: UUID
    order_id: UUID
    holder_id: UUID | None


# The check stands in the part that writes: PostgreSQL runs no part that only reads unless another asks for it.
_USE: Final = """
codes_used AS (
    UPDATE codes c SET state = n.state_after, uses = c.uses + n.count, used_at = %(codes_now)s::timestamptz
    FROM jsonb_to_recordset(%(codes_used)s::jsonb) AS n (id uuid, state text, uses int, count int, state_after text)
    WHERE c.chain_id = %(chain)s::uuid AND c.id = n.id AND c.state = n.state AND c.uses = n.uses
    RETURNING c.id
), code_pools_used AS (
    UPDATE code_pools p SET used = p.used + n.count
    FROM jsonb_to_recordset(%(code_pools_used)s::jsonb) AS n (id uuid, count int)
    WHERE p.chain_id = %(chain)s::uuid AND p.id = n.id AND p.used + n.count <= p.uses_total
    RETURNING p.id
), code_holders_used AS (
    INSERT INTO code_pool_holders AS h (pool_id, holder_id, chain_id, uses)
    SELECT n.pool, n.holder, %(chain)s::uuid, n.count
    FROM jsonb_to_recordset(%(code_holders_used)s::jsonb) AS n (pool uuid, holder uuid, count int, most int)
    WHERE n.count <= n.most ORDER BY n.pool, n.holder
    ON CONFLICT (pool_id, holder_id) DO UPDATE SET uses = h.uses + EXCLUDED.uses
    WHERE h.uses + EXCLUDED.uses <= (
        SELECT n.most FROM jsonb_to_recordset(%(code_holders_used)s::jsonb) AS n (pool uuid, holder uuid, most int)
        WHERE n.pool = h.pool_id AND n.holder = h.holder_id)
    RETURNING h.holder_id
), code_uses_written AS (
    INSERT INTO code_uses (id, chain_id, code_id, pool_id, order_id, holder_id, at)
    SELECT n.id, %(chain)s::uuid, n.code, n.pool, n."order", n.holder, %(codes_now)s::timestamptz
    FROM jsonb_to_recordset(%(code_uses)s::jsonb) AS n (id uuid, code uuid, pool uuid, "order" uuid, holder uuid),
        regulars_all_written((SELECT count(*) FROM codes_used), jsonb_array_length(%(codes_used)s::jsonb)) AS all_codes_used,
        regulars_all_written((SELECT count(*) FROM code_pools_used), jsonb_array_length(%(code_pools_used)s::jsonb)) AS all_code_pools_used,
        regulars_all_written((SELECT count(*) FROM code_holders_used), jsonb_array_length(%(code_holders_used)s::jsonb)) AS all_code_holders_used
)"""

_GIVE_BACK: Final = """
code_uses_ended AS (
    UPDATE code_uses u SET given_back_at = %(codes_back_at)s::timestamptz
    WHERE u.chain_id = %(chain)s::uuid AND u.id = ANY(%(code_uses_back)s::uuid[]) AND u.given_back_at IS NULL
    RETURNING u.id, u.code_id, u.pool_id, u.holder_id
), codes_back AS (
    UPDATE codes c SET uses = c.uses - b.count, used_at = CASE WHEN c.uses = b.count THEN NULL ELSE c.used_at END,
        state = CASE
            WHEN c.state = 'expired' OR c.ended_at IS NOT NULL THEN 'expired'
            WHEN p.kind = 'universal' OR c.activated_at IS NOT NULL THEN 'active'
            WHEN c.customer_id IS NOT NULL THEN 'attached'
            ELSE 'free' END
    FROM (SELECT code_id, count(*)::int AS count FROM code_uses_ended GROUP BY code_id) AS b, code_pools p
    WHERE c.chain_id = %(chain)s::uuid AND c.id = b.code_id AND p.id = c.pool_id AND p.chain_id = %(chain)s::uuid
), code_pools_back AS (
    UPDATE code_pools p SET used = greatest(p.used - b.count, 0)
    FROM (SELECT pool_id, count(*)::int AS count FROM code_uses_ended GROUP BY pool_id) AS b
    WHERE p.chain_id = %(chain)s::uuid AND p.id = b.pool_id AND p.uses_total IS NOT NULL
), code_holders_back AS (
    UPDATE code_pool_holders h SET uses = greatest(h.uses - b.count, 0)
    FROM (SELECT pool_id, holder_id, count(*)::int AS count FROM code_uses_ended GROUP BY pool_id, holder_id) AS b
    WHERE h.chain_id = %(chain)s::uuid AND h.pool_id = b.pool_id AND h.holder_id = b.holder_id
), codes_back_checked AS (
    INSERT INTO code_uses (id) SELECT NULL::uuid
    WHERE regulars_all_written((SELECT count(*) FROM code_uses_ended), cardinality(%(code_uses_back)s::uuid[]))::text = '-'
)"""


def use_parts(uses: Sequence[PlannedUse], states: Mapping[UUID, CodeState], *, now: datetime) -> list[Part]:
    """Write that orders use codes, each as it stands in `states` (from `lock_codes`): all of them, or a lost race.

    Several orders of one statement may use the same universal code. Whether they may is decided before
    (`rules.usable.check_usable`); states and limits are looked at again in the statement.
    """
    if not uses:
        return []
    counted = Counter(one.code_id for one in uses)
    pools = Counter(states[one.code_id].pool_id for one in uses if states[one.code_id].uses_total is not None)
    return [
        Part(
            _USE,
            {
                "codes_now": now,
                "codes_used": _rows(_used(states[code_id], count) for code_id, count in sorted(counted.items())),
                "code_pools_used": _rows({"id": pool, "count": count} for pool, count in sorted(pools.items())),
                "code_holders_used": _rows(_holders(uses, states)),
                "code_uses": _rows(_use(one, states[one.code_id]) for one in uses),
            },
        )
    ]


def give_back_parts(uses: Sequence[UseOfCode], *, now: datetime) -> list[Part]:
    """Write that these uses stand no more: the codes are again what they were before, and limits count them no longer.

    A code whose time is over meanwhile stays ended. A use that somebody gave back meanwhile is a lost race.
    """
    if not uses:
        return []
    return [Part(_GIVE_BACK, {"codes_back_at": now, "code_uses_back": [one.id for one in uses]})]


def _used(code: CodeState, count: int) -> dict[str, Any]:
    assert code.kind == "universal" or count == 1, "a personal code is used once"
    return {
        "id": code.id,
        "state": code.state,
        "uses": code.uses,
        "count": count,
        "state_after": state_after(code, count),
    }


def _holders(uses: Iterable[PlannedUse], states: Mapping[UUID, CodeState]) -> list[dict[str, Any]]:
    counted: Counter[tuple[UUID, UUID, int]] = Counter()
    for one in uses:
        code = states[one.code_id]
        if code.uses_per_customer is not None:
            assert one.holder_id is not None, "uses per customer need a holder"
            counted[code.pool_id, one.holder_id, code.uses_per_customer] += 1
    return [
        {"pool": pool, "holder": holder, "count": count, "most": most}
        for (pool, holder, most), count in sorted(counted.items())
    ]


def _use(one: PlannedUse, code: CodeState) -> dict[str, Any]:
    return {"id": new_id(), "code": code.id, "pool": code.pool_id, "order": one.order_id, "holder": one.holder_id}


def _rows(made: Iterable[dict[str, Any]]) -> str:
    return json.dumps(list(made), default=str)
