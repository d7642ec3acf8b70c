"""Which card types a program has, as far as a promotion may name them."""

from uuid import UUID

from regulars.platform.database import rows

CARD_TYPES_MAX = 200
_OF_PROGRAM = """
SELECT id, name FROM card_types WHERE chain_id = %s AND program_id = %s AND state = 'active' ORDER BY name, id LIMIT %s
"""


def card_types_of(chain_id: UUID, program_id: UUID) -> list[tuple[UUID, str]]:
    """The card types of a program that issue cards, by name."""
    return [(identifier, name) for identifier, name in rows(_OF_PROGRAM, [chain_id, program_id, CARD_TYPES_MAX])]
