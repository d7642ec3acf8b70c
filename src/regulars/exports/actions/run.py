"""Writing an export: one picture of the chain, read in one pass, written row by row. Safe to kill and to run again."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.utils import InterfaceError, OperationalError
from django.utils.translation import gettext_noop

from regulars.chains.queries import get_chain
from regulars.exports.actions import files
from regulars.exports.actions.writers import open_writer
from regulars.exports.models import KEPT, Export
from regulars.exports.queries.sources import Source, SourceScope, make_source
from regulars.kernel.refusal import Refused
from regulars.platform.actor import ALL_RIGHTS, Actor
from regulars.platform.clock import now_in
from regulars.platform.database import unit_of_work
from regulars.platform.snapshot import open_snapshot
from regulars.programs.queries import list_programs
from regulars.staff.actions.notifications import notify

log = logging.getLogger(__name__)

PROGRESS_SECONDS: Final = 1.0
TITLES: Final = {
    "cards": "Cards",
    "customers": "Customers",
    "transactions": "Transactions",
    "orders": "Orders",
    "memberships": "Memberships",
    "codes": "Codes",
    "vouchers": "Vouchers",
    "gift_cards": "Gift cards",
}

DISK: Final = gettext_noop("The file could not be written: {reason}.")
CANCELLED: Final = gettext_noop("It was stopped before it was finished.")
FAULT: Final = gettext_noop("Something broke on our side; the fault has been written down.")

Progress = Callable[[int, int], None]
"""Takes how many rows are written and how many there are."""


@dataclass(slots=True)
class _Teller:
    """Tells progress at most once a second: every telling is a commit."""

    tell: Progress
    total: int = 0
    told_at: float = 0.0

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now - self.told_at >= PROGRESS_SECONDS:
            self.told_at = now
            self.tell(done, self.total)


def run_export(chain_id: UUID, export_id: UUID, *, progress: Progress | None = None) -> None:
    """Write the file of an export that waits, or whose writing was cut short; one that is finished stays as it is.

    What cannot be done ends as the export's problem. Raises OperationalError where the database went away: run it again.
    """
    with unit_of_work(chain_id):
        one = Export.objects.filter(chain_id=chain_id, id=export_id, state__in=("waiting", "running")).first()
        if one is None:
            return
        Export.objects.filter(id=export_id).update(state="running", rows_done=0, rows_total=None)
    try:
        with unit_of_work(chain_id):
            source = _source_of(one)
        rows, size = _write(one, source, progress or _ignore)
    except (OperationalError, InterfaceError):
        raise
    except Refused as refused:
        refusal = refused.refusal
        _fail(one, refusal.code, refusal.message, {name: str(value) for name, value in refusal.values().items()})
    except KeyboardInterrupt:
        # Somebody at a terminal gave it up; a worker that is killed says nothing, and another one writes it anew.
        _fail(one, "cancelled", CANCELLED, {})
        raise
    except OSError as error:
        log.exception("an export could not be written")
        _fail(one, "disk", DISK, {"reason": error.strerror or str(error)})
    except Exception:
        _fail(one, "fault", FAULT, {})
        raise
    else:
        _save(
            one,
            state="done",
            rows_total=rows,
            rows_done=rows,
            file_bytes=size,
            problem=None,
            finished_at=now_in(one.chain_id),
        )


def _ignore(done: int, total: int) -> None:
    """Nobody watches."""


def _actor_of(one: Export) -> Actor:
    return Actor(
        chain_id=one.chain_id,
        rights=ALL_RIGHTS,
        through="command",
        staff_id=one.staff_id,
        key_id=one.key_id,
        location_ids=None if one.location_ids is None else frozenset(one.location_ids),
    )


def _source_of(one: Export) -> Source:
    actor = _actor_of(one)
    scope = SourceScope(
        actor=actor,
        chain=get_chain(one.chain_id),
        balances={
            balance.external_id: balance for program in list_programs(actor) for balance in program.balance_types
        },
        now=now_in(one.chain_id),
    )
    return make_source(scope, kind=one.kind, kept=one.filter, columns=one.columns)


def _write(one: Export, source: Source, progress: Progress) -> tuple[int, int]:
    draft = files.draft_of(one.id, one.format)

    def tell(done: int, total: int) -> None:
        _save(one, rows_done=done, rows_total=total)
        progress(done, total)

    teller = _Teller(tell)
    done = 0
    try:
        with (
            open_snapshot(one.chain_id) as snapshot,
            open_writer(draft, file_format=one.format, title=TITLES[one.kind], headers=source.headers) as write,
        ):
            teller.total = int(snapshot.rows(source.count_statement, source.parameters)[0][0])
            for batch in snapshot.batches(source.statement, source.parameters):
                for cells in source.present(snapshot, batch):
                    write(cells)
                done += len(batch)
                teller(done)
        size = draft.stat().st_size
        draft.rename(files.path_of(one.id, one.format))
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    progress(done, done)
    return done, size


def _fail(one: Export, code: str, message: str, values: dict[str, str]) -> None:
    # The sentence is kept as it stands in the source: whoever reads it later does so in a language of their own.
    problem = {"code": code, "message": message, "values": values}
    _save(one, state="failed", problem=problem, finished_at=now_in(one.chain_id))


def _save(one: Export, **values: Any) -> None:
    with unit_of_work(one.chain_id):
        Export.objects.filter(id=one.id).update(**values)
        state = values.get("state")
        if state in ("done", "failed"):
            facts = {"file": one.file_name, "rows": values.get("rows_total"), "problem": values.get("problem")}
            notify(_actor_of(one), f"export.{state}", subject_id=one.id, facts=facts, now=values["finished_at"])


def expire_exports(chain_id: UUID, now: datetime) -> int:
    """Remove the files of exports older than KEPT; the list still says what they were. Returns how many."""
    before = now - KEPT
    with unit_of_work(chain_id):
        old = list(
            Export.objects.filter(chain_id=chain_id, created_at__lt=before, state__in=("done", "failed")).order_by("id")
        )
        for one in old:
            Export.objects.filter(id=one.id).update(state="expired", file_bytes=None)
    # After the commit: a file without a row that promises it harms nobody, the reverse does.
    for one in old:
        files.remove(one.id, one.format)
    return len(old)


def remove_stray_files(*, before: datetime) -> int:
    """Remove files so old that they belong to nobody any more: of chains that were removed, of runs that were killed."""
    removed = 0
    for path in files.folder().iterdir():
        if path.is_file() and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            removed += 1
    return removed
