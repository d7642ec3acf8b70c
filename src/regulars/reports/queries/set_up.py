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


# What came as sample data is nobody's step: it stands beside each fact as what does not count.
_FACTS: Final = """
WITH sample AS (
    SELECT card_type_ids, import_ids FROM sample_data WHERE chain_id = %(chain)s
    UNION ALL SELECT '{}', '{}' LIMIT 1
)
SELECT EXISTS (SELECT FROM card_types WHERE chain_id = %(chain)s AND state <> 'undone'
        AND id <> ALL ((SELECT card_type_ids FROM sample)::uuid[])),
    EXISTS (SELECT FROM (SELECT import_id FROM customers WHERE chain_id = %(chain)s ORDER BY id DESC LIMIT %(most)s) c
        WHERE import_id IS NULL OR import_id <> ALL ((SELECT import_ids FROM sample)::uuid[])),
    EXISTS (SELECT FROM (SELECT import_id, status FROM cards WHERE chain_id = %(chain)s ORDER BY id DESC
            LIMIT %(most)s) k
        WHERE status <> 'undone' AND (import_id IS NULL OR import_id <> ALL ((SELECT import_ids FROM sample)::uuid[]))),
    EXISTS (SELECT FROM (SELECT platforms, import_id, status FROM cards WHERE chain_id = %(chain)s ORDER BY id DESC
            LIMIT %(most)s) k
        WHERE 'web' = ANY(k.platforms) AND status <> 'undone'
            AND (import_id IS NULL OR import_id <> ALL ((SELECT import_ids FROM sample)::uuid[])))
"""
