"""The last step: what came of it, the rows that are left, and taking it back."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from regulars.cards.queries.types import find_card_type
from regulars.imports.actions import requests
from regulars.imports.actions.bearers import list_kept
from regulars.imports.actions.undo_preview import preview_undo
from regulars.imports.jobs import defer_step
from regulars.imports.models import Import
from regulars.imports.pages.check import effects_of
from regulars.imports.pages.words import BEARER_STATES, STATES, address_of, problem_text, wizard_steps
from regulars.imports.queries.imports import access_import, list_left
from regulars.imports.queries.problems import problem_file
from regulars.imports.rules.code_cells import CODE_KINDS
from regulars.kernel.codes import code_end
from regulars.platform.pages.answer import done, render_page
from regulars.platform.sessions import PageRequest, page
from regulars.staff.actions.notifications import see

FORMATS = ("xlsx", "csv")
KEPT_SHOWN = 200
LISTS = {
    "cards": "cards:list",
    "customers": "customers:list",
    "orders": "orders:list",
    "gift_cards": "giftcards:list",
}


@page(right="imports:read")
def show_result(request: PageRequest, identifier: str) -> HttpResponse:
    """Counts of what was written, the problem rows as a file, the imported people, undo."""
    one = access_import(request.actor, identifier)
    if one.state not in (*requests.WRITTEN, "undone", "failed"):
        return redirect(address_of(one))
    now = request.now
    request.visit = see(request.visit, one.id, now=now)
    card_type = find_card_type(one.chain_id, one.card_type_id) if one.card_type_id else None
    until = one.applied_at + requests.UNDO_WINDOW if one.applied_at else None
    context = {
        "one": one,
        "identifier": identifier,
        "steps": wizard_steps(one),
        "state": STATES[one.state],
        "problem": problem_text(one) if one.state == "failed" else "",
        "card_type": card_type,
        "effects": effects_of(one, card_type),
        "list_url": _list_url(one, identifier),
        "is_bearer": one.kind in CODE_KINDS,
        "kept_bearers": _kept_bearers(one) if one.state == "undone" else [],
        "currency": request.chain.currency,
        "undo_until": until,
        "may_undo": bool(
            request.actor.may("imports:write") and one.state in requests.WRITTEN and until and until > now
        ),
        "left": one.result.get("left", 0) + one.result.get("failed", 0),
        "may_write": request.actor.may("imports:write"),
        "kept": list_left(one, limit=KEPT_SHOWN) if one.state == "undone" else [],
    }
    return render_page(request, "imports/result.html", context)


def _list_url(one: Import, identifier: str) -> str:
    if one.kind == "codes":
        return reverse("codes:pool", args=[one.options["pool"]])
    # The list of gift cards is of all: those of a file are told by their types and states.
    return reverse(LISTS[one.kind]) + ("" if one.kind == "gift_cards" else f"?import={identifier}")


def _kept_bearers(one: Import) -> list[tuple[str, Any, int | None]]:
    """What an undo left, with its state in words; a code of money only by its end."""
    if one.kind not in CODE_KINDS:
        return []
    is_money = one.kind == "gift_cards"
    return [
        (f"… {code_end(code)}" if is_money and code else code, BEARER_STATES.get(state, state), left)
        for code, state, left in list_kept(one, limit=KEPT_SHOWN)
    ]


@page(right="imports:read")
def download_problems(request: PageRequest, identifier: str, file_format: str) -> HttpResponseBase:
    """The rows that were left, in the file's own columns, with a column that says why."""
    one = access_import(request.actor, identifier)
    return problem_file(one, file_format if file_format in FORMATS else "xlsx")


@page(right="imports:write")
def undo(request: PageRequest, identifier: str) -> HttpResponse:
    """Say what an undo would do; then do it in the background."""
    if request.method == "POST":
        one = requests.undo(request.actor, identifier, defer=defer_step, now=request.now)
        return done(request, reverse("imports:show", args=[identifier]) if one.state == "undone" else address_of(one))
    one = access_import(request.actor, identifier)
    if one.state not in requests.WRITTEN:
        return redirect(address_of(one))
    context = {
        "one": one,
        "identifier": identifier,
        "preview": preview_undo(one),
        "back": reverse("imports:result", args=[identifier]),
    }
    return render_page(request, "imports/undo.html", context, fragments={"modal": "imports/_undo.html"})
