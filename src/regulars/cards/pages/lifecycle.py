"""The life of a card: block, delete, restore, replace, a new link, a printed card (CRD-3, CRD-7)."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from regulars.cards.actions.lifecycle import (
    block_card,
    delete_card,
    renew_link,
    replace_card,
    restore_card,
    unblock_card,
)
from regulars.cards.pages import words
from regulars.cards.pages.addresses import card_url
from regulars.cards.pages.browse import balance_line, undo_address
from regulars.cards.pages.forms import ReasonForm, ReplaceForm
from regulars.cards.queries.cards import CardView, access_card
from regulars.kernel.refusal import Forbidden, NotFound, Refused
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.sessions import PageRequest, page


@page(right="cards:write")
def block(request: PageRequest, card: str) -> HttpResponse:
    """Block a card and say why; Undo unblocks it."""
    now = request.now
    if request.method != "POST":
        return _ask(request, access_card(request.actor, card, now=now), "block", ReasonForm())
    again = request.GET.get("again")
    form = ReasonForm({"reason": again[:500]} if again and "reason" not in request.POST else request.POST)
    if form.is_valid():
        try:
            view = block_card(request.actor, card, reason=form.cleaned_data["reason"], now=now)
        except Refused as refused:
            _show(form, refused)
        else:
            toast(request, _("Card blocked"), undo_url=undo_address(request, "unblock", card))
            return _back(request, view)
    return _ask(request, _read(request, card), "block", form, status=422)


@page(right="cards:write")
def unblock(request: PageRequest, card: str) -> HttpResponse:
    """Make a blocked card active again; Undo blocks it again for the same reason."""
    if request.method != "POST":
        return done(request, card_url(request, card))
    before = _read(request, card)
    view = unblock_card(request.actor, card, now=request.now)
    undo = undo_address(request, "block", card)
    again = urlencode({"again": before.status_reason or _("Blocked")})
    toast(request, _("Card unblocked"), undo_url=f"{undo}{'&' if '?' in undo else '?'}{again}")
    return _back(request, view)


@page(right="cards:delete")
def delete(request: PageRequest, card: str) -> HttpResponse:
    """Delete a card: at once where nothing is on it, else after showing what would be posted off."""
    now = request.now
    if request.method != "POST":
        return _ask_delete(request, access_card(request.actor, card, now=now))
    try:
        view = delete_card(
            request.actor, card, write_off="1" in (request.POST.get("write_off"), request.GET.get("write_off")), now=now
        )
    except Refused as refused:
        if refused.refusal.code != "balance_left":
            raise
        return _ask_delete(request, _read(request, card), status=422)
    toast(request, _("Card deleted"), undo_url=undo_address(request, "restore", card))
    return _back(request, view)


@page(right="cards:delete")
def restore(request: PageRequest, card: str) -> HttpResponse:
    """Bring a deleted card back, with what was posted off it."""
    if request.method != "POST":
        return done(request, card_url(request, card))
    view = restore_card(request.actor, card, now=request.now)
    toast(request, _("Card restored"))
    return _back(request, view)


@page(right="cards:write")
def replace(request: PageRequest, card: str) -> HttpResponse:
    """Give a lost card a new number, till number and link."""
    now = request.now
    if request.method != "POST":
        return _ask(request, access_card(request.actor, card, now=now), "replace", ReplaceForm())
    form = ReplaceForm(request.POST)
    if form.is_valid():
        try:
            view = replace_card(
                request.actor, card, reason=form.cleaned_data["reason"], number=form.cleaned_data["number"], now=now
            )
        except Refused as refused:
            _show(form, refused)
        else:
            toast(request, _("The card has the new number %(number)s") % {"number": view.number})
            return _back(request, view)
    return _ask(request, _read(request, card), "replace", form, status=422)


@page(right="cards:write")
def renew(request: PageRequest, card: str) -> HttpResponse:
    """Make a new public link; the old one is dead at once, so this asks first."""
    now = request.now
    if request.method != "POST":
        return _ask(request, access_card(request.actor, card, now=now), "renew_link", forms.Form())
    view = renew_link(request.actor, card, now=now)
    toast(request, _("The card has a new link; the old one no longer works"))
    return _back(request, view)


@page(right="cards:read")
def print_card(request: PageRequest, card: str) -> HttpResponse:
    """A sheet with the card, its number and its QR code, to be printed."""
    view = access_card(request.actor, card, now=request.now)
    context = {
        "card": view,
        "face": words.face_of(view, chain_name=request.chain.name, currency=request.chain.currency),
        "back": card_url(request, view),
        "chain": request.chain,
    }
    return render_page(request, "cards/print.html", context)


QUESTIONS = {"block": "cards/_block.html", "replace": "cards/_replace.html", "renew_link": "cards/_renew.html"}


def _ask(request: PageRequest, view: CardView, name: str, form: forms.Form, *, status: int = 200) -> HttpResponse:
    context = _context(request, view, name) | {"form": form, "partial": QUESTIONS[name]}
    return render_page(request, "cards/dialog.html", context, fragments={"modal": QUESTIONS[name]}, status=status)


def _ask_delete(request: PageRequest, view: CardView, *, status: int = 200) -> HttpResponse:
    left = [balance for balance in view.balances if balance.total]
    context = _context(request, view, "delete") | {
        "partial": "cards/_delete.html",
        "left": [balance_line(request, view, balance) for balance in left],
        "has_deposit": any(balance.kind == "deposit" for balance in left),
        "move_url": card_url(request, view, "move"),
        "pay_out_url": card_url(request, view, "pay_out"),
        "may_adjust": request.actor.may("balances:write"),
    }
    return render_page(request, "cards/dialog.html", context, fragments={"modal": "cards/_delete.html"}, status=status)


def _context(request: PageRequest, view: CardView, name: str) -> dict[str, Any]:
    return {
        "card": view,
        "action": card_url(request, view, name),
        "back": card_url(request, view),
        "sub": words.holder_of(view) or view.number,
    }


def _read(request: PageRequest, card: str) -> CardView:
    with unit_of_work(request.actor.chain_id):
        return access_card(request.actor, card, now=request.now)


def _show(form: forms.Form, refused: Refused) -> None:
    if isinstance(refused.refusal, NotFound | Forbidden):
        raise refused
    show_refusal(form, refused.refusal, fields={"number_taken": "number"})


def _back(request: PageRequest, view: CardView) -> HttpResponse:
    return done(request, card_url(request, view), target="panel", changed="list-changed")
