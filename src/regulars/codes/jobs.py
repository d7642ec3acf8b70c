"""Entry points of the background: codes that are made or fetched."""

from functools import partial
from uuid import UUID

from django.db.utils import InterfaceError, OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from regulars.codes.actions.generate import run_generating
from regulars.platform.clock import now_in


@app.task(
    queue="codes",
    name="codes.generate",
    retry=RetryStrategy(max_attempts=5, exponential_wait=3, retry_exceptions={OperationalError, InterfaceError}),
)
def generate(chain_id: str, batch_id: str) -> None:
    """Make all codes of a batch that are missing; safe to run twice and after a kill."""
    run_generating(UUID(chain_id), UUID(batch_id), now=partial(now_in, UUID(chain_id)))


def defer_generating(chain_id: UUID, batch_id: UUID) -> None:
    """Put the making of codes into the background inside the running transaction."""
    generate.configure(lock=f"code-batch-{batch_id}").defer(chain_id=str(chain_id), batch_id=str(batch_id))
