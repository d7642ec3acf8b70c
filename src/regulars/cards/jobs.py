"""Entry points of the background: cards made, or taken back, for many customers."""

from uuid import UUID

from procrastinate.contrib.django import app

from regulars.cards.actions.bulk import run_bulk_issue
from regulars.platform.clock import now_in


@app.task(queue="cards", name="cards.bulk_issue", retry=3)
def bulk_issue(chain_id: str, bulk_id: str) -> None:
    """Do all that is left of a bulk issue or of its undo; safe to run twice and after a kill."""
    run_bulk_issue(UUID(chain_id), UUID(bulk_id), now=now_in(UUID(chain_id)))


def defer_bulk_issue(chain_id: UUID, bulk_id: UUID) -> None:
    """Put a bulk issue into the background inside the running transaction."""
    bulk_issue.configure(lock=f"bulk-issue-{bulk_id}").defer(chain_id=str(chain_id), bulk_id=str(bulk_id))
