"""What time does to vouchers: those that begin become active, those that are over expire (RWD-2)."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from regulars.ledger.actions.post import post
from regulars.platform.actor import system_actor
from regulars.platform.database import retried, rows, unit_of_work
from regulars.platform.hot import open_cursor
from regulars.vouchers.actions.parts import step_parts
from regulars.vouchers.queries.redeemable import lock_vouchers
from regulars.vouchers.rules.redeeming import Redemption

CHUNK: Final = 1_000
DUE: Final[dict[Literal["activate", "expire"], str]] = {
    "activate": "SELECT id FROM vouchers WHERE chain_id = %(chain)s AND state = 'issued' AND starts_at <= %(now)s"
    " ORDER BY starts_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED",
    "expire": "SELECT id FROM vouchers WHERE chain_id = %(chain)s AND state = 'active' AND expires_at <= %(now)s"
    " ORDER BY expires_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED",
}


def expire_vouchers(chain_id: UUID, now: datetime) -> int:
    """Make vouchers active whose time has begun, then expire those whose time is over; how many expired.

    Nobody waits for it: whoever redeems looks at the clock (`rules.states.state_at`). This writes it down and announces it.
    """
    while _step(chain_id, "activate", now=now) == CHUNK:
        pass
    expired = 0
    while some := _step(chain_id, "expire", now=now):
        expired += some
    return expired


@retried
def _step(chain_id: UUID, verb: Literal["activate", "expire"], *, now: datetime) -> int:
    with unit_of_work(chain_id):
        due = [found for (found,) in rows(DUE[verb], {"chain": chain_id, "now": now, "limit": CHUNK})]
        if due:
            cursor = open_cursor()
            held = lock_vouchers(cursor, chain_id, due)
            steps = [Redemption(voucher=one) for one in held.values()]
            post(cursor, system_actor(chain_id), (), also=step_parts(system_actor(chain_id), verb, steps, now=now))
        return len(due)
