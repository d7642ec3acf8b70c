"""Entry points of the background: doing what time brings, chain by chain."""

from contextlib import suppress
from uuid import UUID

from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from regulars.chains.actions import catch_up
from regulars.chains.queries import list_chain_ids
from regulars.platform.clock import now_in


@app.task(queue="timely", name="chains.catch_up", retry=RetryStrategy(max_attempts=5, exponential_wait=3))
def catch_up_chain(chain_id: str) -> None:
    """Do all that has fallen due in one chain; safe to run twice and after a kill."""
    catch_up(UUID(chain_id), now=now_in(UUID(chain_id)))


def defer_catch_up(chain_id: UUID) -> None:
    """Have what is due done in the background, once however often it is asked for, inside the running transaction."""
    job = catch_up_chain.configure(lock=f"timely-{chain_id}", queueing_lock=f"timely-{chain_id}")
    # The refusal of a second one is a unique violation: it must not take the caller's transaction with it.
    with suppress(AlreadyEnqueued), transaction.atomic():
        job.defer(chain_id=str(chain_id))


@app.periodic(cron="11 * * * *")
@app.task(queue="timely", name="chains.catch_up_all")
def catch_up_all(timestamp: int) -> None:
    """Every hour: what has fallen due in every chain; `timestamp` is when this run was due."""
    for chain_id in list_chain_ids():
        defer_catch_up(chain_id)
