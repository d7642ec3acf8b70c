"""Whether a code may be used now, by this holder; pure."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from regulars.codes.errors import (
    CodeExpired,
    CodeNeedsCustomer,
    CodeNotActivated,
    CodeNotValidYet,
    CodeOfAnother,
    CodePoolResting,
    CodeUsed,
    CodeUsesExhausted,
)
from regulars.codes.rules.states import next_state
from regulars.kernel.refusal import Refusal


class CodeState(Struct, frozen=True, kw_only=True):
    """A code as it stands, with what its pool says: all that decides whether it may be used."""

    id: UUID
    text: str
    pool_id: UUID
    pool_name: str
    kind: str
    pool_state: str
    state: str
    uses: int
    customer_id: UUID | None = None
    needs_activation: bool = False
    activated_at: datetime | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    """The earlier of its own end and the pool's."""
    used_at: datetime | None = None
    uses_per_code: int | None = None
    uses_per_customer: int | None = None
    holder_uses: int = 0
    """How often the holder it was read for used codes of this pool, where the pool limits that."""
    uses_total: int | None = None
    pool_used: int = 0

    @property
    def unlocks(self) -> str:
        """What the code adds to the codes of an order, so that promotions which list its pool apply."""
        return f"pool:{self.pool_id}"


def check_usable(code: CodeState, *, customer_id: UUID | None, holder_id: UUID | None, now: datetime) -> Refusal | None:
    """Why the code cannot be used now by this customer (None: nobody known); None where it can.

    `holder_id` is whom uses are counted for: the customer, or the card that nobody has claimed. The same answers hold for
    personal and universal codes. Whose it is comes first: of somebody else's code nothing more is told.
    """
    if code.customer_id is not None and code.customer_id != customer_id:
        return CodeOfAnother()
    if code.state == "expired" or (code.valid_until is not None and code.valid_until <= now):
        return CodeExpired(expired_at=code.valid_until)
    if code.state == "used":
        return CodeUsed(used_at=code.used_at)
    if code.pool_state != "active":
        return CodePoolResting(pool=code.pool_name)
    if code.valid_from is not None and now < code.valid_from:
        return CodeNotValidYet(valid_from=code.valid_from)
    if code.kind == "personal" and code.needs_activation and code.state != "active":
        return CodeNotActivated()
    if next_state(code.kind, code.state, "use") is None:
        return CodeUsed(used_at=code.used_at)
    return _check_limits(code, holder_id)


def _check_limits(code: CodeState, holder_id: UUID | None) -> Refusal | None:
    if code.uses_per_code is not None and code.uses >= code.uses_per_code:
        return CodeUsesExhausted()
    if code.uses_total is not None and code.pool_used >= code.uses_total:
        return CodeUsesExhausted()
    if code.uses_per_customer is not None:
        if holder_id is None:
            return CodeNeedsCustomer()
        if code.holder_uses >= code.uses_per_customer:
            return CodeUsesExhausted(per_customer=code.uses_per_customer)
    return None


def uses_left(code: CodeState) -> int | None:
    """How many more orders may use the code, whoever buys; None without a limit."""
    if code.kind == "personal":
        return 0 if code.state in ("used", "expired") else 1
    left = [
        limit - used
        for limit, used in ((code.uses_per_code, code.uses), (code.uses_total, code.pool_used))
        if limit is not None
    ]
    return max(0, min(left)) if left else None


def state_after(code: CodeState, count: int) -> str:
    """The state of a code after so many uses more."""
    if code.kind == "universal" and (code.uses_per_code is None or code.uses + count < code.uses_per_code):
        verb = "use"
    else:
        verb = "use" if code.kind == "personal" else "use_last"
    after = next_state(code.kind, code.state, verb)
    assert after is not None
    return after
