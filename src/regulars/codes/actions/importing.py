"""Codes that were made elsewhere come into a pool: from a list, a file or a remote service; and go again, where nobody has them (RWD-4)."""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.utils import InterfaceError, OperationalError
from msgspec import Struct

from regulars.codes.actions.coming import free_codes
from regulars.codes.actions.generate import (
    Defer,
    add_made,
    begin_batch,
    end_batch,
    refuse_too_many,
    room_of_chain,
    tell_batch,
)
from regulars.codes.actions.secrets import reveal
from regulars.codes.actions.writing import staged_text, write_and_tell
from regulars.codes.errors import CodeBatchNotDone, CodePoolBusy, CodePoolWithoutRemote
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
from regulars.codes.rules.importing import FETCHED_MAX, read_answer, sort_codes
from regulars.codes.rules.states import first_state
from regulars.kernel.codes import code_key
from regulars.kernel.ids import encode
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.actor import Actor, system_actor
from regulars.platform.audit import record
from regulars.platform.database import rows, unit_of_work
from regulars.platform.outbound import NotFetched, fetch
from regulars.staff.actions.notifications import notify_holders

log = logging.getLogger(__name__)

IMPORTED_MAX: Final = 10_000
CHUNK: Final = 20_000
FETCH_BYTES_MAX: Final = 10_000_000
FETCH_SECONDS_MAX: Final = 60.0
WAITS: Final = (2.0, 10.0)
"""So long a fetch waits before it asks again a service that is out of order."""

_REASONS: Final = {
    "no_codes": "The answer holds no codes. A list is wanted, or one code on each line.",
    "too_many": "The answer holds more than {limit} codes. Fetch fewer at a time.",
    "no_secret": "The stored secret cannot be read any more. Enter it again.",
    "fault": "Something broke on our side; the fault has been written down.",
}
REASONS: Final = _REASONS
# Free codes that nobody ever used: what customers hold, and what orders name, stays.
_UNDO: Final = """
DELETE FROM codes c WHERE c.id = ANY(ARRAY(
    SELECT id FROM codes o WHERE o.chain_id = %(chain)s AND o.pool_id = %(pool)s AND o.batch_id = %(batch)s
        AND o.state = %(state)s AND o.customer_id IS NULL
        AND NOT EXISTS (SELECT FROM code_uses u WHERE u.code_id = o.id)
        AND NOT EXISTS (SELECT FROM code_attachments a WHERE a.code_id = o.id)
    ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
RETURNING c.text
"""


class Imported(Struct, frozen=True):
    """What became of a list of codes; `statuses` has `inserted`, or why not, for each in its order."""

    batch: BatchView
    inserted: int
    duplicated: int
    over_limit: int
    invalid: int
    statuses: tuple[str, ...]


def import_codes(actor: Actor, identifier: str, texts: Sequence[str], *, now: datetime) -> Imported:
    """Take codes into a pool and say what became of each; a wrong one hinders no other.

    Refuses: Forbidden, NotFound, Invalid (none, or more than 10,000).
    """
    actor.require("promotions:write")
    if not 1 <= len(texts) <= IMPORTED_MAX:
        detail = f"1 to {IMPORTED_MAX} codes."
        raise Refused(Invalid(errors=(FieldProblem("/codes", "out_of_range", detail),)))
    with unit_of_work(actor.chain_id):
        pool = lock_pool(actor, access_pool(actor, identifier).id)
        batch = begin_batch(actor, pool, source="import", wanted=len(texts), now=now)
        statuses = _take(pool, batch, texts)
        batch.state, batch.finished_at = "done", now
        batch.save()
        return Imported(
            view_batch(batch),
            batch.made,
            batch.duplicated,
            batch.over_limit,
            len(texts) - batch.made - batch.duplicated - batch.over_limit,
            tuple(statuses),
        )


def _take(pool: CodePool, batch: CodeBatch, texts: Sequence[str]) -> list[str]:
    """Write those of the codes that can be taken, count the others; the status of each."""
    sorted_ = sort_codes(texts, kind=pool.kind)
    statuses = ["inserted"] * len(texts)
    for place, problem in sorted_.wrong.items():
        statuses[place] = problem
    room = min(view_pool(pool).room, room_of_chain(pool.chain_id))
    # What is taken already needs no room: it is looked for first.
    taken = _taken_keys(pool, [text for _, text in sorted_.good])
    good: list[tuple[int, str]] = []
    for place, text in sorted_.good:
        if code_key(text) in taken:
            statuses[place] = "duplicate"
        elif len(good) < room:
            good.append((place, text))
        else:
            statuses[place] = "over_limit"
    lost = (
        set(write_and_tell(pool, staged_text([text for _, text in good]), len(good), batch_id=batch.id))
        if good
        else set()
    )
    for place, text in good:
        if text in lost:
            statuses[place] = "duplicate"
    batch.made = statuses.count("inserted")
    batch.duplicated, batch.over_limit = statuses.count("duplicate"), statuses.count("over_limit")
    add_made(pool, batch.made)
    return statuses


def _taken_keys(pool: CodePool, texts: Sequence[str]) -> set[str]:
    found = rows(
        "SELECT key FROM code_keys WHERE chain_id = %s AND key = ANY(%s::text[])",
        [pool.chain_id, [code_key(text) for text in texts]],
    )
    return {key for (key,) in found}


def start_fetching(actor: Actor, identifier: str, *, now: datetime, defer: Defer) -> BatchView:
    """Begin to fetch codes from the remote service of a pool.

    Refuses: Forbidden, NotFound, CodePoolWithoutRemote, CodePoolBusy, TooManyCodeBatches, TooManyCodes.
    """
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        pool = lock_pool(actor, access_pool(actor, identifier).id)
        if not pool.remote_url:
            raise Refused(CodePoolWithoutRemote())
        if CodeBatch.objects.filter(pool=pool, source="fetch", state__in=UNFINISHED).exists():
            raise Refused(CodePoolBusy())
        refuse_too_many(actor.chain_id, 0)
        batch = begin_batch(actor, pool, source="fetch", wanted=0, now=now)
        defer(actor.chain_id, batch.id)
        return view_batch(batch)


def run_fetching(chain_id: UUID, batch_id: UUID, *, now: Callable[[], datetime]) -> None:
    """Fetch the codes of a batch that waits, or that was cut short; what cannot be fetched ends as its problem.

    A service that is out of order for a moment is asked again, twice. The codes are taken once, whatever was asked.
    Raises OperationalError where the database went away: run it again.
    """
    with unit_of_work(chain_id):
        batch = CodeBatch.objects.filter(chain_id=chain_id, id=batch_id, source="fetch", state__in=UNFINISHED).first()
        if batch is None:
            return
        pool = CodePool.objects.get(chain_id=chain_id, id=batch.pool_id)
    try:
        texts = _fetch_patiently(pool)
        _write_fetched(chain_id, batch_id, texts, now=now())
    except (OperationalError, InterfaceError):
        raise
    except NotFetched as problem:
        _fail(chain_id, batch_id, problem.code, problem.message, problem.facts, now=now())
    except _Unfit as problem:
        _fail(chain_id, batch_id, problem.code, REASONS[problem.code], {"limit": FETCHED_MAX}, now=now())
    except Exception:
        # A fault of ours: the batch ends and says so, instead of waiting for ever.
        log.exception("fetching batch %s broke", batch_id)
        _fail(chain_id, batch_id, "fault", REASONS["fault"], {}, now=now())


class _Unfit(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _fetch_patiently(pool: CodePool) -> list[str]:
    for seconds in WAITS:
        try:
            return _fetch(pool)
        except NotFetched as problem:
            if not _may_pass(problem):
                raise
        time.sleep(seconds)
    return _fetch(pool)


def _may_pass(problem: NotFetched) -> bool:
    """Whether the other side may be in order again in a moment; an address that is refused, or a wrong key, never will."""
    if problem.code == "status":
        status = int(problem.facts["status"])
        return status >= 500 or status == 429
    return problem.code in ("not_reached", "cut_off")


def _fetch(pool: CodePool) -> list[str]:
    headers = {}
    if pool.remote_secret is not None:
        secret = reveal(bytes(pool.remote_secret), pool.id)
        if secret is None:
            raise _Unfit("no_secret")
        headers[pool.remote_header] = secret
    with fetch(
        pool.remote_url,
        bytes_max=FETCH_BYTES_MAX,
        seconds_max=FETCH_SECONDS_MAX,
        accept="application/json, text/plain",
        headers=headers,
    ) as pieces:
        texts = read_answer(b"".join(pieces))
    if not texts:
        raise _Unfit("no_codes")
    if len(texts) > FETCHED_MAX:
        raise _Unfit("too_many")
    return texts


def _write_fetched(chain_id: UUID, batch_id: UUID, texts: Sequence[str], *, now: datetime) -> None:
    with unit_of_work(chain_id):
        batch = CodeBatch.objects.select_for_update(no_key=True).get(chain_id=chain_id, id=batch_id)
        if batch.state not in UNFINISHED:
            return
        pool = lock_pool(system_actor(chain_id), batch.pool_id)
        batch.wanted = len(texts)
        _take(pool, batch, texts)
        end_batch(batch, now=now)
        batch.save()


def _fail(chain_id: UUID, batch_id: UUID, code: str, message: str, facts: dict[str, Any], *, now: datetime) -> None:
    # The sentence is kept as it stands in the source: whoever reads it later does so in a language of their own.
    problem = {"code": code, "message": message, "values": {name: str(value) for name, value in facts.items()}}
    with unit_of_work(chain_id):
        batch = CodeBatch.objects.select_for_update(no_key=True).get(chain_id=chain_id, id=batch_id)
        batch.state, batch.problem, batch.finished_at = "failed", problem, now
        batch.save()
        facts = {"pool": batch.pool.name, "pool_id": str(batch.pool_id), "made": 0, "problem": problem}
        notify_holders(chain_id, "promotions:write", "code_batch.failed", subject_id=batch.id, facts=facts, now=now)


def start_undoing(actor: Actor, identifier: str, *, now: datetime, defer: Defer) -> BatchView:
    """Begin to take back the codes of a batch that nobody has or used; the others stay. Refuses: Forbidden, NotFound, CodeBatchNotDone."""
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        found = access_batch(actor, identifier)
        batch = CodeBatch.objects.select_for_update(no_key=True).get(chain_id=actor.chain_id, id=found.id)
        if batch.state not in ("done", "cancelled"):
            raise Refused(CodeBatchNotDone())
        batch.state = "undoing"
        batch.save()
        record(
            actor,
            verb="code_batch.undone",
            object_kind="code_pool",
            object_id=batch.pool_id,
            now=now,
            after={"batch": encode("cbt", batch.id)},
        )
        defer(actor.chain_id, batch.id)
        return view_batch(batch)


def run_undoing(chain_id: UUID, batch_id: UUID, *, now: Callable[[], datetime]) -> None:
    """Take back chunk after chunk until only codes are left that somebody has; goes on where it was killed."""
    while _undo_chunk(chain_id, batch_id, now=now()):
        pass


def _undo_chunk(chain_id: UUID, batch_id: UUID, *, now: datetime) -> bool:
    with unit_of_work(chain_id):
        batch = CodeBatch.objects.select_for_update(no_key=True).filter(chain_id=chain_id, id=batch_id).first()
        if batch is None or batch.state != "undoing":
            return False
        pool = CodePool.objects.get(chain_id=chain_id, id=batch.pool_id)
        gone = _take_back(pool, batch)
        batch.made -= gone
        add_made(pool, -gone)
        if gone == 0:
            batch.state, batch.finished_at = "undone", now
            tell_batch(batch, now=now)
        batch.save()
        return gone > 0


def _take_back(pool: CodePool, batch: CodeBatch) -> int:
    values = {"chain": pool.chain_id, "pool": pool.id, "batch": batch.id, "limit": CHUNK}
    gone = [text for (text,) in rows(_UNDO, values | {"state": first_state(pool.kind)})]
    free_codes(pool.chain_id, "code", gone)
    return len(gone)
