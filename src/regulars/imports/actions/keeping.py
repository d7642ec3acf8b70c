"""What imports leave behind: all that they know of people goes after three months; what was begun is gone on with."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.imports.actions import files
from regulars.imports.models import KEPT, Import
from regulars.imports.queries.tables import has_plan
from regulars.platform.database import execute, rows, unit_of_work
from regulars.platform.lost_jobs import Begun, Kind, jobs_of, resume

LOCK: Final = "import"
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
    return has_any and not (state in STEPS and jobs_of(f"{LOCK}-{import_id}")[0])


def resume_imports(*, defer: Callable[[UUID, UUID, str], None]) -> int:
    """Go on with imports that are in the middle of a step and have no job for it; how many.

    After too many failures an import that was being read or checked ends as failed, for nothing was written; one that was
    being written or undone waits for a person.
    """
    with unit_of_work(None):
        unfinished = rows("SELECT chain_id, id, state FROM door_unfinished_imports()")
    kind = Kind(LOCK, _is_still, lambda one: defer(one.chain_id, one.id, STEPS[one.state]), _give_up)
    return resume(kind, (Begun(*values) for values in unfinished))


def _is_still(one: Begun) -> bool:
    # Sample data has a job of its own that goes on with its imports.
    found = rows(
        "SELECT 1 FROM imports WHERE id = %s AND state = %s AND (state = 'undoing' OR NOT options ? 'sample')"
        " FOR NO KEY UPDATE SKIP LOCKED",
        [one.id, one.state],
    )
    return bool(found)


def _give_up(one: Begun) -> None:
    if one.state in ("reading", "checking"):
        Import.objects.filter(id=one.id).update(state="failed", problem=GIVEN_UP)
