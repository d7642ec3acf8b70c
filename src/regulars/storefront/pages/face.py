"""The card as an object: its design's colours and pictures, drawn without a script."""

import io
from functools import lru_cache
from uuid import UUID

from django.urls import reverse
from PIL import Image

from regulars.cards.queries.cards import BalanceView, CardView
from regulars.designs.queries.published import find_picture
from regulars.designs.rules.definition import Design
from regulars.designs.rules.shown import WEB_SIZES, web_pictures
from regulars.platform.pages import figures
from regulars.platform.pages.card_face import CardFace, stamps_missing
from regulars.platform.pages.web_face import WebLook


def look_of(card: CardView, design: Design | None, token: str) -> WebLook:
    """The look of a card that is shown behind its link."""
    background, foreground = card.colours
    # Another part of the same picture is another address: browsers keep what is behind each.
    pictures = {
        slot: reverse("storefront:picture", args=[token, slot]) + f"?v={name[:16]}{name[64:]}"
        for slot, name in (web_pictures(design) if design else {}).items()
    }
    return WebLook(background=background, foreground=foreground, pictures=pictures)


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
    return None if content is None else _smaller(content, *WEB_SIZES[slot])


@lru_cache(maxsize=128)
def _smaller(content: bytes, width: int, height: int) -> bytes:
    image = Image.open(io.BytesIO(content)).convert("RGBA")
    image.thumbnail((width, height))
    written = io.BytesIO()
    image.save(written, "WEBP", quality=78, method=6)
    return written.getvalue()
