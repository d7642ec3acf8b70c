"""Scanning, and what a scan shows (TIL-1, TIL-2)."""

from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from regulars.cards.queries.cards import CardView, access_card
from regulars.giftcards.queries.giftcards import access_gift_card
from regulars.kernel.ids import encode
from regulars.memberships.queries.memberships import access_membership
from regulars.platform.api.scanning import find_otherwise
from regulars.platform.database import unit_of_work
from regulars.platform.pages import figures
from regulars.platform.pages.answer import done
from regulars.platform.sessions import PageRequest, page
from regulars.till.pages import words
from regulars.till.pages.desk import Desk, desk_of, refuse_in_kiosk, render_stage
from regulars.till.pages.pressing import press_scanned
from regulars.till.pages.sheet import Keys, card_context, choice_context, issuing_types, membership_context
from regulars.till.pages.slips import show_receipt
from regulars.till.queries.found import Found, find_card_at_till, judge_card
from regulars.till.queries.queue import list_conflicts
from regulars.till.rules.presses import short_name
from regulars.till.rules.receipts import code_in
from regulars.vouchers.queries.vouchers import access_voucher
from regulars.vouchers.rules.redeeming import check_redeem

TEXT_LENGTH_MAX: Final = 1_000


@require_safe
@page(right="cards:read")
def show_till(request: PageRequest) -> HttpResponse:
    """The page that scans; where the location is not known yet, it is asked for first."""
    desk = desk_of(request)
    if desk.place is None and len(request.visit.locations) > 1:
        return render_stage(request, desk, "place", places_context(request, desk))
    # What could not be counted is told until somebody has looked at it, not only in the moment when the connection is back.
    conflict_count = 0 if desk.is_kiosk else len(list_conflicts(request.actor))
    return render_stage(request, desk, "scan", {"conflict_count": conflict_count})


@require_POST
@page(right="cards:read")
def find(request: PageRequest) -> HttpResponse:
    """What was scanned or typed: shown, or in kiosk and autopilot stamped at once."""
    desk = desk_of(request)
    text = request.POST.get("text", "").strip()[:TEXT_LENGTH_MAX]
    if not text:
        return render_stage(request, desk, "scan", {})
    return show_found(request, desk, text, searches=request.POST.get("by") != "camera" and not desk.is_kiosk)


@require_safe
@page(right="cards:read")
def show_card(request: PageRequest, card: str) -> HttpResponse:
    """One card, chosen from several or come back to."""
    refuse_in_kiosk(request)
    desk = desk_of(request)
    found = judge_card(
        request.actor,
        access_card(request.actor, card, now=request.now),
        location_id=desk.place.id if desk.place else None,
        now=request.now,
    )
    if found.problem or found.card is None:
        return _trouble(request, desk, found.problem, text="", places=found.places)
    return render_stage(request, desk, "card", card_context(request, found.card, place_id=None))


def show_found(request: PageRequest, desk: Desk, text: str, *, searches: bool) -> HttpResponse:
    """The answer to a scan. Passes TooManyAttempts on."""
    place_id = desk.place.id if desk.place else None
    text = code_in(text)
    found = find_card_at_till(
        request.actor, text, country=request.chain.country, location_id=place_id, searches=searches, now=request.now
    )
    if found.problem == "unknown":
        other = find_otherwise(request.actor, text, request.now)
        if other is not None and not desk.is_kiosk:
            return _show_other(request, desk, other)
    if found.problem:
        with unit_of_work(request.actor.chain_id):
            return _trouble(request, desk, found.problem, text=text, places=found.places)
    if found.choices:
        return _show_choices(request, desk, found, text)
    assert found.card is not None
    if desk.acts_by_itself and any(one.kind == "stamps" for one in found.card.balances):
        return press_scanned(request, desk, found.card)
    return _show_sheet(request, desk, found.card)


def _show_sheet(request: PageRequest, desk: Desk, card: CardView) -> HttpResponse:
    with unit_of_work(request.actor.chain_id):
        if desk.is_kiosk:
            return _trouble(request, desk, "unknown", text="")
        context = card_context(request, card, place_id=desk.place.id if desk.place else None)
    return render_stage(request, desk, "card", context)


def _show_choices(request: PageRequest, desk: Desk, found: Found, text: str) -> HttpResponse:
    choices = [choice_context(one) for one in found.choices]
    return render_stage(request, desk, "choices", {"choices": choices, "text": text})


def _show_other(request: PageRequest, desk: Desk, other: dict[str, Any]) -> HttpResponse:
    """A voucher, a membership or a gift card, by what the scanners of the product say."""
    kind, told = next(iter(other.items()))
    match kind:
        case "receipt":
            return show_receipt(request, desk, str(told["id"]))
        case "voucher":
            return _show_voucher(request, desk, str(told["id"]))
        case "join":
            return done(request, reverse("join:request", args=[str(told["code"])]) + "?till=1")
        case "membership":
            return _show_membership(request, desk, str(told["id"]))
        case _:
            return _show_gift_card(request, desk, str(told["id"]))


def _show_membership(request: PageRequest, desk: Desk, membership: str) -> HttpResponse:
    today = request.now.astimezone(request.chain.zone).date()
    with unit_of_work(request.actor.chain_id):
        view = access_membership(request.actor, membership, today=today)
    if (trouble := words.membership_trouble(view.now)) is not None:
        return render_stage(request, desk, "trouble", {"trouble": trouble})
    context = {"one": membership_context(view), "who": short_name(view.customer_name), "keys": Keys()}
    return render_stage(request, desk, "membership", context)


def _show_gift_card(request: PageRequest, desk: Desk, gift_card: str) -> HttpResponse:
    with unit_of_work(request.actor.chain_id):
        view = access_gift_card(request.actor, gift_card, now=request.now)
    if (trouble := words.gift_card_trouble(view)) is not None:
        return render_stage(request, desk, "trouble", {"trouble": trouble})
    context = {
        "gift_card": view,
        "balance": figures.money(view.balance, request.chain.currency),
        "order_url": reverse("orders:new") if request.actor.may("orders:write") else "",
    }
    return render_stage(request, desk, "gift_card", context)


def _show_voucher(request: PageRequest, desk: Desk, voucher: str) -> HttpResponse:
    with unit_of_work(request.actor.chain_id):
        view = access_voucher(request.actor, voucher, now=request.now)
    refusal = check_redeem(view, location_id=desk.place.id if desk.place else None, now=request.now)
    context: dict[str, Any] = {
        "voucher": view,
        "last_day": words.last_day(view.expires_at),
        "subject": encode("vch", view.id),
        "who": short_name(view.holder_name),
        "may_redeem": request.actor.may("rewards:write"),
        "keys": Keys(),
    }
    if refusal is not None:
        tone, icon = words.tone_of(refusal)
        context |= {"trouble": words.Trouble(view.title, words.refusal_text(refusal), icon, tone)}
        return render_stage(request, desk, "trouble", context)
    return render_stage(request, desk, "voucher", context)


def _trouble(request: PageRequest, desk: Desk, problem: str, *, text: str, places: str = "") -> HttpResponse:
    """Why a scan led nowhere, with the next step: look for the person, or give them a card."""
    place_id = desk.place.id if desk.place else None
    types = [] if desk.is_kiosk else issuing_types(request, place_id)
    trouble = words.TROUBLES[problem]
    said = _("It is valid at: %(places)s.") % {"places": places} if places else trouble.text
    context = {
        "trouble": words.Trouble(
            trouble.title, words.KIOSK_NEXT if desk.is_kiosk else said, trouble.icon, trouble.tone
        ),
        "types": types if problem in ("unknown", "elsewhere", "expired", "deleted", "replaced") else [],
        "text": text,
        # Nobody's number may be a phone; the number of a card that was found is none.
        "typed_phone": text
        if problem == "unknown" and sum(map(str.isdigit, text)) >= 6 and not any(map(str.isalpha, text))
        else "",
    }
    return render_stage(request, desk, "trouble", context)


def places_context(request: PageRequest, desk: Desk) -> dict[str, Any]:
    """The locations that this device may stand at."""
    return {
        "places": [
            (encode("loc", one.id), one.name, desk.place is not None and one.id == desk.place.id)
            for one in request.visit.locations
        ]
    }
