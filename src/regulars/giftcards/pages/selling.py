"""Selling a gift card, and the slip that is printed for it: both show its code, and the journal keeps who looked."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from regulars.cards.queries.cards import find_card
from regulars.cards.queries.search import cards_in_hand
from regulars.customers.queries import CustomerFilter, find_customer, list_customers
from regulars.giftcards.actions.sell import SaleCommand, reveal_code, sell_gift_card
from regulars.giftcards.pages import words
from regulars.giftcards.pages.forms import SaleForm
from regulars.giftcards.queries.giftcards import GiftCardView, access_gift_card
from regulars.giftcards.queries.types import TypeView, list_types
from regulars.kernel.codes import code_key
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Forbidden, NotFound, Refused
from regulars.platform.claims import store_answer
from regulars.platform.database import edge_unit_of_work, row, unit_of_work
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.typed import typed_amount
from regulars.platform.sessions import PageRequest, page

FIELDS = {
    "value_not_sold": "value",
    "gift_card_needs_customer": "customer",
    "gift_card_has_no_code": "code",
    "code_taken": "code",
    "code_too_short": "code",
    "gift_card_type_archived": "type",
    "gift_card_type_over": "type",
}


@page(right="rewards:write")
def sell(request: PageRequest) -> HttpResponse:
    """The dialog that sells a gift card; afterwards its page, with the slip to print."""
    if request.method != "POST":
        types = list_types(request.actor)
        return _render(request, SaleForm(types=_choices(request, types), initial=_initial(request, types)), types)
    with unit_of_work(request.actor.chain_id):
        types = list_types(request.actor)
    form = SaleForm(request.POST, types=_choices(request, types))
    if form.is_valid():
        try:
            sold = _sell_once(request, form)
        except Refused as refused:
            if isinstance(refused.refusal, NotFound | Forbidden):
                raise
            show_refusal(form, refused.refusal, fields=FIELDS)
        else:
            toast(request, _("The gift card is sold. Print its slip, or copy its code"))
            return done(request, reverse("giftcards:show", args=[encode("gcd", sold)]))
    return _render(request, form, types, status=422)


def _sell_once(request: PageRequest, form: SaleForm) -> Any:
    """Sell it, or find what the same form sold before; its id."""
    actor, typed = request.actor, form.cleaned_data
    claim = form.claim(actor, "sell-gift-card")
    with edge_unit_of_work(actor.chain_id):
        if claim is not None:
            before = row(
                "SELECT answer FROM idempotency_keys WHERE holder_id = %s AND route = %s AND key = %s",
                [claim.holder_id, claim.route, claim.key],
            )
            if before is not None:
                return access_gift_card(actor, before[0], now=request.now).id
        sold = sell_gift_card(
            actor,
            SaleCommand(
                type=typed["type"],
                value=typed_amount(typed["value"]),
                code=typed["code"],
                customer=_customer(request, form, typed["customer"].strip()),
                location_id=request.location.id if request.location else None,
                note=typed["note"],
            ),
            now=request.now,
        )
        if claim is not None:
            store_answer(actor.chain_id, claim.answered(status=303, answer=encode("gcd", sold.id)))
    return sold.id


def _customer(request: PageRequest, form: SaleForm, text: str) -> str:
    """The id of the customer that was typed: an id, a phone, an e-mail, or the number of a card. "" for nobody."""
    if not text:
        return ""
    actor, country = request.actor, request.chain.country
    if text.startswith("cus_"):
        found = find_customer(actor.chain_id, text)
        return encode("cus", found.id) if found else text
    cards = [
        find_card(actor.chain_id, one, now=request.now) for one in cards_in_hand(actor.chain_id, text, country=country)
    ]
    holders = {one.customer_id for one in cards if one is not None and one.customer_id is not None}
    if len(holders) == 1:
        return encode("cus", holders.pop())
    people = list_customers(actor, CustomerFilter(search=text), country=country, limit=2).customers
    return encode("cus", people[0].id) if len(people) == 1 else text


def _initial(request: PageRequest, types: list[TypeView]) -> dict[str, str]:
    initial = {"customer": request.GET.get("customer", "")[:140]}
    if len(types) >= 1 and types[0].terms.values:
        initial["value"] = ""
    return initial


def _choices(request: PageRequest, types: list[TypeView]) -> list[tuple[str, str]]:
    return [(encode("gct", one.id), f"{one.name}: {words.value_words(one, request.chain.currency)}") for one in types]


def _render(request: PageRequest, form: SaleForm, types: list[TypeView], *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "has_types": bool(types),
        "has_one": len(types) == 1,
        "currency": request.chain.currency,
        "action": reverse("giftcards:sell"),
        "back": reverse("giftcards:list"),
        "title": _("Sell a gift card"),
        "partial": "giftcards/_sell.html",
        "may_edit_types": request.actor.may("promotions:write"),
    }
    fragments = {"modal": "giftcards/_sell.html"}
    return render_page(request, "giftcards/dialog.html", context, fragments=fragments, status=status)


@require_POST
@page(right="rewards:write")
def show_slip(request: PageRequest, gift_card: str) -> HttpResponse:
    """The code of a gift card with its QR code, on a slip that can be printed; behind a press, and kept in the journal."""
    code = reveal_code(request.actor, gift_card, now=request.now)
    with unit_of_work(request.actor.chain_id):
        view = access_gift_card(request.actor, gift_card, now=request.now)
    context = slip_context(request, view, code)
    fragments = {"code": "giftcards/_code.html"}
    return render_page(request, "giftcards/slip.html", context, fragments=fragments)


def slip_context(request: PageRequest, view: GiftCardView, code: str | None) -> dict[str, Any]:
    """What a slip shows."""
    return {
        "card": view,
        "code": code,
        "letters": code_key(code) if code else "",
        "currency": request.chain.currency,
        "chain": request.chain,
        "last_day": view.last_day,
        "back": reverse("giftcards:show", args=[encode("gcd", view.id)]),
        "slip_url": reverse("giftcards:slip", args=[encode("gcd", view.id)]),
    }
