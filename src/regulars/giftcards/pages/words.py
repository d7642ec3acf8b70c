"""Words of gift cards in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from regulars.giftcards.queries.types import TypeView
from regulars.platform.pages import figures
from regulars.platform.pages.words import Text
from regulars.programs.rules.validity import Validity

STATES: Final[Mapping[str, tuple[Text, str, str]]] = {
    "active": (pgettext_lazy("gift card", "active"), "good", ""),
    "used_up": (pgettext_lazy("gift card", "used up"), "", "check"),
    "expired": (pgettext_lazy("gift card", "expired"), "warm", "hourglass"),
    "blocked": (pgettext_lazy("gift card", "blocked"), "bad", "lock"),
    "cancelled": (pgettext_lazy("gift card", "cancelled"), "", "x"),
}
ENTRIES: Final[Mapping[str, Text]] = {
    "sale": gettext_lazy("Sold"),
    "opening": gettext_lazy("Taken over"),
    "top_up": gettext_lazy("Topped up"),
    "write_off": gettext_lazy("Paid with it"),
    "forfeit": gettext_lazy("Left over after its only payment"),
    "give_back": gettext_lazy("Given back"),
    "expire": gettext_lazy("Expired"),
    "cancel": gettext_lazy("Cancelled"),
    "pay_out": gettext_lazy("Paid out"),
}
VALIDITIES: Final[Mapping[str, Text]] = {
    "unlimited": pgettext_lazy("gift card", "For ever"),
    "days": pgettext_lazy("gift card", "So many days"),
    "months": pgettext_lazy("gift card", "So many months"),
    "until": pgettext_lazy("gift card", "Until a day"),
}


def value_words(kind: TypeView, currency: str) -> str:
    """What a type is sold for."""
    terms = kind.terms
    if terms.values:
        return ", ".join(figures.money(one, currency) for one in terms.values)
    assert terms.value_min is not None
    assert terms.value_max is not None
    least, most = figures.money(terms.value_min, currency), figures.money(terms.value_max, currency)
    return _("%(least)s to %(most)s") % {"least": least, "most": most}


def validity_words(validity: Validity) -> str:
    """How long a gift card of a type is good."""
    count = validity.count
    match validity.kind:
        case "days":
            return ngettext("%(count)s day", "%(count)s days", count) % {"count": figures.number(count)}
        case "months":
            return ngettext("%(count)s month", "%(count)s months", count) % {"count": figures.number(count)}
        case "until":
            assert validity.day is not None
            return _("until %(day)s") % {"day": figures.day(validity.day)}
        case _:
            return str(VALIDITIES["unlimited"])


def limit_words(limits: Mapping[str, Any]) -> str:
    """Which goods and services it pays."""
    goods, services = limits.get("goods"), limits.get("services")
    if goods is None and services is None:
        return _("everything")
    told = [
        *([_("goods: %(which)s") % {"which": _which(goods)}] if goods != "none" else []),
        *([_("services: %(which)s") % {"which": _which(services)}] if services != "none" else []),
    ]
    return "; ".join(told)


def _which(choice: str | Sequence[str] | None) -> str:
    return _("all of them") if choice is None or isinstance(choice, str) else ", ".join(choice)
