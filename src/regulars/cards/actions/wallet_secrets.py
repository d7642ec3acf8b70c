"""Secrets with which a wallet draws a card's codes that change: one for a card and a kind of wallet (TIL-6)."""

import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.cards.actions.shown import PURPOSE, NewDevice
from regulars.cards.rules.rotating import WALLET_SECRET_BYTES
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.database import execute, row
from regulars.platform.hidden import hide, reveal

_KNOWN: Final = """
SELECT d.id, d.hidden_secret FROM card_devices d JOIN cards k ON k.id = d.card_id
WHERE d.chain_id = %(chain)s AND d.wallet = %(wallet)s AND d.card_id = %(card)s AND d.link_version = k.link_version
"""
_FORGET: Final = "DELETE FROM card_devices WHERE chain_id = %(chain)s AND wallet = %(wallet)s"
_ADD: Final = """
INSERT INTO card_devices (id, chain_id, card_id, wallet, link_version, hidden_secret, made_at, used_step)
VALUES (%(id)s, %(chain)s, %(card)s, %(wallet)s, %(link_version)s, %(hidden)s, %(now)s, 0)
"""


def keep_wallet_secret(chain_id: UUID, card_id: UUID, *, wallet: str, now: datetime) -> NewDevice:
    """The secret of a card in a kind of wallet, in the running unit of work: the same one until the card's link is renewed.

    Two who ask at once are told the same. Refuses: NotFound.
    """
    values = {"chain": chain_id, "card": card_id, "wallet": wallet, "now": now}
    known = _find(values)
    if known is not None:
        return known
    card = row("SELECT link_version FROM cards WHERE id = %s FOR NO KEY UPDATE", [card_id])
    if card is None:
        raise Refused(NotFound())
    known = _find(values)
    if known is not None:
        return known
    made = NewDevice(new_id(), secrets.token_bytes(WALLET_SECRET_BYTES))
    hidden = hide(made.secret, purpose=PURPOSE, owner=made.id.bytes)
    execute(_FORGET + " AND card_id = %(card)s", values)
    execute(_ADD, values | {"id": made.id, "link_version": card[0], "hidden": hidden})
    return made


def forget_wallet_secrets(chain_id: UUID, *, wallet: str) -> None:
    """Let no code count any more that a kind of wallet draws for cards of a business, in the running unit of work."""
    execute(_FORGET, {"chain": chain_id, "wallet": wallet})


def _find(values: dict[str, object]) -> NewDevice | None:
    found = row(_KNOWN, values)
    secret = reveal(found[1], purpose=PURPOSE, owner=found[0].bytes) if found else None
    return NewDevice(found[0], secret) if found and secret is not None else None
