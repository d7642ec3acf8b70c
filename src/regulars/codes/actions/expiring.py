"""Codes whose time is over end by themselves: their own time, or that of their pool (RWD-4)."""

from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.codes.events import CODE_EXPIRED
from regulars.kernel.ids import encode
from regulars.platform.database import rows, unit_of_work
from regulars.platform.events import announce

CHUNK: Final = 20_000
# An event names those that customers hold: who has a code that ended may be told. A million free ones are no news.
TOLD_MAX: Final = 1_000

_OWN: Final = """
UPDATE codes SET state = 'expired', ended_at = %(now)s WHERE id = ANY(ARRAY(
    SELECT id FROM codes WHERE chain_id = %(chain)s AND expires_at <= %(now)s AND state IN ('free', 'attached', 'active')
    ORDER BY id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED))
RETURNING id, customer_id
"""
_OVER: Final = """
SELECT id FROM code_pools WHERE chain_id = %(chain)s AND valid_until <= %(now)s AND expired_at IS NULL ORDER BY id
"""
_OF_POOL: Final = """
UPDATE codes SET state = 'expired', ended_at = %(now)s WHERE id = ANY(ARRAY(
    SELECT id FROM codes WHERE chain_id = %(chain)s AND pool_id = %(pool)s AND state = %(state)s
    ORDER BY id LIMIT %(limit)s FOR NO KEY UPDATE))
RETURNING id, customer_id
"""
_DONE: Final = "UPDATE code_pools SET expired_at = %(now)s WHERE chain_id = %(chain)s AND id = %(pool)s"


def expire_codes(chain_id: UUID, now: datetime) -> None:
    """End all codes of a chain whose time is over by now, a part in each transaction."""
    while _expire_some(chain_id, now):
        pass
    with unit_of_work(chain_id):
        over = [pool for (pool,) in rows(_OVER, {"chain": chain_id, "now": now})]
    for pool in over:
        for state in ("attached", "active", "free"):
            while _expire_some(chain_id, now, pool=pool, state=state):
                pass
        with unit_of_work(chain_id):
            rows(_DONE, {"chain": chain_id, "pool": pool, "now": now})


def _expire_some(chain_id: UUID, now: datetime, *, pool: UUID | None = None, state: str = "") -> bool:
    values = {"chain": chain_id, "now": now, "limit": CHUNK, "pool": pool, "state": state}
    with unit_of_work(chain_id):
        ended = rows(_OF_POOL if pool else _OWN, values)
        held = [code for code, customer in ended if customer is not None]
        for start in range(0, len(held), TOLD_MAX):
            payload = {"codes": [encode("cod", code) for code in held[start : start + TOLD_MAX]]}
            announce(chain_id, CODE_EXPIRED, now=now, payload=payload)
    return len(ended) == CHUNK
