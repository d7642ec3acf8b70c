"""The link that shows a draft on a phone: made of what it shows and how long, and the installation's key; nothing to store; pure."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from regulars.kernel.ids import decode, encode

GOOD_FOR: Final = timedelta(minutes=30)
MAC_LETTERS: Final = 24
_ID_LETTERS: Final = 26
_TIME_LETTERS: Final = 8
_TOKEN_LETTERS: Final = 2 * _ID_LETTERS + _TIME_LETTERS + MAC_LETTERS
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"


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
    return said + _mac(said, key)


def read_phone_link(token: str, *, key: str, now: datetime) -> PhoneLink | None:
    """The link that a token says; None for one that we did not make and for one whose time is over."""
    if not token.isascii() or len(token) != _TOKEN_LETTERS:
        return None
    said, mac = token[:-MAC_LETTERS], token[-MAC_LETTERS:]
    if not hmac.compare_digest(mac, _mac(said, key)):
        return None
    chain_id = decode("", "_" + said[:_ID_LETTERS])
    card_type_id = decode("", "_" + said[_ID_LETTERS : 2 * _ID_LETTERS])
    assert chain_id is not None
    assert card_type_id is not None
    until = datetime.fromtimestamp(int(said[2 * _ID_LETTERS :], 16), UTC)
    return PhoneLink(chain_id, card_type_id, until) if now < until else None


def _mac(said: str, key: str) -> str:
    digest = hmac.digest(key.encode(), b"design-on-phone:" + said.encode(), hashlib.sha256)
    return "".join(_ALPHABET[byte & 31] for byte in digest[:MAC_LETTERS])
