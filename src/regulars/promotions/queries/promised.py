"""What a promotion has promised to people who have not got it yet (ORD-13)."""

from dataclasses import dataclass
from uuid import UUID

from regulars.platform.actor import Actor
from regulars.platform.database import row

_WAITING = """
SELECT count(*), coalesce(sum(money), 0) FROM carried_rests WHERE promotion_id = %s AND chain_id = %s AND money > 0
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Cards with money that waits for the next full block, and how much it is together."""

    cards: int
    money: int


def waiting_for(actor: Actor, promotion_id: UUID) -> Waiting | None:
    """Who waits for the next full block of a promotion; None where nobody does."""
    found = row(_WAITING, [promotion_id, actor.chain_id])
    return Waiting(found[0], int(found[1])) if found and found[0] else None
