"""What a new business has done already, by the facts (UX 8)."""

from dataclasses import dataclass
from typing import Final

from regulars.platform.actor import Actor
from regulars.platform.database import row

LOOKED_AT_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class SetUp:
    """Which first steps are done."""

    has_card_type: bool
    has_customer: bool
    has_card: bool
    has_web_card: bool

    @property
    def done(self) -> int:
        """How many of them."""
        return sum((self.has_card_type, self.has_customer, self.has_card, self.has_web_card))


def find_set_up(actor: Actor) -> SetUp:
    """Look at what is there, in one query that reads a few rows."""
    found = row(_FACTS, {"chain": actor.chain_id, "most": LOOKED_AT_MAX}) or (False,) * 4
    return SetUp(*found)


_FACTS: Final = """
SELECT EXISTS (SELECT FROM card_types WHERE chain_id = %(chain)s),
    EXISTS (SELECT FROM customers WHERE chain_id = %(chain)s),
    EXISTS (SELECT FROM cards WHERE chain_id = %(chain)s),
    EXISTS (SELECT FROM (SELECT platforms FROM cards WHERE chain_id = %(chain)s ORDER BY id DESC LIMIT %(most)s) k
        WHERE 'web' = ANY(k.platforms))
"""
