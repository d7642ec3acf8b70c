"""Entry points of the background: vouchers made for many."""

from functools import partial
from uuid import UUID

from django.db.utils import InterfaceError, OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from regulars.platform.clock import now_in
from regulars.vouchers.actions.many import run_batch

_RETRY = RetryStrategy(max_attempts=5, exponential_wait=3, retry_exceptions={OperationalError, InterfaceError})


@app.task(queue="vouchers", name="vouchers.issue_batch", retry=_RETRY)
def issue_batch(chain_id: str, batch_id: str) -> None:
    """Make all vouchers of a batch that are missing; safe to run twice and after a kill."""
    run_batch(UUID(chain_id), UUID(batch_id), now=partial(now_in, UUID(chain_id)))


def defer_batch(chain_id: UUID, batch_id: UUID) -> None:
    """Put the making of a batch into the background inside the running transaction."""
    issue_batch.configure(lock=f"voucher-batch-{batch_id}").defer(chain_id=str(chain_id), batch_id=str(batch_id))
