"""Changing balances by hand: adjust, move, take back (CRD-6, CRD-9)."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from regulars.cards.actions.balances import (
    AdjustCommand,
    Posted,
    TransferCommand,
    adjust_balance,
    reverse_transaction,
    transfer_balance,
)
from regulars.cards.pages import words
from regulars.cards.pages.addresses import card_url
from regulars.cards.pages.browse import undo_address
from regulars.cards.pages.forms import AdjustForm, MoveForm
from regulars.cards.queries.cards import BalanceView, CardView, access_card, list_cards_by_ids
from regulars.cards.queries.listing import CardFilter, list_cards
from regulars.cards.queries.search import cards_in_hand
from regulars.kernel.amount import AmountProblem, parse_amount
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Forbidden, NotFound, Refused
from regulars.platform.claims import Answered
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.typed import typed_amount
from regulars.platform.sessions import PageRequest, page

AMOUNT_REFUSALS = {
    "insufficient_balance": "amount",
    "balance_too_large": "amount",
    "zero_amount": "amount",
    "above_limit": "amount",
    "card_not_assigned": "amount",
}


@page(right="balances:write")
def adjust(request: PageRequest, card: str) -> HttpResponse:
    """The dialog that changes a balance; while typing it shows what the balance would become."""
    now = request.now
    if request.method != "POST":
        view = access_card(request.actor, card, now=now)
        form = AdjustForm(balances=balance_choices(request, view), initial=_initial(request))
        return _render(request, view, form, effect=effect_of(request, view, request.GET))
    with unit_of_work(request.actor.chain_id):
        view = access_card(request.actor, card, now=now)
    form = AdjustForm(request.POST, balances=balance_choices(request, view))
    if form.is_valid():
        command = AdjustCommand(
            card=card,
            balance_type=form.cleaned_data["balance"],
            amount=typed_amount(form.cleaned_data["amount"]),
            reason=form.cleaned_data["reason"],
            location_id=request.location.id if request.location else None,
        )
        try:
            posted = adjust_balance(
                request.actor, command, now=now, claim=form.claim(request.actor, "adjust"), present=_present
            )
        except Answered:
            return done(request, card_url(request, view), target="panel", changed="list-changed")
        except Refused as refused:
            _show(form, refused)
        else:
            _tell_adjusted(request, view, posted)
            return done(request, card_url(request, view), target="panel", changed="list-changed")
    return _render(request, view, form, effect=effect_of(request, view, request.POST), status=422)


@page(right="balances:write")
def move(request: PageRequest, card: str) -> HttpResponse:
    """The dialog that moves part of a balance to another card."""
    now = request.now
    if request.method != "POST":
        view = access_card(request.actor, card, now=now)
        form = MoveForm(balances=balance_choices(request, view))
        return _render_move(request, view, form, others=_other_cards(request, view, now=now))
    with unit_of_work(request.actor.chain_id):
        view = access_card(request.actor, card, now=now)
        others = _other_cards(request, view, now=now)
        target = _find_target(request, request.POST.get("to", ""), now=now)
    form = MoveForm(request.POST, balances=balance_choices(request, view))
    if form.is_valid() and target is None:
        form.add_error("to", _("No card has this number."))
    elif form.is_valid():
        assert target is not None
        command = TransferCommand(
            card=card,
            to=words.card_id(target),
            balance_type=form.cleaned_data["balance"],
            amount=typed_amount(form.cleaned_data["amount"]),
            reason=form.cleaned_data["reason"],
            location_id=request.location.id if request.location else None,
        )
        try:
            posted = transfer_balance(
                request.actor, command, now=now, claim=form.claim(request.actor, "move"), present=_present
            )
        except Answered:
            return done(request, card_url(request, view), target="panel", changed="list-changed")
        except Refused as refused:
            _show(form, refused)
        else:
            _tell_moved(request, view, target, posted)
            return done(request, card_url(request, view), target="panel", changed="list-changed")
    return _render_move(request, view, form, others=others, status=422)


@require_POST
@page(right="balances:write")
def reverse_line(request: PageRequest, card: str, transaction: str) -> HttpResponse:
    """Take back one line of the history; nothing is edited, a line that names it is added."""
    now = request.now
    with unit_of_work(request.actor.chain_id):
        view = access_card(request.actor, card, now=now)
    posted = reverse_transaction(request.actor, transaction, reason=_("Taken back"), now=now)
    balance = next((one for one in view.balances if one.external_id == posted.balance_type), None)
    after = words.balance_text(balance, posted.balance_after, request.chain.currency) if balance else ""
    if balance and posted.card_id == view.id:
        toast(request, _("Taken back. %(name)s: %(after)s") % {"name": balance.name, "after": after})
    else:
        toast(request, _("Taken back."))
    return done(request, card_url(request, view), target="panel", changed="list-changed")


def balance_choices(request: PageRequest, card: CardView) -> list[tuple[str, str]]:
    """The balances of a card as choices, each with what is on it; the one that lists show comes first."""
    shown = card.shown
    ordered = sorted(card.balances, key=lambda balance: balance is not shown)
    return [
        (
            encode("bal", balance.balance_type_id),
            f"{balance.name}: {words.balance_text(balance, balance.total, request.chain.currency)}",
        )
        for balance in ordered
    ]


def effect_of(request: PageRequest, card: CardView, typed: Any) -> dict[str, str]:
    """What a typed change would do, in words: before, change and after, or why it cannot be."""
    chosen = typed.get("balance", "")
    balance = next((one for one in card.balances if encode("bal", one.balance_type_id) == chosen), card.shown)
    if balance is None:
        return {}
    currency = request.chain.currency
    effect = {"name": balance.name, "before": words.balance_text(balance, balance.total, currency)}
    text = typed_amount(typed.get("amount", "")[:40])
    if not text.strip("+-"):
        return effect
    try:
        units = parse_amount(text, balance.decimals)
    except AmountProblem as problem:
        if problem.code == "too_many_decimals":
            effect["problem"] = _("This balance has fewer decimals.")
        return effect
    if -units > balance.available:
        available = words.balance_text(balance, balance.available, currency)
        return effect | {"problem": _("Only %(available)s can be taken.") % {"available": available}}
    return effect | {"after": words.balance_text(balance, balance.total + units, currency)}


def _present(posted: Posted) -> tuple[int, str]:
    return 303, encode("txn", posted.transaction_id)


def _initial(request: PageRequest) -> dict[str, str]:
    return {name: request.GET[name][:40] for name in ("balance", "amount") if request.GET.get(name)}


def _show(form: AdjustForm, refused: Refused) -> None:
    if isinstance(refused.refusal, NotFound | Forbidden):
        raise refused
    show_refusal(form, refused.refusal, fields=AMOUNT_REFUSALS | {"same_card": "to", "different_balance": "to"})


def _render(
    request: PageRequest, view: CardView, form: AdjustForm, *, effect: dict[str, str], status: int = 200
) -> HttpResponse:
    context = {
        "card": view,
        "form": form,
        "effect": effect,
        "action": card_url(request, view, "adjust"),
        "back": card_url(request, view),
        "sub": words.holder_of(view) or view.number,
        "has_one": len(view.balances) == 1,
    }
    fragments = {"modal": "cards/_adjust.html", "effect": "cards/_effect.html"}
    return render_page(request, "cards/adjust.html", context, fragments=fragments, status=status)


def _render_move(
    request: PageRequest, view: CardView, form: MoveForm, *, others: list[CardView], status: int = 200
) -> HttpResponse:
    context = {
        "card": view,
        "form": form,
        "others": others,
        "action": card_url(request, view, "move"),
        "back": card_url(request, view),
        "sub": words.holder_of(view) or view.number,
        "has_one": len(view.balances) == 1,
    }
    return render_page(request, "cards/move.html", context, fragments={"modal": "cards/_move.html"}, status=status)


def _other_cards(request: PageRequest, view: CardView, *, now: datetime) -> list[CardView]:
    if view.customer_id is None:
        return []
    wanted = CardFilter(customer_id=view.customer_id)
    found = list_cards(request.actor, wanted, country=request.chain.country, now=now, limit=20)
    return [other for other in found.cards if other.id != view.id]


def _find_target(request: PageRequest, text: str, *, now: datetime) -> CardView | None:
    ids = cards_in_hand(request.actor.chain_id, text, country=request.chain.country) if text.strip() else []
    found = list_cards_by_ids(request.actor.chain_id, ids, now=now)
    live = [found[card_id] for card_id in ids if card_id in found and found[card_id].status in ("active", "blocked")]
    return live[0] if len(live) == 1 or (live and live[0].number == text.strip()) else None


def _tell_adjusted(request: PageRequest, view: CardView, posted: Posted) -> None:
    balance = next(one for one in view.balances if one.external_id == posted.balance_type)
    currency = request.chain.currency
    before = words.balance_text(balance, posted.balance_after - posted.amount, currency)
    text = _("%(name)s: %(before)s → %(after)s") % {
        "name": balance.name,
        "before": before,
        "after": words.balance_text(balance, posted.balance_after, currency),
    }
    undo = undo_address(request, "reverse", words.card_id(view), encode("txn", posted.transaction_id))
    toast(request, text, undo_url=undo)


def _tell_moved(request: PageRequest, view: CardView, target: CardView, posted: Posted) -> None:
    balance: BalanceView = next(one for one in view.balances if one.external_id == posted.balance_type)
    amount = words.balance_text(balance, abs(posted.amount), request.chain.currency)
    undo = undo_address(request, "reverse", words.card_id(view), encode("txn", posted.transaction_id))
    toast(
        request,
        _("%(amount)s %(name)s moved to card %(number)s")
        % {"amount": amount, "name": balance.name, "number": target.number},
        undo_url=undo,
    )
