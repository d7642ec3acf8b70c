"""Making codes from a pattern in the background, in chunks that survive a kill (RWD-4)."""

import logging
import os
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import F, Sum

from regulars.codes.actions.writing import write_codes
from regulars.codes.errors import CodePoolFull, TooManyCodeBatches, TooManyCodes
from regulars.codes.events import CODE_BATCH_DONE
from regulars.codes.models import CodeBatch, CodePool
from regulars.codes.queries.pools import (
    UNFINISHED,
    BatchView,
    access_batch,
    access_pool,
    lock_pool,
    view_batch,
    view_pool,
)
from regulars.codes.rules.patterns import DEFAULT_PATTERN, Pattern, copy_rows, read_pattern
from regulars.kernel.ids import encode, new_id, new_stem
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.actor import ALL_RIGHTS, Actor
from regulars.platform.audit import record
from regulars.platform.database import rows as found_rows
from regulars.platform.database import unit_of_work
from regulars.platform.events import announce
from regulars.staff.actions.notifications import notify

log = logging.getLogger(__name__)

CHUNK: Final = 50_000
GENERATED_MAX: Final = 2_000_000
UNFINISHED_MAX: Final = 4
"""Of one chain: one that is made, and three that wait (`codes.jobs` makes one at a time)."""
CODES_OF_CHAIN_MAX: Final = 20_000_000
# The chance that a new code is taken already is one in ten million millions; a pool that misses so many is no accident.
MISSED_MAX: Final = 100

Defer = Callable[[UUID, UUID], None]
"""Puts a batch (chain, batch) into the background, inside the running transaction."""


def start_generating(
    actor: Actor, identifier: str, *, count: int, pattern: str = "", now: datetime, defer: Defer
) -> BatchView:
    """Begin to make so many new codes of a pattern in a pool.

    Refuses: Forbidden, NotFound, Invalid (the count, or a pattern whose codes could be guessed), CodePoolFull,
    TooManyCodeBatches, TooManyCodes.
    """
    actor.require("promotions:write")
    read = read_pattern(pattern or DEFAULT_PATTERN, "/pattern")
    problems = [] if isinstance(read, Pattern) else [read]
    if not 1 <= count <= GENERATED_MAX:
        problems.append(FieldProblem("/count", "out_of_range", f"A whole number from 1 to {GENERATED_MAX}."))
    if problems or not isinstance(read, Pattern):
        raise Refused(Invalid(errors=tuple(problems)))
    with unit_of_work(actor.chain_id):
        pool = lock_pool(actor, access_pool(actor, identifier).id)
        promised = sum(
            one.wanted - one.made for one in CodeBatch.objects.filter(pool=pool, state__in=("waiting", "running"))
        )
        room = view_pool(pool).room - promised
        if count > room:
            raise Refused(CodePoolFull(room=max(0, room)))
        refuse_too_many(actor.chain_id, count)
        batch = begin_batch(actor, pool, source="generate", wanted=count, pattern=read.text, now=now)
        defer(actor.chain_id, batch.id)
        return view_batch(batch)


def refuse_too_many(chain_id: UUID, count: int) -> None:
    """Refuse to begin what would wait behind many others, or be too much. Refuses: TooManyCodeBatches, TooManyCodes."""
    found_rows("SELECT pg_advisory_xact_lock(hashtextextended('code batches:' || %s, 0))", [str(chain_id)])
    unfinished = CodeBatch.objects.filter(chain_id=chain_id, state__in=UNFINISHED).values_list("wanted", "made")
    if len(unfinished) >= UNFINISHED_MAX:
        raise Refused(TooManyCodeBatches(limit=UNFINISHED_MAX))
    room = room_of_chain(chain_id) - sum(max(0, wanted - made) for wanted, made in unfinished)
    if count > room:
        raise Refused(TooManyCodes(limit=CODES_OF_CHAIN_MAX, room=max(0, room)))


def room_of_chain(chain_id: UUID) -> int:
    """How many codes more the pools of a chain may have together."""
    made = CodePool.objects.filter(chain_id=chain_id).aggregate(all=Sum("made"))["all"]
    return max(0, CODES_OF_CHAIN_MAX - (made or 0))


def begin_batch(
    actor: Actor,
    pool: CodePool,
    *,
    source: str,
    wanted: int,
    now: datetime,
    pattern: str = "",
    batch_id: UUID | None = None,
) -> CodeBatch:
    """Note that codes are to come into a pool, in the running unit of work."""
    batch = CodeBatch.objects.create(
        id=batch_id or new_id(),
        chain_id=actor.chain_id,
        pool=pool,
        source=source,
        pattern=pattern,
        wanted=wanted,
        created_by=None if actor.key_id else actor.staff_id,
        created_at=now,
    )
    record(
        actor,
        verb=f"code_batch.{source}",
        object_kind="code_pool",
        object_id=pool.id,
        now=now,
        after={"batch": encode("cbt", batch.id), "count": wanted, **({"pattern": pattern} if pattern else {})},
    )
    return batch


def run_generating(chain_id: UUID, batch_id: UUID, *, now: Callable[[], datetime]) -> None:
    """Make chunk after chunk until all are there; goes on where it was killed. What breaks ends as the batch's problem."""
    # Each chunk makes at least one code, or counts against MISSED_MAX, so this comes to an end.
    while make_chunk(chain_id, batch_id, now=now()):
        pass


def make_chunk(chain_id: UUID, batch_id: UUID, *, now: datetime, size: int = CHUNK) -> bool:
    """Make the next codes of a batch, in one transaction with its progress; False once there is nothing more to do."""
    with unit_of_work(chain_id):
        batch = CodeBatch.objects.select_for_update(no_key=True).filter(chain_id=chain_id, id=batch_id).first()
        if batch is None or batch.source != "generate" or batch.state not in ("waiting", "running"):
            return False
        count = min(size, batch.wanted - batch.made)
        if count > 0:
            pool = CodePool.objects.get(chain_id=chain_id, id=batch.pool_id)
            rows = copy_rows(Pattern(batch.pattern), count, new_stem(), random=os.urandom)
            made = write_codes(pool, rows, count, batch_id=batch.id)
            batch.state = "running"
            batch.made += made
            batch.duplicated += count - made
            add_made(pool, made)
        if batch.made >= batch.wanted or batch.duplicated > MISSED_MAX:
            end_batch(batch, now=now)
        batch.save()
        return batch.state == "running"


def add_made(pool: CodePool, count: int) -> None:
    """Count codes that came into a pool, last of all that a chunk writes: others wait no longer than they must."""
    CodePool.objects.filter(chain_id=pool.chain_id, id=pool.id).update(made=F("made") + count)


def end_batch(batch: CodeBatch, *, now: datetime) -> None:
    """Note that a batch is done, and tell whoever began it; the caller saves the row."""
    batch.state, batch.finished_at = "done", now
    announce(
        batch.chain_id,
        CODE_BATCH_DONE,
        now=now,
        payload={"batch": encode("cbt", batch.id), "pool": encode("cpl", batch.pool_id), "made": batch.made},
    )
    tell_batch(batch, now=now)


def tell_batch(batch: CodeBatch, *, now: datetime) -> None:
    """Tell whoever began a batch how it ended."""
    actor = Actor(chain_id=batch.chain_id, rights=ALL_RIGHTS, through="page", staff_id=batch.created_by)
    facts = {"pool": batch.pool.name, "pool_id": str(batch.pool_id), "made": batch.made, "problem": batch.problem}
    notify(actor, f"code_batch.{batch.state}", subject_id=batch.id, facts=facts, now=now)


def cancel_batch(actor: Actor, identifier: str, *, now: datetime) -> BatchView:
    """Stop making codes; those that are made stay. Nothing changes where the batch has ended. Refuses: Forbidden, NotFound."""
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        found = access_batch(actor, identifier)
        batch = CodeBatch.objects.select_for_update(no_key=True).get(chain_id=actor.chain_id, id=found.id)
        if batch.state in ("waiting", "running"):
            batch.state, batch.finished_at = "cancelled", now
            batch.save()
            record(
                actor,
                verb="code_batch.cancelled",
                object_kind="code_pool",
                object_id=batch.pool_id,
                now=now,
                after={"batch": identifier, "made": batch.made},
            )
        return view_batch(batch)
