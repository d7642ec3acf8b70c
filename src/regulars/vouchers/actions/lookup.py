"""From a code that somebody shows to the voucher (RWD-9)."""

from datetime import datetime

from regulars.codes.actions.lookup import find_code_owner
from regulars.codes.errors import UnknownCode
from regulars.kernel.refusal import Refused
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work
from regulars.vouchers.queries.rows import VoucherView
from regulars.vouchers.queries.vouchers import get_vouchers


def find_by_code(actor: Actor, code: str, *, now: datetime) -> VoucherView:
    """The voucher of the chain with this code, however it is typed. To be called outside a unit of work: tries are counted.

    Refuses: Forbidden, UnknownCode, TooManyAttempts.
    """
    owner = find_code_owner(actor, code, kinds=("voucher",), now=now)
    with unit_of_work(actor.chain_id):
        found = get_vouchers(actor.chain_id, [owner.owner_id], now=now) if owner.owner_id else []
    if not found:
        raise Refused(UnknownCode())
    return found[0]
