"""What happens to memberships, in words that the pages of memberships and of customers share."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from regulars.platform.pages import figures
from regulars.platform.pages.words import Text

MEMBERSHIP_STEPS: Final[Mapping[str, tuple[Text, str]]] = {
    "membership.sold": (gettext_lazy("Membership sold"), "good"),
    "membership.used": (gettext_lazy("Membership used"), ""),
    "membership.use_undone": (gettext_lazy("Use of a membership undone"), "warm"),
    "membership.freeze_planned": (gettext_lazy("Freeze planned"), ""),
    "membership.frozen": (gettext_lazy("Membership frozen"), ""),
    "membership.unfrozen": (gettext_lazy("Membership runs again"), "good"),
    "membership.extended": (gettext_lazy("Membership extended"), "good"),
    "membership.ending": (gettext_lazy("Membership about to end"), "warm"),
    "membership.expired": (gettext_lazy("Membership ended"), "warm"),
    "membership.cancelled": (gettext_lazy("Membership cancelled"), "bad"),
}


def step_detail(after: Mapping[str, Any], *, currency: str) -> str:
    """The figures of what happened."""
    parts: list[str] = []
    if after.get("visits"):
        count = int(after["visits"])
        parts.append(ngettext("%(count)s visit", "%(count)s visits", count) % {"count": figures.number(count)})
    if after.get("days"):
        count = int(after["days"])
        parts.append(ngettext("%(count)s day", "%(count)s days", count) % {"count": figures.number(count)})
    if after.get("frozen_until"):
        parts.append(_("frozen until %(day)s") % {"day": figures.day(date.fromisoformat(after["frozen_until"]))})
    if after.get("remaining") is not None:
        parts.append(_("left: %(count)s") % {"count": figures.number(int(after["remaining"]))})
    if after.get("ends_on"):
        parts.append(_("until %(day)s") % {"day": figures.day(date.fromisoformat(after["ends_on"]))})
    if after.get("refund"):
        parts.append(_("given back: %(money)s") % {"money": figures.money(int(after["refund"]), currency)})
    return " · ".join(parts)
