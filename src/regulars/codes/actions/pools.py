"""Writes of pools of codes."""

from datetime import datetime
from typing import Any, Final

from regulars.codes.actions.secrets import hide
from regulars.codes.errors import CodePoolBusy, TooManyCodePools
from regulars.codes.models import CodeBatch, CodePool
from regulars.codes.queries.pools import UNFINISHED, PoolView, access_pool, lock_pool, view_pool
from regulars.codes.rules.pools import PoolDraft, check_pool, kind_is_settled
from regulars.kernel.fields import external_id_from
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import ChangedMeanwhile, ExternalIdTaken, Refused
from regulars.kernel.text import one_line
from regulars.platform.actor import Actor
from regulars.platform.audit import changed_only, record
from regulars.platform.database import rows, unit_of_work

POOLS_MAX: Final = 1_000
_FIELDS: Final = (
    "kind",
    "state",
    "needs_activation",
    "sends_from",
    "sends_until",
    "valid_from",
    "valid_until",
    "lives_days",
    "lives_from",
    "uses_per_customer",
    "uses_per_code",
    "uses_total",
    "codes_max",
    "remote_url",
    "remote_header",
)


_COUNT_AGAIN: Final = """
WITH dropped AS (
    DELETE FROM code_pool_holders h WHERE h.chain_id = %(chain)s AND h.pool_id = %(pool)s AND NOT EXISTS (
        SELECT FROM code_uses u WHERE u.chain_id = h.chain_id AND u.pool_id = h.pool_id AND u.holder_id = h.holder_id
            AND u.given_back_at IS NULL)
)
INSERT INTO code_pool_holders (pool_id, holder_id, chain_id, uses)
SELECT u.pool_id, u.holder_id, u.chain_id, count(*) FROM code_uses u
WHERE u.chain_id = %(chain)s AND u.pool_id = %(pool)s AND u.given_back_at IS NULL AND u.holder_id IS NOT NULL
GROUP BY u.pool_id, u.holder_id, u.chain_id
ON CONFLICT (pool_id, holder_id) DO UPDATE SET uses = EXCLUDED.uses
RETURNING pool_id
"""


def create_pool(actor: Actor, draft: PoolDraft, *, now: datetime) -> PoolView:
    """Make an empty pool. Refuses: Forbidden, Invalid, ExternalIdTaken, TooManyCodePools."""
    actor.require("promotions:write")
    problem = check_pool(draft)
    if problem:
        raise Refused(problem)
    with unit_of_work(actor.chain_id):
        rows("SELECT pg_advisory_xact_lock(hashtextextended('code pools:' || %s, 0))", [str(actor.chain_id)])
        taken = frozenset(CodePool.objects.filter(chain_id=actor.chain_id).values_list("external_id", flat=True))
        if len(taken) >= POOLS_MAX:
            raise Refused(TooManyCodePools(limit=POOLS_MAX))
        if draft.external_id in taken:
            raise Refused(ExternalIdTaken(external_id=draft.external_id or ""))
        made = CodePool(id=new_id(), chain_id=actor.chain_id, created_at=now)
        made.external_id = draft.external_id or external_id_from(draft.name, taken)
        _write(made, draft)
        made.save(force_insert=True)
        record(
            actor, verb="code_pool.created", object_kind="code_pool", object_id=made.id, now=now, after=pool_facts(made)
        )
        return view_pool(made)


def change_pool(
    actor: Actor, identifier: str, draft: PoolDraft, *, now: datetime, version: int | None = None
) -> PoolView:
    """Write a pool anew; its codes follow what it says of validity and limits.

    Refuses: Forbidden, NotFound, Invalid, ExternalIdTaken, CodePoolBusy (put away while codes are made), ChangedMeanwhile
    (where `version` is given and old).
    """
    actor.require("promotions:write")
    problem = check_pool(draft)
    if problem:
        raise Refused(problem)
    with unit_of_work(actor.chain_id):
        found = lock_pool(actor, access_pool(actor, identifier).id, against_uses=True)
        if version is not None and version != found.version:
            raise Refused(ChangedMeanwhile())
        if draft.kind != found.kind and found.made:
            raise Refused(kind_is_settled())
        if draft.external_id and draft.external_id != found.external_id:
            _refuse_taken(found, draft.external_id)
            found.external_id = draft.external_id
        if draft.state == "archived" and found.state != "archived":
            _refuse_busy(found)
        before, secret = pool_facts(found), found.remote_secret
        if draft.valid_until != found.valid_until:
            found.expired_at = None
        if draft.uses_total is not None and found.uses_total is None:
            # From now on uses are counted: those there were count too.
            found.used = _count_uses(found)
        if draft.uses_per_customer is not None and found.uses_per_customer is None:
            rows(_COUNT_AGAIN, {"chain": found.chain_id, "pool": found.id})
        _write(found, draft)
        old, new = changed_only(before, pool_facts(found))
        if new or found.remote_secret != secret:
            found.version += 1
            found.save()
            record(
                actor,
                verb="code_pool.changed",
                object_kind="code_pool",
                object_id=found.id,
                now=now,
                before=old,
                after=new,
            )
        return view_pool(found)


def pool_facts(pool: CodePool) -> dict[str, Any]:
    """What the audit journal keeps of a pool: everything but its secret."""
    facts = {name: getattr(pool, name) for name in ("external_id", "name", *_FIELDS)}
    return {**facts, "has_secret": pool.remote_secret is not None}


def _write(pool: CodePool, draft: PoolDraft) -> None:
    pool.name = one_line(draft.name)
    moved = pool.remote_url != draft.remote_url
    for name in _FIELDS:
        setattr(pool, name, getattr(draft, name))
    if draft.remote_secret:
        pool.remote_secret = hide(draft.remote_secret, pool.id)
    elif draft.remote_secret == "" or moved or not draft.remote_header:
        # A secret goes nowhere but where it was meant for.
        pool.remote_secret = None


def _refuse_taken(pool: CodePool, external_id: str) -> None:
    if CodePool.objects.filter(chain_id=pool.chain_id, external_id=external_id).exclude(id=pool.id).exists():
        raise Refused(ExternalIdTaken(external_id=external_id))


def _refuse_busy(pool: CodePool) -> None:
    if CodeBatch.objects.filter(chain_id=pool.chain_id, pool=pool, state__in=UNFINISHED).exists():
        raise Refused(CodePoolBusy())


def _count_uses(pool: CodePool) -> int:
    found = rows(
        "SELECT count(*) FROM code_uses WHERE chain_id = %s AND pool_id = %s AND given_back_at IS NULL",
        [pool.chain_id, pool.id],
    )
    return int(found[0][0])
