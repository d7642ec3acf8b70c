"""Memberships in the reader's words: states, what is left, what a type promises, what happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from regulars.memberships.queries.memberships import MembershipView
from regulars.memberships.rules.terms import Terms
from regulars.platform.audit import AuditLine
from regulars.platform.pages import figures
from regulars.platform.pages.membership_steps import MEMBERSHIP_STEPS, step_detail

Text = str | Promise

STATES: Final[Mapping[str, tuple[Text, str, str]]] = {
    "sold": (pgettext_lazy("membership", "not begun"), "", "hourglass"),
    "active": (pgettext_lazy("membership", "active"), "good", "check"),
    "frozen": (pgettext_lazy("membership", "frozen"), "accent", "snowflake"),
    "used_up": (pgettext_lazy("membership", "used up"), "warm", "circle-check"),
    "expired": (pgettext_lazy("membership", "ended"), "warm", "calendar-x"),
    "cancelled": (pgettext_lazy("membership", "cancelled"), "bad", "x"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """Something that happened to a membership."""

    text: Text
    tone: str
    at: datetime
    who: str
    detail: str
    reason: str


def visits_text(view: MembershipView) -> str:
    """How many visits are left: 7 of 10; "" where they are not counted."""
    if view.now.visits is None or view.now.remaining is None:
        return ""
    return _("%(left)s of %(all)s visits left") % {
        "left": figures.number(view.now.remaining),
        "all": figures.number(view.now.visits),
    }


def until_text(view: MembershipView) -> str:
    """Until when it is valid, or frozen; "" where it has no end."""
    now = view.now
    if now.state == "frozen" and now.frozen_until is not None:
        return _("frozen until %(day)s") % {"day": figures.day(now.frozen_until)}
    if now.state == "sold" and now.terms.period_unit is not None:
        return _("begins with the first use")
    if now.ends_on is None:
        return ""
    if now.state == "expired":
        return _("ended with %(day)s") % {"day": figures.day(now.ends_on)}
    return _("until %(day)s") % {"day": figures.day(now.ends_on)}


def left_text(view: MembershipView) -> str:
    """All that is left of it, in one line."""
    if view.now.state == "cancelled":
        return ""
    parts = [visits_text(view) if view.now.state != "used_up" else "", until_text(view)]
    return " · ".join(part for part in parts if part)


def ending_text(view: MembershipView) -> str:
    """That it is about to end; "" where it is not."""
    match view.ending:
        case "visits":
            left = view.now.remaining or 0
            return ngettext("%(count)s visit left", "%(count)s visits left", left) % {"count": figures.number(left)}
        case "days":
            days = view.days_left or 0
            if days == 0:
                return _("ends today")
            return ngettext("ends in %(count)s day", "ends in %(count)s days", days) % {"count": figures.number(days)}
        case None:
            return ""


def terms_text(terms: Terms) -> str:
    """What a type promises: 10 visits within 3 months."""
    visits = (
        ngettext("%(count)s visit", "%(count)s visits", terms.visits) % {"count": figures.number(terms.visits)}
        if terms.visits is not None
        else _("any number of visits")
    )
    return f"{visits} · {period}" if (period := period_text(terms)) else visits


def period_text(terms: Terms) -> str:
    """How long it lasts; "" where it has no end."""
    match terms.period_unit:
        case None:
            return ""
        case "days":
            return ngettext("%(count)s day", "%(count)s days", terms.period) % {"count": figures.number(terms.period)}
        case "months":
            return ngettext("%(count)s month", "%(count)s months", terms.period) % {
                "count": figures.number(terms.period)
            }


def limits_of(terms: Terms, places: Mapping[Any, str]) -> list[tuple[str, str]]:
    """What it is limited to, label by label."""
    kinds = {"goods": _("Goods"), "service": _("Services")}
    found = [
        (_("For"), ", ".join([*(kinds[one] for one in terms.kinds), *terms.categories, *terms.skus])),
        (_("Valid at"), ", ".join(places.values())),
        (_("Not again within"), _hours(terms.every_hours) if terms.every_hours else ""),
        (_("Freezing"), freeze_text(terms)),
    ]
    return [(label, text) for label, text in found if text]


def freeze_text(terms: Terms) -> str:
    """How far it may be frozen; "" where it has no end."""
    if terms.period_unit is None:
        return ""
    if terms.freezes_max == 0:
        return _("cannot be frozen")
    parts = []
    if terms.freezes_max is not None:
        parts.append(ngettext("%(count)s time", "%(count)s times", terms.freezes_max) % {"count": terms.freezes_max})
    if terms.freeze_days_max is not None:
        text = ngettext("%(count)s day in all", "%(count)s days in all", terms.freeze_days_max)
        parts.append(text % {"count": terms.freeze_days_max})
    if terms.freeze_days_min > 1:
        text = ngettext("at least %(count)s day each", "at least %(count)s days each", terms.freeze_days_min)
        parts.append(text % {"count": terms.freeze_days_min})
    return ", ".join(parts) or _("as often as one likes")


def history_line(line: AuditLine, *, currency: str) -> HistoryLine:
    """What happened, in words."""
    text, tone = MEMBERSHIP_STEPS.get(line.verb, (line.verb, ""))
    return HistoryLine(
        text=text,
        tone=tone,
        at=line.at,
        who=line.staff_name or line.staff_email,
        detail=step_detail(line.after, currency=currency),
        reason=str(line.after.get("reason") or ""),
    )


def _hours(hours: int) -> str:
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": figures.number(hours)}
