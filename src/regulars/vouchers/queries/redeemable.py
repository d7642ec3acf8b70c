"""Vouchers under their locks: what everything that changes them decides on (RWD-3). A hot path."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.platform.claims import Answered, Claim, StoredAnswer
from regulars.platform.hot import HotCursor
from regulars.vouchers.queries.rows import STATE_COLUMNS, state_of
from regulars.vouchers.rules.vouchers import VoucherState

READ: Final = """
SELECT * FROM regulars_read_vouchers(%(chain)s::uuid, %(ids)s::uuid[], %(holder)s::uuid, %(route)s::text, %(key)s::text)
"""
LOOK: Final = f"""
SELECT {", ".join(f"f.{name}" for name in STATE_COLUMNS)}, i.body_hash, i.status, i.answer
FROM voucher_facts f
LEFT JOIN idempotency_keys i ON i.holder_id = %(holder)s::uuid AND i.route = %(route)s::text AND i.key = %(key)s::text
WHERE f.id = ANY(%(ids)s::uuid[]) AND f.chain_id = %(chain)s::uuid ORDER BY f.id
"""


def look_at_voucher(
    cursor: HotCursor, chain_id: UUID, voucher_id: UUID, *, claim: Claim | None = None
) -> VoucherState | None:
    """Read a voucher without its lock: whoever writes on that ground may lose a race, and looks again.

    So nobody who comes too late waits for anybody: sixty scans of one voucher are answered as fast as one.
    Raises Answered where the key of the claim was used before.
    """
    return _read(LOOK, cursor, chain_id, [voucher_id], claim).get(voucher_id)


def lock_vouchers(
    cursor: HotCursor, chain_id: UUID, ids: Sequence[UUID], *, claim: Claim | None = None
) -> dict[UUID, VoucherState]:
    """Lock vouchers of the chain, in the order of their ids, and read them as the one before us left them; one round trip.

    What is not there is left out. Their states are as they were written: the checks of `rules.redeeming` take `now`.
    Raises Answered where the key of the claim was used before.
    """
    return _read(READ, cursor, chain_id, ids, claim) if ids else {}


def _read(
    statement: str, cursor: HotCursor, chain_id: UUID, ids: Sequence[UUID], claim: Claim | None
) -> dict[UUID, VoucherState]:
    found = cursor.call(
        statement,
        {
            "chain": chain_id,
            "ids": list(ids),
            "holder": claim.holder_id if claim else None,
            "route": claim.route if claim else None,
            "key": claim.key if claim else None,
        },
    )
    width = len(STATE_COLUMNS)
    for *_facts, body_hash, status, answer in found[:1]:
        if claim is not None and status is not None:
            raise Answered(StoredAnswer(claim.holder_id, claim.route, claim.key, bytes(body_hash), status, answer))
    locked = [state_of(values[:width]) for values in found]
    return {voucher.id: voucher for voucher in locked}


def vouchers_asked(chain_id: UUID, ids: Sequence[UUID], *, locks: bool) -> tuple[str, dict[str, Any]]:
    """The same as a statement, to be asked together with other things, or without a lock; `states_in` reads the answer."""
    wanted = {"chain": chain_id, "ids": list(ids), "holder": None, "route": None, "key": None}
    return READ if locks else LOOK, wanted


def states_in(found: Sequence[tuple[Any, ...]]) -> dict[UUID, VoucherState]:
    """The vouchers in the rows of what `vouchers_asked` asks."""
    return {voucher.id: voucher for voucher in (state_of(values[: len(STATE_COLUMNS)]) for values in found)}


def at_moment(vouchers: dict[UUID, VoucherState], now: datetime) -> dict[UUID, VoucherState]:
    """The same with the states that time has brought by now."""
    return {voucher_id: voucher.at(now) for voucher_id, voucher in vouchers.items()}
