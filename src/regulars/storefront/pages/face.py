"""The card as an object: its design's colours and pictures, drawn without a script."""

import base64
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from PIL import Image

from regulars.cards.queries.cards import BalanceView, CardView
from regulars.designs.queries.published import find_picture
from regulars.designs.rules.definition import Design
from regulars.platform.pages import figures
from regulars.platform.pages.card_face import COLOUR, CardFace, stamps_missing
from regulars.platform.pages.security import POLICY

SIZES: Final[Mapping[str, tuple[int, int]]] = {
    "logo": (320, 96),
    "hero": (800, 280),
    "strip": (800, 280),
    "stamp_on": (112, 112),
    "stamp_off": (112, 112),
}
"""The slots of a design that the web card shows, with how large at most."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the face of a card looks like beyond what every card has; addresses of pictures by slot."""

    pictures: Mapping[str, str]
    style: SafeString
    policy: str
    background: str
    has_stamp_pictures: bool


def look_of(card: CardView, design: Design | None, token: str) -> Look:
    """The look of a card that is shown behind its link. Its colours are a style block, which the page's policy names by hash."""
    background, foreground = (one if COLOUR.fullmatch(one) else "#2a1d14" for one in card.colours)
    style = f".web-face{{--c:{background};--f:{foreground};--gift:{foreground}}}"
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    pictures = {
        slot: reverse("storefront:picture", args=[token, slot]) + f"?v={name[:16]}"
        for slot, name in (design.pictures if design else {}).items()
        if slot in SIZES
    }
    return Look(
        pictures=pictures,
        # Colours alone, each looked at above.
        style=mark_safe(style),  # noqa: S308
        policy=POLICY.replace("style-src 'self'", f"style-src 'self' 'sha256-{digest}'"),
        background=background,
        has_stamp_pictures="stamp_on" in pictures and "stamp_off" in pictures,
    )


def face_of(card: CardView, title: str, *, currency: str) -> CardFace:
    """What stands on the card: its stamps or its balance, its holder, how many are missing."""
    shown, progress = card.shown, card.progress
    return CardFace(
        title=title,
        number=card.number,
        holder=card.customer_name,
        caption=stamps_missing(progress.stamps, progress.goal) if progress else "",
        goal=progress.goal if progress else 0,
        stamps=max(0, progress.stamps) if progress else 0,
        balance=balance_text(shown, shown.total, currency) if shown else "",
        balance_label=shown.name if shown else "",
        stamp_icon=card.icon,
    )


def balance_text(balance: BalanceView, units: int, currency: str) -> str:
    """An amount of a balance: money for a deposit, else a plain number."""
    return figures.balance(units, kind=balance.kind, decimals=balance.decimals, currency=currency)


def small_picture(chain_id: UUID, name: str, slot: str) -> bytes | None:
    """A picture of a design as small as the web card needs it, as WebP; None where there is none."""
    content = find_picture(chain_id, name)
    return None if content is None else _smaller(content, *SIZES[slot])


@lru_cache(maxsize=128)
def _smaller(content: bytes, width: int, height: int) -> bytes:
    image = Image.open(io.BytesIO(content)).convert("RGBA")
    image.thumbnail((width, height))
    written = io.BytesIO()
    image.save(written, "WEBP", quality=78, method=6)
    return written.getvalue()
