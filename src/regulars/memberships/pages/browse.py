"""The memberships: a list with search and filters, one with its history, and those of a customer."""

from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from regulars.cards.queries.cards import access_card
from regulars.customers.queries import access_customer
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Refused
from regulars.memberships.actions.worth import may_give_away
from regulars.memberships.pages import words
from regulars.memberships.pages.rows import row_of
from regulars.memberships.queries.memberships import (
    MembershipFilter,
    MembershipView,
    access_membership,
    count_by_state,
    list_memberships,
    list_of_card,
    list_of_customer,
    places_of,
)
from regulars.memberships.queries.types import list_types
from regulars.memberships.queries.uses import UseView, list_uses
from regulars.platform.actor import Actor
from regulars.platform.api.listing import read_id_cursor, write_cursor
from regulars.platform.audit import list_entries
from regulars.platform.errors import InvalidCursor
from regulars.platform.pages import figures, listing
from regulars.platform.pages.answer import render_page
from regulars.platform.sessions import PageRequest, page

PAGE_SIZE: Final = 50
LISTING: Final = "memberships:page"
FILTERS: Final = ("q", "state", "type", "ends")
SOON_DAYS: Final = (7, 14, 30)
HISTORY_MAX: Final = 100
HELD: Final = {"memberships-of": "memberships/_of_customer.html"}


@require_safe
@page(right="rewards:read")
def show_list(request: PageRequest) -> HttpResponse:
    """The memberships, newest first."""
    return render_page(
        request, "memberships/list.html", _context(request), fragments={"list": "memberships/_rows.html"}
    )


def _context(request: PageRequest) -> dict[str, Any]:
    actor, today = request.actor, _today(request)
    wanted = _filter(request)
    found = list_memberships(actor, wanted, today=today, after=_after(request), limit=PAGE_SIZE)
    shown = found[:PAGE_SIZE]
    counts = count_by_state(actor.chain_id, today=today)
    running = sum(counts.get(state, 0) for state in ("sold", "active", "frozen"))
    after = write_cursor(LISTING, [str(shown[-1].id)]) if len(found) > PAGE_SIZE else None
    types = list_types(actor, archived=True)
    return {
        "rows": [row_of(one) for one in shown],
        "now": request.now,
        "types": types,
        "type_choices": [(encode("mbt", one.id), one.name) for one in types],
        "states": {key: value[0] for key, value in words.STATES.items()},
        "soon": [(str(days), _within(days)) for days in SOON_DAYS],
        "wanted": {name: request.GET.get(name, "")[:200] for name in FILTERS},
        "filters_on": sum(bool(request.GET.get(name)) for name in FILTERS if name != "q"),
        "is_filtered": any(request.GET.get(name) for name in FILTERS),
        "chips": _chips(request, {encode("mbt", one.id): one.name for one in types}),
        "clear_url": reverse("memberships:list"),
        "sub": ngettext("%(count)s in use", "%(count)s in use", running) % {"count": figures.number(running)},
        "total": sum(counts.values()),
        "may_write": actor.may("rewards:write"),
        "may_make_types": actor.may("promotions:write"),
        "export_url": f"{reverse('exports:new')}?{_export_query(request)}" if actor.may("exports:write") else "",
        "pager": listing.Pager(
            next_url=listing.address_with(request, after=after) if after else "",
            previous_url=listing.address_with(request, after=None) if request.GET.get("after") else "",
        ),
    }


def _export_query(request: PageRequest) -> str:
    query = request.GET.copy()
    listing.drop(query, "after")
    query["kind"] = "memberships"
    return query.urlencode()


def _after(request: PageRequest) -> Any:
    try:
        return read_id_cursor(LISTING, request.GET.get("after"))
    except Refused as refused:
        if not isinstance(refused.refusal, InvalidCursor):
            raise
        return None


def _filter(request: PageRequest) -> MembershipFilter:
    state, ends = request.GET.get("state", ""), request.GET.get("ends", "")
    return MembershipFilter(
        search=request.GET.get("q", "")[:200],
        state=state if state in words.STATES else "",
        type_id=decode("mbt", request.GET.get("type", "")),
        ends_within=int(ends) if ends in {str(days) for days in SOON_DAYS} else None,
    )


def _chips(request: PageRequest, types: dict[str, str]) -> list[listing.Chip]:
    state, ends = request.GET.get("state", ""), request.GET.get("ends", "")
    found = (
        (_("State"), str(words.STATES[state][0]) if state in words.STATES else "", "state"),
        (_("Membership"), types.get(request.GET.get("type", ""), ""), "type"),
        (_("Ends"), _within(int(ends)) if ends in {str(days) for days in SOON_DAYS} else "", "ends"),
    )
    return [listing.chip(request, label=label, value=value, parameters=[name]) for label, value, name in found if value]


def _within(days: int) -> str:
    return ngettext("within %(count)s day", "within %(count)s days", days) % {"count": figures.number(days)}


@require_safe
@page(right="rewards:read")
def show_membership(request: PageRequest, membership: str) -> HttpResponse:
    """One membership: what is left of it, what it was used for, what happened to it."""
    found = access_membership(request.actor, membership, today=_today(request))
    return render_page(request, "memberships/membership.html", membership_context(request, found))


def membership_context(request: PageRequest, found: MembershipView) -> dict[str, Any]:
    """What the page of a membership shows."""
    actor, now = request.actor, found.now
    public = encode("mbr", found.id)
    places = places_of(actor.chain_id, now.terms.locations) if now.terms.locations else {}
    history = list_entries(actor, object_id=found.id, limit=HISTORY_MAX)
    may = actor.may("rewards:write")
    return {
        **row_of(found),
        "public": public,
        "now": request.now,
        "currency": request.chain.currency,
        "customer_url": _url("customers:show", "cus", now.customer_id) if actor.may("customers:read") else "",
        "card_url": _url("cards:show", "crd", now.card_id) if actor.may("cards:read") else "",
        "type_url": _url("memberships:type", "mbt", now.type_id),
        "visits": words.visits_text(found),
        "code": found.code if may else "",
        "until": words.until_text(found) if now.state != "cancelled" else "",
        "limits": words.limits_of(now.terms, places),
        "uses": [_use(actor, one, public) for one in list_uses(actor.chain_id, found.id, limit=HISTORY_MAX)],
        "history": [words.history_line(one, currency=request.chain.currency) for one in history],
        "planned": now.frozen_from if now.state == "active" else None,
        "may_write": may,
        "may_use": may and now.state in ("sold", "active"),
        "may_freeze": may and now.state == "active" and now.ends_on is not None and now.frozen_from is None
        and now.terms.freezes_max != 0,
        "may_unfreeze": may and now.state in ("active", "frozen") and now.frozen_from is not None,
        "may_extend": may and now.state != "cancelled" and may_give_away(actor),
        "may_cancel": may and now.state != "cancelled",
        "is_undoable": now.state != "cancelled",
    }  # fmt: skip


def _use(actor: Actor, one: UseView, public: str) -> dict[str, Any]:
    is_mine = actor.location_ids is None or one.location_id is None or one.location_id in actor.location_ids
    can_be_undone = is_mine and one.undoes is None and not one.undone and one.order_id is None
    return {
        "use": one,
        "undo_url": reverse("memberships:undo", args=[public, encode("mbu", one.id)]) if can_be_undone else "",
        "order_url": _url("orders:show", "ord", one.order_id),
        "count": abs(one.visits),
    }


@require_safe
@page(right="rewards:read")
def show_of_customer(request: PageRequest, customer: str) -> HttpResponse:
    """A customer's memberships, for the customer's page."""
    found = access_customer(request.actor.acting_with("customers:read"), customer)
    public = encode("cus", found.id)
    context = {
        "title": found.label,
        "rows": [row_of(one) for one in list_of_customer(request.actor.chain_id, found.id, today=_today(request))],
        "sell_url": f"{reverse('memberships:sell')}?customer={public}" if request.actor.may("rewards:write") else "",
    }
    return render_page(request, "memberships/of_customer.html", context, fragments=HELD)


@require_safe
@page(right="rewards:read")
def show_of_card(request: PageRequest, card: str) -> HttpResponse:
    """The memberships that were sold at a card, and those of its holder, for the card's panel."""
    actor = request.actor
    found = access_card(actor.acting_with("cards:read"), card, now=request.now)
    held = list_of_card(actor.chain_id, found.id, found.customer_id, today=_today(request))
    may_sell = actor.may("rewards:write") and found.status == "active"
    context = {
        "title": found.number,
        "rows": [row_of(one) for one in held],
        "sell_url": f"{reverse('memberships:sell')}?card={encode('crd', found.id)}" if may_sell else "",
    }
    return render_page(request, "memberships/of_customer.html", context, fragments=HELD)


def _url(name: str, prefix: str, identifier: Any) -> str:
    return reverse(name, args=[encode(prefix, identifier)]) if identifier else ""


def _today(request: PageRequest) -> Any:
    return request.now.astimezone(request.chain.zone).date()
