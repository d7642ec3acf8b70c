"""The background steps of an import: read, check, mend, apply. Each may be killed at any instant and run again."""

import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any, Final
from uuid import UUID

from django.db import connections

from regulars.imports.actions import files, planning
from regulars.imports.actions.applying import ApplyScope, apply_chunk, chunks_to_write
from regulars.imports.actions.bearers import decide_bearers, end_bearers, scope_of, write_bearer_chunk
from regulars.imports.actions.creating import MakingScope
from regulars.imports.actions.deciding import (
    CHUNK_ROWS,
    RANGE_ROWS,
    WIDE_ROWS,
    Tally,
    clear_plan,
    decide_next,
    find_span,
    find_suspects,
    row_ranges,
    tally_plan,
)
from regulars.imports.actions.doubting import doubt_phones
from regulars.imports.actions.history import HistoryScope, decide_history, history_chunks, known_of, write_history_chunk
from regulars.imports.actions.mending import stage
from regulars.imports.actions.plain import PlainScope, decide_new, decide_unchanged, refuse_doubled
from regulars.imports.actions.work import Cancelled, Work
from regulars.imports.queries.bearers import chunks_of
from regulars.imports.queries.imports import sum_chunks
from regulars.imports.queries.tables import has_plan
from regulars.imports.reading.files import ReadOptions, read_file
from regulars.imports.rules.code_cells import CODE_KINDS
from regulars.imports.rules.plan import ReadingPlan
from regulars.kernel.refusal import Refused
from regulars.platform.database import row, rows, unit_of_work

log = logging.getLogger(__name__)

WRITERS: Final = 2
"""Connections that write chunks at the same time: two halve the time, more only wait (measured)."""

PROGRESS_ROWS: Final = 20_000
APART: Final[dict[str, Callable[[Work, ReadingPlan], dict[str, int]]]] = {
    "orders": decide_history,
    "codes": decide_bearers,
    "gift_cards": decide_bearers,
}
"""How the kinds are decided that are no customers: each its own way."""


def run_step(chain_id: UUID, import_id: UUID, step: str, *, now: datetime) -> None:
    """Do one step of an import, whatever became of an earlier try; an expected failure ends as the import's problem."""
    work = Work(chain_id, import_id, now=now)
    steps: dict[str, tuple[tuple[str, ...], Callable[[Work], None]]] = {
        "read": (("reading",), read_source),
        "check": (("reading", "checking"), check),
        "mend": (("checking",), check),
        "apply": (("applying",), apply_all),
    }
    states, run = steps[step]
    if work.one.state not in states:
        return
    try:
        run(work)
    except Cancelled:
        _stop(work)
    except Refused as refused:
        text = refused.refusal.message.format_map(refused.refusal.values())
        work.save(state="failed", problem={"code": refused.refusal.code, "detail": text, **_plain(refused)})


def _plain(refused: Refused) -> dict[str, Any]:
    values = refused.refusal.values()
    return {"values": {name: value for name, value in values.items() if isinstance(value, str | int)}}


def _stop(work: Work) -> None:
    # Before anything is written, whoever cancelled has said so in the import's row already.
    if work.one.state == "applying":
        _finish(work, is_stopped=True)


def read_source(work: Work) -> None:
    """Read the file into slices, look at its columns, and go on to check unless the user must choose."""
    one = work.one
    options = ReadOptions(
        sheet=one.options.get("sheet"), encoding=one.options.get("encoding"), delimiter=one.options.get("delimiter")
    )
    told = 0

    def tell(done: int) -> None:
        nonlocal told
        if done - told >= PROGRESS_ROWS:
            told = done
            work.progress(done)

    read = read_file(files.source_of(one.id), files.fresh_slices(one.id), options=options, on_progress=tell)
    with unit_of_work(work.chain_id):
        looked = planning.look(
            read,
            one,
            balances=work.balances,
            custom_keys=tuple(each.key for each in work.customs),
            country=work.country,
        )
    must_choose = looked.is_open or (one.kind == "cards" and not one.mode) or bool(one.options.get("mode_later"))
    work.save(
        columns=planning.column_facts(looked),
        mapping=looked.mapping,
        reading=planning.pack_reading(read, looked),
        rows_total=read.rows,
        rows_done=read.rows,
        state="needs_mapping" if must_choose else "checking",
    )
    if not must_choose:
        check(work)


def check(work: Work) -> None:
    """Read every row into staging and decide it; nothing of the chain is touched."""
    read = planning.unpack_reading(work.one)
    plan, is_open = work.plan(read)
    if is_open:
        work.save(state="needs_mapping", reading=work.one.reading)
        return
    work.save(reading=work.one.reading, rows_done=0)
    stage(work, read, plan)
    if work.one.kind in APART:
        counts = APART[work.one.kind](work, plan)
        with unit_of_work(work.chain_id):
            if work.one.options.get("is_chosen"):
                planning.remember(work.one)
        work.save(state="checked", counts=counts, effect=[], rows_done=counts["rows"], reading=work.one.reading)
        return
    tally = decide_all(work, plan)
    with unit_of_work(work.chain_id):
        work.one.reading["doubt"] = doubt_phones(work.tables, plan, home=work.chain.country)
        if work.one.options.get("is_chosen"):
            planning.remember(work.one)
    effect = [
        {
            "balance_type": balance.external_id,
            "plus": tally.plus.get(balance.external_id, 0),
            "minus": tally.minus.get(balance.external_id, 0),
        }
        for balance in plan.balances
    ]
    counts = tally.counts | {"good": tally.applicable}
    work.save(state="checked", counts=counts, effect=effect, rows_done=tally.counts["rows"], reading=work.one.reading)


def decide_all(work: Work, plan: ReadingPlan) -> Tally:
    """Decide every staged row: what needs no table in large steps, the others one by one in the file's order."""
    facts, options = work.facts(plan), work.options()
    with unit_of_work(work.chain_id):
        # Of what was written in the last minute the planner may know nothing yet.
        rows("SELECT door_analyze_grown()")
    with unit_of_work(work.chain_id):
        clear_plan(facts)
        seen = find_suspects(facts)
        span = find_span(facts)
    plain = PlainScope(facts, options, tuple(seen.suspect_phones), tuple(seen.suspect_numbers), CHUNK_ROWS)
    total = max(1, work.one.rows_total)
    for decide_some, height, eighths in ((decide_new, RANGE_ROWS, 4), (decide_unchanged, WIDE_ROWS, 5)):
        for first, last in row_ranges(span, height):
            with unit_of_work(work.chain_id):
                decide_some(plain, first, last)
            work.progress((total * eighths + min(total, last)) // 8)
    after: int | None = 0
    while after is not None:
        with unit_of_work(work.chain_id):
            after = decide_next(facts, options, after=after, seen=seen)
        work.progress(min(total, total * 3 // 4 + (after or total) // 4))
    with unit_of_work(work.chain_id):
        refuse_doubled(facts)
        tally = tally_plan(facts)
        rows("SELECT door_analyze_staging(%s)", [work.import_id])
    return tally


def apply_all(work: Work) -> None:
    """Write every chunk that is not written yet, on two connections, then count what became of the rows."""
    read = planning.unpack_reading(work.one)
    plan, _ = work.plan(read)
    if not _is_staged(work):
        # The staging tables are unlogged: a database that was killed has emptied them. The file is still there.
        stage(work, read, plan)
        if work.one.kind in APART:
            APART[work.one.kind](work, plan)
        else:
            decide_all(work, plan)
    facts = work.facts(plan)
    targets = {column.target.key for column in plan.columns}
    scope = ApplyScope(
        actor=work.actor,
        import_id=work.import_id,
        facts=facts,
        options=work.options(),
        card_type=work.card_type,
        making=MakingScope(
            import_id=work.import_id,
            source=f"import: {work.one.file_name}"[:200],
            zone=work.chain.time_zone,
            location_id=work.one.location_id,
            now=work.now,
            has_openings=bool(targets & {"sold", "paid", "visits", "first_visit", "last_visit"}),
            has_tags="tags" in targets,
            has_consents="consent" in targets,
            has_external_ids="external_id" in targets,
            tags=tuple(work.one.options.get("tags") or ()),
        ),
    )
    with unit_of_work(work.chain_id):
        write: Callable[[int], None] = partial(apply_chunk, scope)
        if work.one.kind == "orders":
            history = HistoryScope(scope, known_of(work, plan), work.chain.currency)
            wanted, write = history_chunks(facts), partial(write_history_chunk, history)
        elif work.one.kind in CODE_KINDS:
            wanted, write = chunks_of(work.tables), partial(write_bearer_chunk, scope_of(work, scope))
        else:
            wanted = chunks_to_write(scope)
        done = {values[0] for values in rows("SELECT number FROM import_chunks WHERE import_id = %s", [work.import_id])}
        size = row(f"SELECT count(*) FROM {work.tables.plan}")
    writing = Writing(
        work=work,
        write=write,
        waiting=SimpleQueue(),
        rows_per_chunk=(size[0] if size else 0) / max(1, len(wanted)),
        finished=len(done),
    )
    for number in wanted:
        if number not in done:
            writing.waiting.put(number)
    work.progress(writing.rows_done, size[0] if size else 0)
    if writing.waiting.qsize() == 1 or work.one.kind in APART:
        # Who is known by an e-mail only must not be made twice at the same instant; a pool counts its codes in one row.
        _write_waiting(writing, 0)
    else:
        with ThreadPoolExecutor(max_workers=WRITERS) as writers:
            ends = [writers.submit(_write_chunks, writing, lane) for lane in range(WRITERS)]
        for end in ends:
            end.result()
    _finish(work)


@dataclass(slots=True)
class Writing:
    """What the writers of one import share; `lock` guards the count and the progress told."""

    work: Work
    write: Callable[[int], None]
    waiting: SimpleQueue[int]
    rows_per_chunk: float
    finished: int
    is_stopped: bool = False
    lock: Lock = field(default_factory=Lock)

    @property
    def rows_done(self) -> int:
        """About how many rows are written."""
        return round(self.finished * self.rows_per_chunk)


def _write_chunks(writing: Writing, lane: int) -> None:
    """Write chunks on a connection of this thread; the first failure stops the others too."""
    try:
        _write_waiting(writing, lane)
    except BaseException:
        writing.is_stopped = True
        raise
    finally:
        connections.close_all()


def _write_waiting(writing: Writing, lane: int) -> None:
    while not writing.is_stopped:
        try:
            number = writing.waiting.get_nowait()
        except Empty:
            return
        writing.write(number)
        if lane == 0:
            with unit_of_work(writing.work.chain_id):
                rows("SELECT door_analyze_grown()")
        with writing.lock:
            writing.finished += 1
            writing.work.progress(writing.rows_done)


def _is_staged(work: Work) -> bool:
    """Whether every row of the file has its decision; a kill in the middle of deciding anew leaves only some."""
    with unit_of_work(work.chain_id):
        if not has_plan(work.import_id):
            return False
        planned = row(f"SELECT count(*) FROM {work.tables.plan}")
    return bool(planned and planned[0] == work.one.counts.get("rows", 0))


def _finish(work: Work, *, is_stopped: bool = False) -> None:
    """Add up what the chunks did. What never reached a chunk is known since the check."""
    end_bearers(work)
    with unit_of_work(work.chain_id):
        result = sum_chunks(work.import_id)
    counts = work.one.counts
    if work.one.kind in APART:
        # An order may have many rows: orders are counted, and of what is left the rows.
        result["unchanged"] += counts.get("unchanged", 0)
        result["left"] = counts.get("error", 0)
        _told(work, result, is_stopped=is_stopped)
        return
    left, conflicts = counts.get("error", 0), counts.get("conflict", 0)
    result["unchanged"] += counts.get("rows", 0) - left - conflicts - counts.get("good", 0)
    result["left"] = left + (conflicts if work.one.conflicts == "leave" else 0)
    _told(work, result, is_stopped=is_stopped)


def _told(work: Work, result: dict[str, int], *, is_stopped: bool) -> None:
    log.info("import finished %s", json.dumps({"import": str(work.import_id), **result}))
    rows_total = work.one.counts.get("rows", 0)
    rows_done = sum(result[name] for name in ("created", "changed", "failed")) if is_stopped else rows_total
    state = "cancelled" if is_stopped else "applied"
    work.save(state=state, result=result, rows_done=rows_done, rows_total=rows_total)
