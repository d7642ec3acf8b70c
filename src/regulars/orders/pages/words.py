"""Orders in the reader's words: states, amounts, whose they are, and the sentences of promotions."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from regulars.kernel.phone import format_phone
from regulars.orders.rules.terms import Terms
from regulars.orders.rules.view import OrderView
from regulars.platform.pages import figures
from regulars.promotions.rules.explain import Voice

Text = str | Promise

STATES: Final[Mapping[str, tuple[Text, str, str]]] = {
    "open": (pgettext_lazy("order", "open"), "accent", "clock"),
    "paid": (pgettext_lazy("order", "paid"), "good", "check"),
    "completed": (pgettext_lazy("order", "completed"), "good", "check-check"),
    "cancelled": (pgettext_lazy("order", "cancelled"), "bad", "x"),
    "partly_refunded": (pgettext_lazy("order", "partly refunded"), "warm", "undo-2"),
    "refunded": (pgettext_lazy("order", "refunded"), "warm", "undo-2"),
}
CODE_KINDS: Final[Mapping[str, Text]] = {
    "code": pgettext_lazy("promotion code", "Code"),
    "voucher": pgettext_lazy("reward", "Voucher"),
    "gift_card": gettext_lazy("Gift card"),
    "membership": gettext_lazy("Membership"),
    "unknown": pgettext_lazy("promotion code", "Code"),
}
CODE_STATES: Final[Mapping[str, tuple[Text, str, str]]] = {
    "planned": (pgettext_lazy("code of an order", "planned"), "", "clock"),
    "locked": (pgettext_lazy("code of an order", "kept for this order"), "accent", "lock"),
    "used": (pgettext_lazy("code of an order", "used"), "good", "check"),
    "refused": (pgettext_lazy("code of an order", "not used"), "", "x"),
    "given_back": (pgettext_lazy("code of an order", "given back"), "warm", "undo-2"),
    "released": (pgettext_lazy("code of an order", "let go"), "warm", "lock-open"),
}
REWARD_STATES: Final[Mapping[str, tuple[Text, str, str]]] = {
    "planned": (pgettext_lazy("reward of an order", "to come"), "accent", "gift"),
    "given": (pgettext_lazy("reward of an order", "given"), "good", "gift"),
    "handed_over": (pgettext_lazy("reward of an order", "handed over"), "good", "check"),
    "cancelled": (pgettext_lazy("reward of an order", "cancelled"), "bad", "x"),
}
ADDRESSES: Final[Mapping[str, str]] = {
    "voucher": "vouchers:show",
    "gift_card": "giftcards:show",
    "code": "codes:show",
    "membership": "memberships:show",
}
NOT_RECOVERED: Final[Mapping[str, Text]] = {
    "spent": pgettext_lazy("why not taken back", "spent already"),
    "expired": pgettext_lazy("why not taken back", "expired already"),
    "card_deleted": pgettext_lazy("why not taken back", "the card is deleted"),
}


def phone_text(phone: str) -> str:
    """A phone as people write it."""
    return format_phone(phone) if phone else ""


def quantity_text(thousandths: int) -> str:
    """A quantity without zeros that say nothing, in the reader's language."""
    decimals = 3
    while decimals and thousandths % 10 == 0:
        thousandths, decimals = thousandths // 10, decimals - 1
    return figures.amount(thousandths, decimals)


def units_text(terms: Terms, balance_type_id: UUID, units: int) -> str:
    """An amount of a balance with its name: 2.00 Bonus."""
    balance = terms.balance(balance_type_id)
    if balance.kind == "deposit":
        return f"{figures.money(units, terms.currency)} {balance.name}"
    return f"{figures.amount(units, balance.decimals)} {balance.name}"


def voice_of(view: OrderView, terms: Terms) -> Voice:
    """How the sentences of an order write values on a page."""
    names: Mapping[str, str] = {str(one.promotion_id): one.name for one in view.verdicts}

    def name(value: str) -> str:
        return names.get(value) or _thing(value, terms) or value

    return Voice(
        translate=gettext,
        money=lambda units: figures.money(units, view.currency),
        day=figures.day,
        moment=figures.weekday_moment,
        name=name,
        units=lambda balance_type, units: units_text(terms, UUID(balance_type), units),
        number=figures.exact,
    )


def _thing(value: str, terms: Terms) -> str | None:
    """The name of a location, card type or tier by its id."""
    try:
        identifier = UUID(value)
    except ValueError:
        return None
    card_type = terms.card_types.get(identifier)
    return card_type.name if card_type else terms.place_names.get(identifier) or terms.tier_names.get(identifier)
