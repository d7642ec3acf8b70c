"""A scanner read the code of a voucher."""

from datetime import datetime
from typing import Any
from uuid import UUID

from regulars.platform.actor import Actor
from regulars.vouchers.api.schemas import present_voucher
from regulars.vouchers.queries.vouchers import get_vouchers


def show_voucher(actor: Actor, voucher_id: UUID, now: datetime) -> dict[str, Any] | None:
    """The voucher that a scanned code belongs to."""
    found = get_vouchers(actor.chain_id, [voucher_id], now=now)
    return {"voucher": present_voucher(found[0], actor)} if found else None
