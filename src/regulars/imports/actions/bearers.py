"""Codes and gift cards on their way in: decided set by set in the check, decided again where they are written (IMP-9, RWD-4, RWD-5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.utils import IntegrityError, OperationalError

from regulars.codes.actions import staged as pool_codes
from regulars.codes.actions.generate import room_of_chain
from regulars.codes.queries.pools import PoolView, access_pool
from regulars.codes.rules.importing import PERSONAL_LETTERS_MIN
from regulars.giftcards.actions import opening
from regulars.giftcards.queries.types import access_type, list_types
from regulars.imports.actions.applying import ApplyScope, ChunkResult, is_race, mark_done
from regulars.imports.actions.deciding import clear_plan, find_span, row_ranges
from regulars.imports.actions.work import Work
from regulars.imports.models import Import
from regulars.imports.queries import bearers
from regulars.imports.queries.tables import Staging
from regulars.imports.rules.plan import ReadingPlan
from regulars.imports.rules.problems import Issue
from regulars.kernel.ids import decode, new_stem, stem_sql
from regulars.platform.actor import Actor
from regulars.platform.database import execute, retried, row, rows, unit_of_work
from regulars.platform.random_wait import wait_before_retry
from regulars.programs.rules.validity import end_of

ATTEMPTS_MAX: Final = 8
UNDO_ROWS: Final = 10_000
# A universal code is of many: for one person's eyes it is never free, and whoever is named has it noted beside.
_CODES: Final = f"""
INSERT INTO {pool_codes.COMING} (id, "row", text, key, state, expires_at, customer_id)
SELECT {stem_sql("%(stem)s", 'row_number() OVER (ORDER BY r."row")')}, r."row", r.code, r.code_key,
    CASE WHEN r.code_state IN ('expired', 'cancelled', 'blocked') OR r.valid_until <= %(now)s THEN 'expired'
        WHEN r.code_state = 'used' OR (%(is_personal)s AND r.uses > 0) THEN 'used'
        WHEN NOT %(is_personal)s THEN 'active'
        WHEN p.customer_id IS NULL THEN 'free'
        WHEN %(needs_activation)s AND r.code_state = 'active' THEN 'active'
        ELSE 'attached' END,
    r.valid_until, p.customer_id
FROM {{plan}} p JOIN {{rows}} r USING ("row") WHERE p.chunk = %(chunk)s AND p.fields[1] = 'create'
"""
_CARDS: Final = f"""
INSERT INTO {opening.COMING} (id, entry_id, "row", code, key, type_id, customer_id, value, balance, expires_at, is_blocked, makes_code)
SELECT {stem_sql("%(stem)s", '2 * row_number() OVER (ORDER BY r."row")')}, {stem_sql("%(stem)s", '2 * row_number() OVER (ORDER BY r."row") + 1')},
    r."row", r.code, r.code_key, t.id, p.customer_id, coalesce(nullif(r.value, 0), r.left_value), r.left_value,
    coalesce(r.valid_until, e.ends), coalesce(r.code_state = 'blocked', false), t.has_code AND r.code IS NULL
FROM {{plan}} p JOIN {{rows}} r USING ("row") JOIN gift_card_types t ON t.chain_id = %(chain)s AND t.id = p.fields[3]::uuid
LEFT JOIN unnest(%(types)s::uuid[], %(ends)s::timestamptz[]) AS e (type_id, ends) ON e.type_id = t.id
WHERE p.chunk = %(chunk)s AND p.fields[1] = 'create'
"""


@dataclass(frozen=True, slots=True)
class BearerScope:
    """What writing any chunk of codes or gift cards needs; `at` is when the user said so, however often the step begins anew."""

    apply: ApplyScope
    kind: str
    pool: PoolView | None
    at: datetime
    wanted: int
    ends: dict[UUID, datetime | None]
    tables: Staging


def scope_of(work: Work, apply: ApplyScope) -> BearerScope:
    """What writing the chunks of this import needs, in the running unit of work."""
    at = work.one.applied_at or work.now
    ends = {}
    if work.one.kind == "gift_cards":
        for kind in list_types(work.actor):
            ends[kind.id] = end_of(kind.terms.validity, at, work.chain.zone)
    wanted = int(work.one.counts.get("good", 0))
    return BearerScope(apply, work.one.kind, _pool(work), at, wanted, ends, work.tables)


def _pool(work: Work) -> PoolView | None:
    return access_pool(work.actor, work.one.options["pool"]) if work.one.kind == "codes" else None


def decide_bearers(work: Work, plan: ReadingPlan) -> dict[str, int]:
    """Decide every row of the file and count what will happen; nothing of the chain is touched."""
    facts, tables = work.facts(plan), work.tables
    targets = {column.target.key for column in plan.columns}
    with unit_of_work(work.chain_id):
        rows("SELECT door_analyze_grown()")
    with unit_of_work(work.chain_id):
        clear_plan(facts)
        pool = _pool(work)
        if "code" in targets:
            bearers.find_doubled(tables)
        rows("SELECT door_analyze_staging(%s)", [work.import_id])
        span = find_span(facts)
    known: dict[str, Any] = {
        "chain": work.chain_id,
        "now": work.now,
        "is_personal": pool is not None and pool.kind == "personal",
        "least": PERSONAL_LETTERS_MIN if pool is not None and pool.kind == "personal" else 1,
        "type": decode("gct", work.one.options.get("gift_card_type") or ""),
    }
    total = max(1, work.one.rows_total)
    for first, last in row_ranges(span, bearers.RANGE_ROWS):
        with unit_of_work(work.chain_id):
            if bearers.has_identity(targets):
                bearers.find_holders(work.chain_id, tables, first, last)
            bearers.plan_rows(tables, first, last, kind=work.one.kind, known=known)
        work.progress(total // 2 + min(total, last) // 2)
    with unit_of_work(work.chain_id):
        if pool is not None:
            bearers.refuse_over(tables, min(pool.room, room_of_chain(work.chain_id)))
        else:
            work.one.reading["worth"] = bearers.sum_left(tables)
        counts = bearers.count_plan(tables)
        rows("SELECT door_analyze_staging(%s)", [work.import_id])
    return counts


def write_bearer_chunk(scope: BearerScope, number: int) -> None:
    """Write the codes or gift cards of one chunk unless it is written already; tried again where somebody else was quicker."""
    for attempt in range(ATTEMPTS_MAX):
        try:
            _write_once(scope, number)
        except (IntegrityError, OperationalError) as problem:
            if not is_race(problem) or attempt == ATTEMPTS_MAX - 1:
                raise
            wait_before_retry(attempt)
        else:
            return


@retried
def _write_once(scope: BearerScope, number: int) -> None:
    applying = scope.apply
    with unit_of_work(applying.actor.chain_id):
        if row("SELECT 1 FROM import_chunks WHERE import_id = %s AND number = %s", [applying.import_id, number]):
            return
        result = _codes(scope, number) if scope.pool is not None else _cards(scope, number)
        mark_done(applying, number, result)


def _codes(scope: BearerScope, number: int) -> ChunkResult:
    pool, applying = scope.pool, scope.apply
    assert pool is not None
    pool_codes.begin_coming()
    values = {
        "stem": new_stem(),
        "now": scope.at,
        "chunk": number,
        "is_personal": pool.kind == "personal",
        "needs_activation": pool.needs_activation,
    }
    execute(_CODES.format(plan=scope.tables.plan, rows=scope.tables.rows), values)
    done = pool_codes.write_coming(applying.actor, pool.id, applying.import_id, at=scope.at, wanted=scope.wanted)
    failed = {at: Issue("code_taken", "code") for at in done.taken}
    failed |= {at: Issue("holder_gone") for at in done.gone}
    failed |= {at: Issue("code_over_limit", "code", "0") for at in done.over}
    return ChunkResult(created=done.made, failed=failed)


def _cards(scope: BearerScope, number: int) -> ChunkResult:
    applying = scope.apply
    opening.begin_coming()
    values = {
        "stem": new_stem(),
        "chunk": number,
        "chain": applying.actor.chain_id,
        "types": list(scope.ends),
        "ends": list(scope.ends.values()),
    }
    execute(_CARDS.format(plan=scope.tables.plan, rows=scope.tables.rows), values)
    done = opening.open_coming(applying.actor, applying.import_id, location_id=applying.making.location_id, at=scope.at)
    failed = {at: Issue("code_taken", "code") for at in done.taken}
    failed |= {at: Issue("holder_gone") for at in done.gone}
    return ChunkResult(created=done.made, failed=failed)


def end_bearers(work: Work) -> None:
    """Note in the pool that the file's codes are all there."""
    if work.one.kind == "codes":
        with unit_of_work(work.chain_id):
            pool_codes.end_coming(work.chain_id, work.import_id, state="done", now=work.now)


def take_back_some(actor: Actor, one: Import, *, now: datetime) -> dict[str, int]:
    """Take the next codes or gift cards of an import back, in the running unit of work; what stays is told once nothing more goes."""
    if one.kind == "codes":
        assert one.applied_at is not None
        gone = pool_codes.take_back_coming(actor.chain_id, one.id, at=one.applied_at, limit=UNDO_ROWS)
        if gone:
            return {"codes_removed": gone}
        pool_codes.end_coming(actor.chain_id, one.id, state="undone", now=now)
        return {"codes_removed": 0, "codes_kept": count_bearers(one)[1]}
    gone = opening.cancel_opened(actor, one.id, now=now, limit=UNDO_ROWS)
    if gone:
        return {"gift_cards_removed": gone}
    return {"gift_cards_removed": 0, "gift_cards_kept": count_bearers(one)[1]}


def count_bearers(one: Import) -> tuple[int, int]:
    """How many codes or gift cards of an import an undo would take back now, and how many it would leave."""
    if one.kind == "codes" and one.applied_at is not None:
        return pool_codes.count_coming(one.chain_id, one.id, at=one.applied_at)
    return opening.count_opened(one.chain_id, one.id) if one.kind == "gift_cards" else (0, 0)


def list_kept(one: Import, *, limit: int) -> list[tuple[str, str, int | None]]:
    """The codes or gift cards that an undo left: code, state, what is on it."""
    if one.kind == "codes":
        return [(text, state, None) for text, state in pool_codes.list_coming(one.chain_id, one.id, limit=limit)]
    return [*opening.list_opened(one.chain_id, one.id, limit=limit)] if one.kind == "gift_cards" else []


def access_bearer_target(actor: Actor, *, kind: str, pool: str, gift_card_type: str) -> dict[str, str]:
    """What an import of codes or gift cards keeps of where they go. Refuses: Forbidden, NotFound."""
    if kind == "codes":
        return {"pool": access_pool(actor, pool, right="promotions:write").public_id}
    actor.require("rewards:write")
    if not gift_card_type:
        return {}
    from_type = access_type(actor.acting_with("rewards:read"), gift_card_type)
    return {"gift_card_type": gift_card_type if from_type else ""}
