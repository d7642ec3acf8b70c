"""Where people join a card type (WAL-3)."""

from uuid import UUID

from django.conf import settings

from regulars.cards.rules.join_slug import check_slug
from regulars.platform.database import row


def find_join_door(slug: str) -> tuple[UUID, UUID] | None:
    """The chain and the card type that a slug leads to, before any chain is entered; None where it leads nowhere."""
    if check_slug(slug, ""):
        return None
    found = row("SELECT chain_id, card_type_id FROM door_join(%s)", [slug])
    return (found[0], found[1]) if found else None


def find_join_slug(chain_id: UUID, card_type_id: UUID) -> str | None:
    """The slug of a card type; None for one that nobody asked to join yet."""
    found = row("SELECT join_slug FROM card_types WHERE chain_id = %s AND id = %s", [chain_id, card_type_id])
    return found[0] if found else None


def join_address(slug: str) -> str:
    """The whole address of the page where people join."""
    return f"{settings.URL}/j/{slug}"
