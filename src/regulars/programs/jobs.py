"""Entry points of the background: everybody's tier reckoned anew after a program's tiers changed."""

from uuid import UUID

from procrastinate.contrib.django import app

from regulars.platform.clock import now_in
from regulars.programs.actions.tiers import recount_program_tiers


@app.task(queue="cards", name="programs.recount_tiers", retry=3)
def recount_tiers(chain_id: str, program_id: str) -> None:
    """Reckon the tiers of a program anew; safe to run twice and after a kill."""
    recount_program_tiers(UUID(chain_id), UUID(program_id), now=now_in(UUID(chain_id)))


def defer_recount(chain_id: UUID, program_id: UUID) -> None:
    """Put the recount of a program's tiers into the background inside the running transaction."""
    recount_tiers.configure(lock=f"tiers-{program_id}").defer(chain_id=str(chain_id), program_id=str(program_id))
