"""The link that shows a draft on a phone: made of what it shows and how long, and the installation's key; nothing to store; pure."""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from regulars.kernel.ids import decode, encode
from regulars.kernel.proofs import LETTERS, proof_of

GOOD_FOR: Final = timedelta(minutes=30)
_ID_LETTERS: Final = 26
_TIME_LETTERS: Final = 8
_TOKEN_LETTERS: Final = 2 * _ID_LETTERS + _TIME_LETTERS + LETTERS


@dataclass(frozen=True, slots=True)
class PhoneLink:
    """Whose draft a link shows, and until when."""

    chain_id: UUID
    card_type_id: UUID
    until: datetime


def make_phone_link(chain_id: UUID, card_type_id: UUID, *, now: datetime) -> PhoneLink:
    """A link that is good from now on, to the second."""
    return PhoneLink(chain_id, card_type_id, (now + GOOD_FOR).replace(microsecond=0))


def write_phone_link(link: PhoneLink, *, key: str) -> str:
    """What stands in the address: the link itself and 120 bits that only the holder of `key` can make."""
    until = f"{int(link.until.timestamp()):0{_TIME_LETTERS}x}"
    said = encode("", link.chain_id)[1:] + encode("", link.card_type_id)[1:] + until
    return said + _proof(said, key)


def read_phone_link(token: str, *, key: str, now: datetime) -> PhoneLink | None:
    """The link that a token says; None for one that we did not make and for one whose time is over."""
    if not token.isascii() or len(token) != _TOKEN_LETTERS:
        return None
    said, proof = token[:-LETTERS], token[-LETTERS:]
    if not hmac.compare_digest(proof, _proof(said, key)):
        return None
    chain_id = decode("", "_" + said[:_ID_LETTERS])
    card_type_id = decode("", "_" + said[_ID_LETTERS : 2 * _ID_LETTERS])
    assert chain_id is not None
    assert card_type_id is not None
    until = datetime.fromtimestamp(int(said[2 * _ID_LETTERS :], 16), UTC)
    return PhoneLink(chain_id, card_type_id, until) if now < until else None


def _proof(said: str, key: str) -> str:
    return proof_of(b"design-on-phone:" + said.encode(), key.encode())
