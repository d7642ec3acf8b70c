"""Pressing: stamp, redeem, issue; what was pressed, and its undo (TIL-2, TIL-3)."""

import hashlib
import json
from collections.abc import Callable
from typing import Any, Final, cast
from uuid import UUID

from django.db import IntegrityError
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from regulars.cards.queries.cards import CardView, find_card
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Invalid, Refused
from regulars.memberships.errors import UsedRecently
from regulars.platform.api.idempotency import is_taken
from regulars.platform.claims import Answered, Claim, find_answer
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import UNPROCESSABLE
from regulars.platform.pages.typed import typed_amount
from regulars.platform.sessions import PageRequest, page
from regulars.rewards.errors import StampedRecently
from regulars.till.actions.press import PRESS_ROUTE, PressCommand, press
from regulars.till.actions.undo import undo_press
from regulars.till.pages import words
from regulars.till.pages.desk import Desk, at_desk, desk_of, refuse_in_kiosk, render_stage
from regulars.till.pages.sheet import Keys
from regulars.till.queries.presses import access_press, list_own_presses
from regulars.till.queries.queue import list_conflicts
from regulars.till.rules.presses import KINDS, STAMPS_AT_ONCE_MAX, Kind, short_name

KEY_LENGTH_MAX: Final = 64
FIELDS: Final = ("kind", "card", "subject", "count", "amount", "sku", "phone", "again")


@require_POST
@page(right="cards:read")
def press_button(request: PageRequest) -> HttpResponse:
    """Do what a button says, once however often it arrives."""
    refuse_in_kiosk(request)
    desk = desk_of(request)
    typed = {name: request.POST.get(name, "").strip()[:200] for name in FIELDS}
    kind = typed["kind"]
    if kind not in KINDS:
        return render_stage(request, desk, "scan", {})
    command = PressCommand(
        kind=cast("Kind", kind),
        card=typed["card"],
        subject=typed["subject"],
        count=_count(typed["count"]),
        amount=typed_amount(typed["amount"]) if typed["amount"] else "",
        sku=typed["sku"],
        phone=typed["phone"],
        line=_("Purchase at the till"),
        again=typed["again"] == "1",
    )
    return _press(request, desk, command, typed)


def press_scanned(request: PageRequest, desk: Desk, card: CardView) -> HttpResponse:
    """A scan that is a press: in kiosk and autopilot the preset goes onto the card at once."""
    identifier = encode("crd", card.id)
    command = PressCommand(kind="stamps", card=identifier, count=desk.preset)
    return _press(request, desk, command, {"card": identifier, "kind": "stamps", "count": str(desk.preset)})


def _press(request: PageRequest, desk: Desk, command: PressCommand, typed: dict[str, str]) -> HttpResponse:
    try:
        made = press_once(
            request,
            typed,
            lambda claim: press(request.actor, command, at_desk(request, desk), now=request.now, claim=claim),
        )
    except Refused as refused:
        return _refused(request, desk, command, refused)
    return show_made(request, desk, made)


def press_once(request: PageRequest, typed: dict[str, str], do: Callable[[Claim | None], UUID]) -> str:
    """The press (`prs_…`) that came of a form, however often the form arrives. Refuses: what `do` refuses."""
    claim = _claim(request, typed)
    try:
        return encode("prs", do(claim))
    except Answered as answered:
        return answered.stored.answer
    except IntegrityError as conflict:
        # The same press at the same instant: the other one was quicker, and did it.
        if claim is None or not is_taken(conflict):
            raise
        with unit_of_work(request.actor.chain_id):
            stored = find_answer(claim)
        assert stored is not None
        return stored.answer


def show_made(request: PageRequest, desk: Desk, made: str) -> HttpResponse:
    """What was pressed just now: in place, or on its own page where there is no script."""
    if request.htmx:
        with unit_of_work(request.actor.chain_id):
            return _show_done(request, desk, made)
    response = HttpResponseRedirect(reverse("till:pressed", args=[made]))
    response.status_code = 303
    return response


def _claim(request: PageRequest, typed: dict[str, str]) -> Claim | None:
    key = request.POST.get("once", "").strip()[:KEY_LENGTH_MAX]
    holder = request.actor.staff_id
    if not key or holder is None:
        return None
    digest = hashlib.sha256(json.dumps(typed, sort_keys=True).encode()).digest()
    return Claim(holder_id=holder, route=PRESS_ROUTE, key=key, body_hash=digest)


def _count(text: str) -> int | None:
    if not text:
        return None
    # What is no number is refused like one that is too large, by the action.
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else STAMPS_AT_ONCE_MAX + 1


def _refused(request: PageRequest, desk: Desk, command: PressCommand, refused: Refused) -> HttpResponse:
    refusal = refused.refusal
    if isinstance(refusal, StampedRecently | UsedRecently) and not desk.is_kiosk:
        return _ask_again(request, desk, command, refusal)
    if refusal.status in (403, 404) or refusal.status >= 500:
        raise refused
    tone, icon = words.tone_of(refusal)
    text = words.refusal_text(refusal)
    if isinstance(refusal, Invalid) and refusal.errors:
        text = " ".join(_(one.detail) for one in refusal.errors)
    if isinstance(refusal, StampedRecently):
        text, tone, icon = _("You have your stamp for this visit already."), "accent", "check-check"
    context: dict[str, Any] = {
        "trouble": words.Trouble(_("This did not happen"), text, icon, tone),
        "back": reverse("till:card", args=[command.card]) if command.card and not desk.is_kiosk else "",
    }
    return render_stage(request, desk, "trouble", context, status=UNPROCESSABLE)


def _ask_again(
    request: PageRequest, desk: Desk, command: PressCommand, refusal: StampedRecently | UsedRecently
) -> HttpResponse:
    at = refusal.at if isinstance(refusal, StampedRecently) else None
    seconds = int((request.now - at).total_seconds()) if at else None
    context = {"command": command, "seconds": seconds, "text": words.refusal_text(refusal), "keys": Keys()}
    return render_stage(request, desk, "again", context | {"who": _who(request, command.card)}, status=UNPROCESSABLE)


def _who(request: PageRequest, card: str) -> str:
    card_id = decode("crd", card) if card else None
    if card_id is None:
        return ""
    with unit_of_work(request.actor.chain_id):
        found = find_card(request.actor.chain_id, card_id, now=request.now)
    return short_name(found.customer_name) if found else ""


@require_safe
@page(right="cards:read")
def show_pressed(request: PageRequest, press: str) -> HttpResponse:
    """What was done, with its undo, and the way back to scanning."""
    return _show_done(request, desk_of(request), press)


def _show_done(request: PageRequest, desk: Desk, identifier: str) -> HttpResponse:
    found = access_press(request.actor, identifier)
    card = find_card(request.actor.chain_id, found.card_id, now=request.now) if found.card_id else None
    context = words.pressed_context(found, request.chain.currency, request.now)
    context |= {
        "undo_url": reverse("till:undo", args=[identifier]),
        "card_url": reverse("till:card", args=[encode("crd", card.id)]) if card else "",
        "link": card.link if card and found.kind == "issue" else "",
    }
    return render_stage(request, desk, "done", context)


@require_POST
@page(right="cards:read")
def undo(request: PageRequest, press: str) -> HttpResponse:
    """Take back what was pressed a moment ago."""
    refuse_in_kiosk(request)
    desk = desk_of(request)
    try:
        found = undo_press(
            request.actor, press, at_desk(request, desk), reason=_("Taken back at the till"), now=request.now
        )
    except Refused as refused:
        if refused.refusal.status in (403, 404):
            raise
        tone, icon = words.tone_of(refused.refusal)
        trouble = words.Trouble(_("This was not taken back"), words.refusal_text(refused.refusal), icon, tone)
        return render_stage(request, desk, "trouble", {"trouble": trouble}, status=UNPROCESSABLE)
    context = words.pressed_context(found, request.chain.currency, request.now)
    card_url = reverse("till:card", args=[encode("crd", found.card_id)]) if found.card_id else ""
    return render_stage(request, desk, "undone", context | {"card_url": card_url if found.kind != "issue" else ""})


@require_safe
@page(right="cards:read")
def show_recent(request: PageRequest) -> HttpResponse:
    """What one has pressed in the last day, each with its undo as long as it can be taken back."""
    refuse_in_kiosk(request)
    found = list_own_presses(request.actor, now=request.now)
    lines = [
        words.pressed_context(one, request.chain.currency, request.now)
        | {"undo_url": reverse("till:undo", args=[encode("prs", one.id)])}
        for one in found
    ]
    return render_stage(
        request, desk_of(request), "recent", {"lines": lines, "conflict_count": len(list_conflicts(request.actor))}
    )
