"""Reads of sample data in a chain of somebody's own."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from regulars.imports.models import SampleData
from regulars.platform.actor import Actor
from regulars.platform.database import row


@dataclass(frozen=True, slots=True)
class SampleView:
    """How the sample data stands: adding, here, removing or removed, and how many of its files are done; what it changed last is newer than older figures. `word` marks it."""

    state: str
    done: int
    total: int
    changed_at: datetime
    word: str


def find_sample(actor: Actor) -> SampleView | None:
    """The sample data of the chain; None where there never was any."""
    found = SampleData.objects.filter(chain_id=actor.chain_id).first()
    return SampleView(found.state, found.steps_done, found.steps_total, found.changed_at, found.word) if found else None


def is_empty_chain(chain_id: UUID) -> bool:
    """Whether a chain has no customer, no card, no order, and no card type that newcomers get by themselves."""
    found = row(
        "SELECT EXISTS (SELECT FROM customers WHERE chain_id = %(chain)s)"
        " OR EXISTS (SELECT FROM cards WHERE chain_id = %(chain)s AND status <> 'undone')"
        " OR EXISTS (SELECT FROM orders WHERE chain_id = %(chain)s AND state <> 'undone')"
        " OR EXISTS (SELECT FROM card_types WHERE chain_id = %(chain)s AND automatic_issue <> 'never'"
        " AND state = 'active')",
        {"chain": chain_id},
    )
    return found == (False,)
