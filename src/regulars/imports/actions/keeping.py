"""What imports leave behind: all that they know of people goes after three months; what was begun is gone on with."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.imports.actions import files
from regulars.imports.models import KEPT, Import
from regulars.imports.queries.tables import has_plan
from regulars.platform.database import execute, row, rows, unit_of_work

FAILURES_MAX: Final = 10
GIVEN_UP: Final = {
    "code": "given_up",
    "detail": "Something broke on our side while the file was read, again and again. Nothing was written. "
    "The log of the server names the cause.",
}
STEPS: Final = {"reading": "read", "checking": "check", "applying": "apply", "undoing": "undo"}
HALF_WRITTEN: Final = ("applying", "undoing")

FORGET_CELLS: Final = """
UPDATE imports SET repairs = '[]',
    columns = (SELECT coalesce(jsonb_agg(c || '{"samples": []}'), '[]') FROM jsonb_array_elements(columns) AS c)
WHERE id = %(import)s
"""
FORGET_FAILURES: Final = "DELETE FROM import_failures WHERE import_id = %(import)s"
# Counted from the day it was applied, for so long it could be undone.
FORGET_BEFORE: Final = """
DELETE FROM imported_customers c USING imports i
WHERE i.chain_id = %(chain)s AND c.import_id = i.id AND coalesce(i.applied_at, i.created_at) < %(before)s
"""

log = logging.getLogger(__name__)


def forget_old_imports(chain_id: UUID, now: datetime) -> int:
    """Drop staging tables, files and cells of a chain's imports older than KEPT; how many imports.

    The import stays in the history with its counts. One that was never applied can no longer be; one that is half
    written keeps its rows until it is whole.
    """
    before = now - KEPT
    with unit_of_work(chain_id):
        execute(FORGET_BEFORE, {"chain": chain_id, "before": before})
        old = Import.objects.filter(chain_id=chain_id, created_at__lt=before).exclude(state__in=HALF_WRITTEN)
        ids = [one for one, state in old.values_list("id", "state") if _is_left(one, state)]
    for import_id in ids:
        with unit_of_work(chain_id):
            rows("SELECT door_drop_staging(%s)", [import_id])
            execute(FORGET_CELLS, {"import": import_id})
            execute(FORGET_FAILURES, {"import": import_id})
            Import.objects.filter(id=import_id, state__in=("reading", "checking", "needs_mapping", "checked")).update(
                state="failed", problem={"code": "expired", "detail": "It was not applied within 90 days."}
            )
        files.remove(import_id)
    return len(ids)


def _is_left(import_id: UUID, state: str) -> bool:
    """Whether an old import still has rows or files, and no job that reads them at this moment."""
    has_any = files.folder_of(import_id).exists() or has_plan(import_id)
    return has_any and not (state in STEPS and _jobs_of(import_id)[0])


def resume_imports(*, defer: Callable[[UUID, UUID, str], None]) -> int:
    """Go on with imports that are in the middle of a step and have no job for it; how many.

    A job is lost when it failed too often in a row, say while the disk was full. After FAILURES_MAX failures it
    is said in the log: an import that was being read or checked ends as failed, for nothing was written; one that was
    being written or undone waits for a person.
    """
    with unit_of_work(None):
        unfinished = rows("SELECT chain_id, id, state FROM door_unfinished_imports()")
    resumed = 0
    for chain_id, import_id, state in unfinished:
        with unit_of_work(chain_id):
            # Somebody else may be looking at the same import now: the row's lock lets one of us defer.
            # Sample data has a job of its own that goes on with its imports.
            if not rows(
                "SELECT 1 FROM imports WHERE id = %s AND state = %s AND (state = 'undoing' OR NOT options ? 'sample')"
                " FOR NO KEY UPDATE",
                [import_id, state],
            ):
                continue
            waiting, failed = _jobs_of(import_id)
            if waiting:
                continue
            if failed >= FAILURES_MAX:
                log.error("import %s failed %s times while %s and is not tried again", import_id, failed, state)
                if state in ("reading", "checking"):
                    Import.objects.filter(id=import_id).update(state="failed", problem=GIVEN_UP)
                continue
            defer(chain_id, import_id, STEPS[state])
            resumed += 1
    return resumed


def _jobs_of(import_id: UUID) -> tuple[int, int]:
    found = row(
        "SELECT count(*) FILTER (WHERE status IN ('todo', 'doing')), count(*) FILTER (WHERE status = 'failed')"
        " FROM procrastinate_jobs WHERE lock = %s",
        [f"import-{import_id}"],
    )
    assert found
    return int(found[0]), int(found[1])
