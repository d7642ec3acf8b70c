"""The web card of a customer who does not exist: what the templates of the real one ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from regulars.cards.queries.types import CardTypeView
from regulars.cards.rules.progress import shown_balance
from regulars.designs.rules.definition import Design
from regulars.designs.rules.shown import web_pictures
from regulars.platform.pages import figures
from regulars.platform.pages.card_face import CardFace, stamps_missing
from regulars.platform.pages.web_face import WebLook, grouped

NUMBER: Final = "4807108474"
HOLDER: Final = "Anna"
COUNTED: Final = 120
"""How many points, or how much money, somebody has who has no stamps."""
SECONDS_LEFT: Final = 20


@dataclass(frozen=True, slots=True)
class _Counted:
    """A balance that nobody has."""

    balance_type_id: UUID
    kind: str
    name: str
    decimals: int


def web_context(
    design: Design,
    card_type: CardTypeView,
    *,
    title: str,
    stamps: int,
    is_expired: bool,
    currency: str,
    addresses: Mapping[str, str],
) -> dict[str, Any]:
    """What the web card shows in the language that is active; `addresses` of the design's pictures by slot."""
    goal = card_type.goal or 0
    return {
        "face": _face(design, card_type, title=title, stamps=stamps, currency=currency),
        "look": WebLook(
            background=design.background,
            foreground=design.foreground,
            pictures={slot: addresses[slot] for slot in web_pictures(design)},
        ),
        "is_ready": 0 < goal <= stamps and not is_expired,
        "is_expired": is_expired,
        "is_faint": is_expired,
        "rotates": design.rotating and not is_expired,
        "seconds_left": SECONDS_LEFT,
        "code": NUMBER,
        "number_shown": grouped(NUMBER),
    }


def _face(design: Design, card_type: CardTypeView, *, title: str, stamps: int, currency: str) -> CardFace:
    goal, balance, label = card_type.goal or 0, "", ""
    balances = [_Counted(one.id, one.kind, one.name, one.decimals) for one in card_type.balance_types]
    counted = shown_balance(balances, chosen=card_type.shown_balance_id)
    if counted is not None:
        units = stamps if counted.kind == "stamps" and goal else COUNTED * 10**counted.decimals
        balance = figures.balance(units, kind=counted.kind, decimals=counted.decimals, currency=currency)
        label = counted.name
    return CardFace(
        title=title,
        number=NUMBER,
        holder=HOLDER,
        caption=stamps_missing(stamps, goal) if goal else "",
        goal=goal,
        stamps=stamps,
        balance=balance or figures.number(COUNTED),
        balance_label=label or _("Balance"),
        stamp_icon=design.icon,
        background=design.background,
        foreground=design.foreground,
    )
