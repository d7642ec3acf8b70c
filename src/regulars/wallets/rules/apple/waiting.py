"""What a pass shows, made ready for the phones that are told of it.

Who sends has just gathered it to see whether it changed; a phone that asks a moment later is given that, signed, instead of
having it gathered once more. Nothing secret is in it: the pass's token and its address are put in when it is given out.
"""

from typing import Any, Final

from msgspec import Struct
from msgspec.json import Decoder, encode

from regulars.designs.rules.pictures import Load, apple_pictures
from regulars.wallets.rules.apple.document import Service, pass_document, service_fields
from regulars.wallets.rules.view import Drawn, WalletCard

NOBODY = Service(pass_type="", team="", url="", token="")


class Waiting(Struct, frozen=True):
    """The content of pass.json, the texts of its translations by file, and what its pictures are drawn from."""

    document: dict[str, Any]
    strings: dict[str, str]
    drawn: Drawn


# Made here, once: the library looks through the types when it first reads any, and crashed where threads did so at once.
_READER: Final = Decoder(Waiting)


def to_wait(card: WalletCard) -> bytes | None:
    """A card made ready; None for one whose pictures cannot be drawn again from what it says."""
    if card.drawn is None:
        return None
    document, strings = pass_document(card, NOBODY)
    texts = {name: content.decode() for name, content in strings.items()}
    return encode(Waiting(document, texts, card.drawn))


def given_out(waiting: bytes, service: Service, load: Load) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The content of pass.json and all files of a pass that was made ready."""
    ready = _READER.decode(waiting)
    pictures = apple_pictures(ready.drawn.look, load, stamps=ready.drawn.stamps, goal=ready.drawn.goal)
    files = pictures | {name: text.encode() for name, text in ready.strings.items()}
    return ready.document | service_fields(service), files
