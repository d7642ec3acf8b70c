"""Entry points of the background: everybody's tier reckoned anew, a changed expiry carried over to the lots that are there."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from procrastinate.contrib.django import app

from regulars.ledger.actions.policy import PolicyWork, apply_policy
from regulars.platform.clock import now_in
from regulars.programs.actions.tiers import recount_program_tiers
from regulars.programs.rules.expiry import ExpiryPolicy


@app.task(queue="cards", name="programs.recount_tiers", retry=3)
def recount_tiers(chain_id: str, program_id: str) -> None:
    """Reckon the tiers of a program anew; safe to run twice and after a kill."""
    recount_program_tiers(UUID(chain_id), UUID(program_id), now=now_in(UUID(chain_id)))


def defer_recount(chain_id: UUID, program_id: UUID) -> None:
    """Put the recount of a program's tiers into the background inside the running transaction."""
    recount_tiers.configure(lock=f"tiers-{program_id}").defer(chain_id=str(chain_id), program_id=str(program_id))


@app.task(queue="upkeep", name="programs.apply_policy", retry=3)
def apply(chain_id: str, work: dict[str, Any]) -> None:
    """Give the lots of a balance type their new end; safe to run twice and after a kill."""
    apply_policy(
        UUID(chain_id),
        PolicyWork(
            balance_type_id=UUID(work["balance_type_id"]),
            old=ExpiryPolicy(**work["old"]),
            new=ExpiryPolicy(**work["new"]),
            from_now=work["from_now"],
            decided_at=datetime.fromisoformat(work["decided_at"]),
        ),
    )


def defer_apply_policy(chain_id: UUID, work: PolicyWork) -> None:
    """Put it into the background inside the running transaction; one policy after the other."""
    values = asdict(work) | {
        "balance_type_id": str(work.balance_type_id),
        "decided_at": work.decided_at.isoformat(),
    }
    apply.configure(lock=f"policy-{work.balance_type_id}").defer(chain_id=str(chain_id), work=values)
