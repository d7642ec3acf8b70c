"""What expires on all cards between two days (PRG-4)."""

from datetime import date, timedelta
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from regulars.cards.queries.expiring import ExpiringOnCard, list_expiring_of_chain, sum_expiring_of_chain
from regulars.kernel.ids import encode
from regulars.platform.pages import figures
from regulars.platform.pages.answer import render_page
from regulars.platform.sessions import PageRequest, page
from regulars.programs.rules.expiry import end_of_day, start_of_day

DAYS_AHEAD: Final = 30
LINES_MAX: Final = 200


@require_safe
@page(right="balances:read")
def show_expiring(request: PageRequest) -> HttpResponse:
    """How much ends between two days, and on which cards, soonest first."""
    zone = request.chain.zone
    today = request.now.astimezone(zone).date()
    first = _day(request.GET.get("from", "")) or today
    last = max(first, _day(request.GET.get("to", "")) or today + timedelta(days=DAYS_AHEAD))
    start = request.now if first == today else start_of_day(first, zone)
    # What ends with a day ends at its last moment, which is the first of the next.
    end = end_of_day(last, zone) + timedelta(microseconds=1)
    lines, more = list_expiring_of_chain(request.actor.chain_id, start=start, end=end, limit=LINES_MAX)
    context = {
        "first": first,
        "last": last,
        "sums": [_sum(request, one) for one in sum_expiring_of_chain(request.actor.chain_id, start=start, end=end)],
        "lines": [_line(request, one) for one in lines],
        "has_more": more is not None,
        "most": figures.number(LINES_MAX),
    }
    return render_page(request, "cards/expiring.html", context)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if len(text) == len("2026-11-22") else None
    except ValueError:
        return None
    return found if found and 2000 <= found.year <= 2100 else None


def _sum(request: PageRequest, one: Any) -> dict[str, str]:
    currency = request.chain.currency
    return {
        "name": one.name,
        "amount": figures.balance(one.amount, kind=one.kind, decimals=one.decimals, currency=currency),
        "cards": figures.number(one.cards),
    }


def _line(request: PageRequest, one: ExpiringOnCard) -> dict[str, Any]:
    currency = request.chain.currency
    return {
        "number": one.number,
        "holder": one.customer_name,
        "url": reverse("cards:show", args=[encode("crd", one.card_id)]),
        "name": one.balance_name,
        "amount": figures.balance(one.amount, kind=one.kind, decimals=one.decimals, currency=currency),
        "last_moment": one.expires_at - timedelta(microseconds=1),
    }
