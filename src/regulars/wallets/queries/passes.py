"""Reads of passes."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from regulars.platform.database import row, rows, unit_of_work
from regulars.wallets.rules.port import Phone

_ON_PHONES: Final = """
SELECT count(*) FROM cards k WHERE k.chain_id = %s AND k.card_type_id = %s AND k.status NOT IN ('deleted', 'undone')
    AND k.id IN (SELECT p.card_id FROM wallet_registrations r JOIN wallet_passes p ON p.id = r.pass_id WHERE r.chain_id = %s)
"""


def find_modified(chain_id: UUID, pass_id: UUID) -> datetime | None:
    """When what phones are told of a pass changed last; None for a pass that is not there."""
    with unit_of_work(chain_id):
        found = row("SELECT modified_at FROM wallet_passes WHERE id = %s", [pass_id])
    return found[0] if found else None


def list_phones_of_pass(pass_id: UUID) -> tuple[Phone, ...]:
    """The phones that have a pass and are told of its changes; in a unit of work of its chain."""
    found = rows(
        "SELECT id, push_token, registered_at FROM wallet_registrations WHERE pass_id = %s ORDER BY id", [pass_id]
    )
    return tuple(Phone(*values) for values in found)


def find_greeting(card_id: UUID) -> date | None:
    """The last birthday that the passes of a card were told of; in a unit of work of its chain."""
    found = row("SELECT day FROM wallet_greetings WHERE card_id = %s", [card_id])
    return found[0] if found else None


def count_on_phones(chain_id: UUID, card_type_id: UUID) -> int:
    """How many cards of a type somebody has in a wallet of any kind, and so are told of every change."""
    found = row(_ON_PHONES, [chain_id, card_type_id, chain_id])
    return int(found[0]) if found else 0
