"""Entry points of the background: cards that stood above a goal when it was set."""

from uuid import UUID

from procrastinate.contrib.django import app

from regulars.platform.clock import now_in
from regulars.rewards.actions.settling import run_settling


@app.task(queue="cards", name="rewards.settle", retry=3)
def settle_cards(chain_id: str, settling_id: str) -> None:
    """Do all that is left of the work on cards above a goal; safe to run twice and after a kill."""
    run_settling(UUID(chain_id), UUID(settling_id), now=now_in(UUID(chain_id)))


def defer_settling(chain_id: UUID, settling_id: UUID) -> None:
    """Put the work into the background inside the running transaction."""
    settle_cards.configure(lock=f"settling-{settling_id}").defer(chain_id=str(chain_id), settling_id=str(settling_id))
