"""From a code that somebody shows to the voucher (RWD-9)."""

from datetime import datetime

from regulars.codes.queries.space import find_owner
from regulars.kernel.refusal import Refused
from regulars.platform.actor import Actor
from regulars.vouchers.errors import UnknownCode
from regulars.vouchers.queries.rows import VoucherView
from regulars.vouchers.queries.vouchers import get_vouchers


def find_by_code(actor: Actor, code: str, *, now: datetime) -> VoucherView:
    """The voucher of the chain with this code, however it is typed. Refuses: Forbidden, UnknownCode."""
    actor.require("rewards:read")
    owner = find_owner(actor.chain_id, code)
    found = get_vouchers(actor.chain_id, [owner.owner_id], now=now) if owner and owner.owner_id else []
    if not found:
        raise Refused(UnknownCode())
    return found[0]
