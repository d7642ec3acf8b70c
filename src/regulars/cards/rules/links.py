"""Public card links: unguessable, renewable, and nothing to store (CRD-7)."""

import hmac
from uuid import UUID

from regulars.kernel.ids import decode, encode
from regulars.kernel.proofs import LETTERS, proof_of


def card_token(card_id: UUID, link_version: int, *, key: str) -> str:
    """The token of a card's public link: its id and 120 bits that only the holder of `key` can make.

    A new `link_version` makes every older token worthless.
    """
    message = b"card-link:" + card_id.bytes + link_version.to_bytes(8, "big")
    return encode("c", card_id)[2:] + proof_of(message, key.encode())


def card_of_token(token: str) -> UUID | None:
    """Which card a token claims to be of; it proves nothing before `is_token_of` said yes."""
    return decode("c", "c_" + token[:-LETTERS]) if len(token) > LETTERS else None


def is_token_of(token: str, card_id: UUID, link_version: int, *, key: str) -> bool:
    """Whether the token is the card's present one; takes the same time whatever is wrong."""
    return hmac.compare_digest(token.encode(), card_token(card_id, link_version, key=key).encode())
