"""What a join page asks and shows, and the consents of a business (WAL-3)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.platform.database import from_json, row, rows
from regulars.storefront.rules.form import ConsentWords, FormPlan, Senders, usual_form

_NEWEST: Final = """
SELECT DISTINCT ON (purpose) purpose, version, texts, is_required, is_shown, at FROM consent_texts
WHERE chain_id = %(chain)s ORDER BY purpose, version DESC
"""


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """A consent as the settings list it: its newest version, since when, and how many agree to some version of it."""

    words: ConsentWords
    is_shown: bool
    at: datetime


def find_form(chain_id: UUID, card_type_id: UUID, senders: Senders) -> FormPlan:
    """What the join page of a card type asks: as its owner set it, else what is usual here."""
    found = row(
        "SELECT name, phone, email, birthday, confirmation, is_open, version FROM join_pages"
        " WHERE chain_id = %s AND card_type_id = %s",
        [chain_id, card_type_id],
    )
    return FormPlan(*found) if found else usual_form(senders)


def list_consent_lines(chain_id: UUID) -> list[ConsentLine]:
    """The newest version of every consent of the chain, those that are no longer shown too."""
    return [
        ConsentLine(ConsentWords(values[0], values[1], from_json(values[2]), values[3]), values[4], values[5])
        for values in rows(_NEWEST, {"chain": chain_id})
    ]


def list_shown_consents(chain_id: UUID) -> list[ConsentWords]:
    """What people are asked to agree to now; what has to be comes first."""
    shown = [line.words for line in list_consent_lines(chain_id) if line.is_shown]
    return sorted(shown, key=lambda one: (not one.is_required, one.purpose))


def find_consent_text(chain_id: UUID, purpose: str, version: int) -> ConsentWords | None:
    """A version of a consent, also one that is no longer shown: what somebody agreed to."""
    found = row(
        "SELECT purpose, version, texts, is_required FROM consent_texts"
        " WHERE chain_id = %s AND purpose = %s AND version = %s",
        [chain_id, purpose, version],
    )
    return ConsentWords(found[0], found[1], from_json(found[2]), found[3]) if found else None
