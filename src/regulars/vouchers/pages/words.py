"""Vouchers in the reader's words: states, what they give, how long, what happened."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from regulars.kernel.amount import AmountProblem, parse_amount
from regulars.kernel.refusal import Refusal
from regulars.platform.pages import figures
from regulars.platform.pages.words import Text
from regulars.platform.problems import sentence
from regulars.vouchers.errors import AlreadyRedeemed, VoucherExpired, VoucherNotActive
from regulars.vouchers.rules.vouchers import VoucherState

STATES: Final[Mapping[str, tuple[Text, str, str]]] = {
    "issued": (pgettext_lazy("voucher", "not begun"), "", "hourglass"),
    "active": (pgettext_lazy("voucher", "active"), "good", "ticket"),
    "redeemed": (pgettext_lazy("voucher", "redeemed"), "accent", "check"),
    "expired": (pgettext_lazy("voucher", "expired"), "warm", "clock"),
    "cancelled": (pgettext_lazy("voucher", "cancelled"), "bad", "x"),
}
ON_HOLD: Final[tuple[Text, str, str]] = (pgettext_lazy("voucher", "waits: the card is blocked"), "warm", "lock")
CARD_OVER: Final[tuple[Text, str, str]] = (pgettext_lazy("voucher", "the card has expired"), "warm", "hourglass")
SOURCES: Final[Mapping[str, Text]] = {
    "manual": pgettext_lazy("voucher", "by hand"),
    "milestone": pgettext_lazy("voucher", "a goal was reached"),
    "lottery": pgettext_lazy("voucher", "won in a lottery"),
    "catalogue": pgettext_lazy("voucher", "bought with points"),
    "promotion": pgettext_lazy("voucher", "a promotion"),
    "import": pgettext_lazy("voucher", "imported"),
}


def benefit_text(benefit: Mapping[str, str] | None, *, currency: str, decimals: int, names: Mapping[str, str]) -> str:
    """What a voucher gives; `names` are those of promotions by id."""
    if not benefit:
        return _("Handed over by staff")
    if "percent" in benefit:
        text = _("%(percent)s %% off the order") % {"percent": benefit["percent"]}
    elif "amount" in benefit:
        text = _("%(amount)s off the order") % {"amount": _money(benefit["amount"], currency, decimals)}
    elif "product" in benefit:
        text = _("One free: %(product)s") % {"product": benefit["product"]}
    else:
        promotion = benefit["promotion"]
        text = _("Opens the promotion %(name)s") % {"name": names.get(promotion, promotion)}
    if "minimum" in benefit:
        text += " · " + _("from %(amount)s") % {"amount": _money(benefit["minimum"], currency, decimals)}
    return text


def _money(text: str, currency: str, decimals: int) -> str:
    try:
        return figures.money(parse_amount(text, decimals), currency)
    except AmountProblem:
        # The chain has another currency since.
        return text


def last_day(voucher: VoucherState) -> datetime | None:
    """The last moment at which it can be redeemed: the end of a day is the first moment of the next."""
    return voucher.expires_at - timedelta(microseconds=1) if voucher.expires_at else None


def refusal_text(refusal: Refusal) -> str:
    """Why it cannot be, with times as the reader writes them."""
    match refusal:
        case AlreadyRedeemed():
            at = figures.moment(datetime.fromisoformat(refusal.redeemed_at))
            where = ", ".join(filter(None, (refusal.location_name, refusal.redeemed_by)))
            text = _("Redeemed already: %(at)s") % {"at": at}
            return f"{text}, {where}" if where else text
        case VoucherExpired():
            return _("This voucher ended %(at)s.") % {"at": figures.moment(datetime.fromisoformat(refusal.expired_at))}
        case VoucherNotActive():
            at = figures.moment(datetime.fromisoformat(refusal.starts_at))
            return _("This voucher begins %(at)s.") % {"at": at}
        case _:
            return sentence(refusal)


def count_text(total: int) -> str:
    """How many vouchers."""
    return ngettext("%(count)s voucher", "%(count)s vouchers", total) % {"count": figures.number(total)}
