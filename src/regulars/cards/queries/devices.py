"""Phones that make codes for a card (TIL-6)."""

from uuid import UUID

from regulars.platform.database import row, unit_of_work


def is_known_device(chain_id: UUID, card_id: UUID, device: UUID) -> bool:
    """Whether a phone still has a secret that counts for this card."""
    with unit_of_work(chain_id):
        found = row(
            "SELECT 1 FROM card_devices d JOIN cards k ON k.id = d.card_id"
            " WHERE d.id = %s AND d.card_id = %s AND d.wallet = '' AND d.link_version = k.link_version",
            [device, card_id],
        )
    return found is not None
