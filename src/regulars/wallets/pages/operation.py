"""How fast changes reach phones, hour by hour, and what does not (WAL-5)."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from regulars.kernel.ids import encode
from regulars.platform.clock import real_now
from regulars.platform.pages import figures
from regulars.platform.pages.answer import render_page
from regulars.platform.pages.settings_tabs import settings_tabs
from regulars.platform.pages.words import WALLETS
from regulars.platform.sessions import PageRequest, page
from regulars.wallets.queries.delays import list_held, list_troubles, measure_delays
from regulars.wallets.queries.operation import (
    Case,
    list_behind,
    list_given_up,
    list_hours,
    list_slowest,
)


@require_safe
@page(right="settings:read")
def show_operation(request: PageRequest) -> HttpResponse:
    """From the committed change to the push sent: the last day by hours, the slowest, what waits and what was given up."""
    # Phones live in real time, whatever the clock of a test chain says.
    chain_id, now = request.chain.id, real_now()
    hours = list_hours(chain_id, zone=str(request.chain.zone), now=now)
    context: dict[str, Any] = {
        "tabs": settings_tabs(request, "wallets:settings"),
        "delays": measure_delays(chain_id, now=now),
        "hours": [
            {
                "began": figures.moment(one.began_at.astimezone(request.chain.zone)),
                "wallet": WALLETS.get(one.provider, one.provider),
                "one": one,
                "half": _seconds(one.half_ms),
                "most": _seconds(one.most_ms),
                "longest": _seconds(one.longest_ms),
            }
            for one in hours
        ],
        "lists": [
            (_("Waiting after a try that failed"), _troubles(request)),
            (_("Told often today, and waiting"), _held(request)),
            (_("Told, and not asked since"), [_line(one) for one in list_behind(chain_id, now=now)]),
            (_("Given up in the last seven days"), [_line(one) for one in list_given_up(chain_id, now=now)]),
            (_("The slowest of the last 24 hours"), [_line(one) for one in list_slowest(chain_id, now=now)]),
        ],
        "now": now,
    }
    return render_page(request, "wallets/operation.html", context)


def _troubles(request: PageRequest) -> list[dict[str, Any]]:
    return [
        {
            "number": one.number,
            "url": _card_url(one.card_id),
            "text": _("%(problem)s; again %(at)s") % {"problem": one.problem, "at": figures.moment(one.next_at)},
        }
        for one in list_troubles(request.chain.id)
    ]


def _held(request: PageRequest) -> list[dict[str, Any]]:
    return [
        {
            "number": one.number,
            "url": _card_url(one.card_id),
            "text": _("to be told %(at)s, with all that changed by then") % {"at": figures.moment(one.next_at)},
        }
        for one in list_held(request.chain.id)
    ]


def _line(one: Case) -> dict[str, Any]:
    parts = [str(WALLETS.get(one.provider, one.provider)), figures.moment(one.at)]
    if one.wait_ms is not None:
        parts.append(_("after %(seconds)s s") % {"seconds": _seconds(one.wait_ms)})
    if one.problem:
        parts.append(one.problem)
    return {"number": one.number, "url": _card_url(one.card_id), "text": ", ".join(parts)}


def _card_url(card_id: Any) -> str:
    return reverse("cards:show", args=[encode("crd", card_id)])


def _seconds(milliseconds: int | None) -> str:
    return figures.amount(round((milliseconds or 0) / 100), 1)
