"""Entry points of the background: codes that are made or fetched."""

from functools import partial
from uuid import UUID

from django.db.utils import InterfaceError, OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from regulars.codes.actions.generate import run_generating
from regulars.codes.actions.importing import run_fetching, run_undoing
from regulars.platform.clock import now_in

_RETRY = RetryStrategy(max_attempts=5, exponential_wait=3, retry_exceptions={OperationalError, InterfaceError})


@app.task(queue="codes", name="codes.generate", retry=_RETRY)
def generate(chain_id: str, batch_id: str) -> None:
    """Make all codes of a batch that are missing; safe to run twice and after a kill."""
    run_generating(UUID(chain_id), UUID(batch_id), now=partial(now_in, UUID(chain_id)))


def defer_generating(chain_id: UUID, batch_id: UUID) -> None:
    """Put the making of codes into the background inside the running transaction; of a chain one batch at a time."""
    generate.configure(lock=f"codes-of-{chain_id}").defer(chain_id=str(chain_id), batch_id=str(batch_id))


@app.task(queue="codes", name="codes.fetch", retry=_RETRY)
def fetch_codes(chain_id: str, batch_id: str) -> None:
    """Fetch the codes of a batch from the remote service of its pool; safe to run twice and after a kill."""
    run_fetching(UUID(chain_id), UUID(batch_id), now=partial(now_in, UUID(chain_id)))


def defer_fetching(chain_id: UUID, batch_id: UUID) -> None:
    """Put the fetching of codes into the background inside the running transaction."""
    fetch_codes.configure(lock=f"code-batch-{batch_id}").defer(chain_id=str(chain_id), batch_id=str(batch_id))


@app.task(queue="codes", name="codes.undo", retry=_RETRY)
def undo(chain_id: str, batch_id: str) -> None:
    """Take back the codes of a batch that nobody has; safe to run twice and after a kill."""
    run_undoing(UUID(chain_id), UUID(batch_id), now=partial(now_in, UUID(chain_id)))


def defer_undoing(chain_id: UUID, batch_id: UUID) -> None:
    """Put the taking back of a batch into the background inside the running transaction."""
    undo.configure(lock=f"code-batch-{batch_id}").defer(chain_id=str(chain_id), batch_id=str(batch_id))
