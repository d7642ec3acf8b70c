"""A scanner read the code of a voucher."""

from datetime import datetime
from typing import Any

from regulars.codes.errors import UnknownCode
from regulars.kernel.refusal import Refused
from regulars.platform.actor import Actor
from regulars.vouchers.actions.lookup import find_by_code
from regulars.vouchers.api.schemas import present_voucher


def scan_voucher(actor: Actor, payload: str, now: datetime) -> dict[str, Any] | None:
    """The voucher with this code, for those who may see vouchers; None where there is none. Refuses: TooManyAttempts."""
    if not actor.may("rewards:read"):
        return None
    try:
        return {"voucher": present_voucher(find_by_code(actor, payload, now=now), actor)}
    except Refused as refused:
        if not isinstance(refused.refusal, UnknownCode):
            raise
        return None
