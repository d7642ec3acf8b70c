"""Entry points of the background: figures that take too long to count while somebody waits."""

from contextlib import suppress
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from regulars.platform.actor import system_actor
from regulars.platform.clock import now_in
from regulars.reports.actions import refresh_figures


@app.task(queue="reports", name="reports.refresh_figures")
def refresh(chain_id: str) -> None:
    """Count a chain's figures anew; safe to run twice."""
    refresh_figures(system_actor(UUID(chain_id)), now=now_in(UUID(chain_id)))


def defer_refresh(chain_id: UUID) -> None:
    """Have a chain's figures counted in the background, once however often it is asked for."""
    job = refresh.configure(lock=f"figures-{chain_id}", queueing_lock=f"figures-{chain_id}")
    # The refusal of a second one is a unique violation: it must not take the reader's transaction with it.
    with suppress(AlreadyEnqueued), transaction.atomic():
        job.defer(chain_id=str(chain_id))
