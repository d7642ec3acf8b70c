"""Reads of pools of codes, and of the batches in which codes come into them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from regulars.codes.models import CodeBatch, CodePool
from regulars.codes.rules.pools import CODES_MAX, may_send
from regulars.codes.rules.states import State
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import rows

STATES: Final[tuple[State, ...]] = ("free", "attached", "active", "used", "expired")
UNFINISHED: Final = ("waiting", "running")
_COUNTS: Final = """
SELECT pool_id, state, count(*) FROM codes WHERE chain_id = %(chain)s AND pool_id = ANY(%(pools)s::uuid[]) GROUP BY 1, 2
"""


class PoolView(Struct, frozen=True, kw_only=True):
    """A pool. Its secret is never shown: only that there is one."""

    id: UUID
    chain_id: UUID
    external_id: str
    name: str
    kind: str
    state: str
    needs_activation: bool
    sends_from: datetime | None
    sends_until: datetime | None
    valid_from: datetime | None
    valid_until: datetime | None
    lives_days: int | None
    lives_from: str
    uses_per_customer: int | None
    uses_per_code: int | None
    uses_total: int | None
    codes_max: int | None
    remote_url: str
    remote_header: str
    has_secret: bool
    made: int
    used: int
    version: int
    created_at: datetime

    @property
    def public_id(self) -> str:
        """The id in addresses."""
        return encode("cpl", self.id)

    @property
    def room(self) -> int:
        """How many codes more it may have."""
        return max(0, (CODES_MAX if self.codes_max is None else self.codes_max) - self.made)

    def sends(self, now: datetime) -> bool:
        """Whether its codes are handed out now."""
        return may_send(state=self.state, sends_from=self.sends_from, sends_until=self.sends_until, now=now)


class BatchView(Struct, frozen=True, kw_only=True):
    """Codes that came, or come, into a pool at once."""

    id: UUID
    pool_id: UUID
    source: str
    pattern: str
    state: str
    wanted: int
    made: int
    duplicated: int
    over_limit: int
    problem: Mapping[str, Any] | None
    created_at: datetime
    finished_at: datetime | None

    @property
    def public_id(self) -> str:
        """The id in addresses."""
        return encode("cbt", self.id)

    @property
    def is_moving(self) -> bool:
        """Whether something is still being done."""
        return self.state in UNFINISHED


def list_pools(actor: Actor, *, archived: bool = False, after: UUID | None = None, limit: int = 200) -> list[PoolView]:
    """The pools of the chain, newest first; those put away instead, where `archived`. Refuses: Forbidden."""
    actor.require("promotions:read")
    found = CodePool.objects.filter(chain_id=actor.chain_id)
    found = found.filter(state="archived") if archived else found.exclude(state="archived")
    if after is not None:
        found = found.filter(id__lt=after)
    return [view_pool(one) for one in found.order_by("-id")[:limit]]


def access_pool(actor: Actor, identifier: str, *, right: str = "promotions:read") -> PoolView:
    """The pool with this id (`cpl_…` or `ext:…`). Refuses: Forbidden, NotFound."""
    actor.require(right)
    found = find_pool_row(actor.chain_id, identifier)
    if found is None:
        raise Refused(NotFound())
    return view_pool(found)


def find_pool_row(chain_id: UUID, identifier: str) -> CodePool | None:
    """The row of the pool with this id or external id."""
    pools = CodePool.objects.filter(chain_id=chain_id)
    if identifier.startswith("ext:"):
        return pools.filter(external_id=identifier.removeprefix("ext:")).first()
    pool_id = decode("cpl", identifier)
    return pools.filter(id=pool_id).first() if pool_id else None


def lock_pool(actor: Actor, pool_id: UUID, *, against_uses: bool = False) -> CodePool:
    """The row, locked until the unit of work ends; `against_uses`: nobody uses a code of it meanwhile (`queries.usable`)."""
    return CodePool.objects.select_for_update(no_key=not against_uses).get(chain_id=actor.chain_id, id=pool_id)


def count_codes(chain_id: UUID, pool_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """How many codes of each state these pools have."""
    found: dict[UUID, dict[str, int]] = {pool_id: dict.fromkeys(STATES, 0) for pool_id in pool_ids}
    for pool_id, state, count in rows(_COUNTS, {"chain": chain_id, "pools": list(pool_ids)}):
        found[pool_id][state] = count
    return found


def list_batches(actor: Actor, pool_id: UUID, *, limit: int = 20) -> list[BatchView]:
    """How codes came into a pool, newest first. Refuses: Forbidden."""
    actor.require("promotions:read")
    found = CodeBatch.objects.filter(chain_id=actor.chain_id, pool_id=pool_id).order_by("-id")
    return [view_batch(one) for one in found[:limit]]


def access_batch(actor: Actor, identifier: str) -> BatchView:
    """The batch with this id (`cbt_…`). Refuses: Forbidden, NotFound."""
    actor.require("promotions:read")
    batch_id = decode("cbt", identifier)
    found = CodeBatch.objects.filter(chain_id=actor.chain_id, id=batch_id).first() if batch_id else None
    if found is None:
        raise Refused(NotFound())
    return view_batch(found)


def view_pool(one: CodePool) -> PoolView:
    """The value of a row."""
    plain = {name: getattr(one, name) for name in PoolView.__struct_fields__ if name != "has_secret"}
    return PoolView(**plain, has_secret=one.remote_secret is not None)


def view_batch(one: CodeBatch) -> BatchView:
    """The value of a row."""
    return BatchView(**{name: getattr(one, name) for name in BatchView.__struct_fields__})
