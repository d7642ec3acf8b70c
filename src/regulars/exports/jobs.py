"""Entry points of the background: writing an export, and removing the files of old ones."""

from uuid import UUID

from django.db.utils import InterfaceError, OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from regulars.exports.actions.run import remove_stray_files, run_export
from regulars.exports.models import KEPT
from regulars.platform.clock import real_now


@app.task(
    queue="exports",
    name="exports.write",
    retry=RetryStrategy(max_attempts=5, exponential_wait=3, retry_exceptions={OperationalError, InterfaceError}),
)
def write_export(chain_id: str, export_id: str) -> None:
    """Write one export; safe to run twice and after a kill."""
    run_export(UUID(chain_id), UUID(export_id))


def defer_export(chain_id: UUID, export_id: UUID) -> None:
    """Put an export into the background inside the running transaction; a chain's exports are written one by one."""
    write_export.configure(lock=f"exports-{chain_id}").defer(chain_id=str(chain_id), export_id=str(export_id))


@app.periodic(cron="23 3 * * *")
@app.task(queue="exports", name="exports.expire")
def expire_old(timestamp: int) -> None:
    """Remove files that no export has any more; `timestamp` is when the night's run was due."""
    remove_stray_files(before=real_now() - KEPT)
