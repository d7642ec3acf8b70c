"""What became of the work that one started: a list of one's own, each line read by opening it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from regulars.kernel.ids import encode
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.figures import number
from regulars.platform.pages.notifications import Told, tell
from regulars.platform.sessions import PageRequest, page
from regulars.staff.actions.notifications import KEPT_MAX, read_all, read_notification
from regulars.staff.queries import list_notifications


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationRow:
    """A line of the list."""

    told: Told
    url: str
    at: datetime
    is_new: bool


def tell_pin(ending: str, subject_id: UUID, facts: Mapping[str, Any]) -> Told:
    """The words for a PIN that was tried wrongly too often."""
    count = number(facts["wrong"])
    if facts["own"]:
        text = _("Your PIN for the till was locked after {count} wrong ones. Set a new one, and ask who tried.")
        return Told(
            icon="lock",
            about=_("Your PIN"),
            outcome=text.format(count=count),
            url=reverse("staff:account"),
            is_bad=True,
        )
    text = _("The PIN for the till was locked after {count} wrong ones. Its owner sets a new one.")
    url = reverse("staff:person", args=[encode("stf", subject_id)])
    return Told(icon="lock", about=facts["name"], outcome=text.format(count=count), url=url, is_bad=True)


@require_safe
@page()
def show_notifications(request: PageRequest) -> HttpResponse:
    """All that are kept for the reader, newest first."""
    rows = [
        NotificationRow(
            told=tell(one.kind, one.subject_id, one.facts),
            url=reverse("staff:notification", args=[encode("ntf", one.id)]),
            at=one.at,
            is_new=one.read_at is None,
        )
        for one in list_notifications(request.actor)
    ]
    context = {
        "rows": rows,
        "now": request.now,
        "kept": KEPT_MAX,
        "may_import": request.actor.may("imports:write"),
    }
    return render_page(request, "staff/notifications.html", context)


@require_safe
@page()
def open_notification(request: PageRequest, identifier: str) -> HttpResponse:
    """Go where a notification leads; with that it is read."""
    found = read_notification(request.actor, identifier, now=request.now)
    return redirect(tell(found.kind, found.subject_id, found.facts).url)


@require_POST
@page()
def mark_all_read(request: PageRequest) -> HttpResponse:
    """All of them are read at once."""
    read_all(request.actor, now=request.now)
    toast(request, _("All notifications are marked as read"))
    return done(request, reverse("staff:notifications"))
