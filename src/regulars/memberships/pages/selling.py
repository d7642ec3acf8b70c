"""Selling a membership: to a customer, at one of their cards, or with a code to whoever comes."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from regulars.cards.queries.cards import CardView, access_card, list_cards_by_ids
from regulars.customers.queries import CustomerView, access_customer, list_card_ids
from regulars.customers.queries.meant import contact_of, people_meant
from regulars.kernel.ids import encode
from regulars.kernel.phone import parse_phone
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.memberships.actions.sell import SaleCommand, sell_membership
from regulars.memberships.pages import words
from regulars.memberships.pages.forms import SaleForm
from regulars.memberships.pages.money import read_money
from regulars.memberships.pages.places import place_of, places_to_ask
from regulars.memberships.queries.types import TypeView, list_types
from regulars.platform.database import unit_of_work
from regulars.platform.pages import figures
from regulars.platform.pages.acting_once import act_once
from regulars.platform.pages.answer import UNPROCESSABLE, done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page

FIELDS = {
    "code_taken": "code",
    "code_too_short": "code",
    "holder_needed": "holder",
    "card_of_somebody_else": "card",
    "card_not_in_use": "card",
}
CARDS_MAX = 20


@require_safe
@page(right="rewards:write")
def people_found(request: PageRequest) -> HttpResponse:
    """Whom the typed text can mean."""
    context = {"people": find_people(request, request.GET.get("holder", ""))}
    return render_page(request, "memberships/people.html", context, fragments={"people": "memberships/_people.html"})


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="rewards:write")
def sell(request: PageRequest) -> HttpResponse:
    """Sell a membership."""
    customer, cards, types = _known(request)
    form = SaleForm(
        request.POST or None,
        places=places_to_ask(request),
        initial={"card": request.GET.get("card", ""), "customer": encode("cus", customer.id) if customer else ""},
    )
    form.offer("type", [(encode("mbt", one.id), one.name) for one in types])
    if cards:
        form.offer("card", [("", _("No card")), *((encode("crd", one.id), _card_text(one)) for one in cards)])
    else:
        del form.fields["card"]
    if types:
        form.initial.setdefault("type", encode("mbt", types[0].id))
    if request.method == "POST" and form.is_valid():
        try:
            sold = act_once(request, form, "membership sale", lambda: _sell(request, form))
        except Refused as refused:
            if refused.refusal.status in (403, 404):
                raise
            show_refusal(form, refused.refusal, fields=FIELDS)
        else:
            if sold is not None:
                toast(request, _("%(membership)s is sold") % {"membership": sold.now.type_name})
                return done(request, reverse("memberships:show", args=[encode("mbr", sold.id)]))
            return done(request, reverse("memberships:list"))
    return _show(request, form, customer, types)


def _sell(request: PageRequest, form: SaleForm) -> Any:
    typed = form.cleaned_data
    place = place_of(request, typed.get("location", ""))
    command = SaleCommand(
        type=typed["type"],
        customer=_person(request, typed),
        card=typed.get("card") or None,
        price=read_money(typed["price"], "/price", place.decimals),
        code=typed["code"] or None,
        with_code=typed["with_code"],
        location_id=place.location_id,
    )
    return sell_membership(request.actor, command, zone=place.zone, now=request.now)


def _person(request: PageRequest, typed: dict[str, Any]) -> str | None:
    """Whom it is for: the customer of the page, the chosen one, or the only one who was meant."""
    chosen = typed["customer"] or request.POST.get("person", "")[:40]
    if chosen or not typed["holder"].strip():
        return chosen or None
    with unit_of_work(request.actor.chain_id):
        people = find_people(request, typed["holder"])
    if people["is_exact"]:
        return str(people["found"][0]["id"])
    detail = "Choose who is meant." if people["found"] else "There is no such customer. Enter them first."
    raise Refused(Invalid(errors=(FieldProblem("/holder", "unknown_customer", detail),)))


def find_people(request: PageRequest, text: str) -> dict[str, Any]:
    """What a typed text can mean: customers, or why they cannot be looked for."""
    meant = people_meant(request.actor, text, country=request.chain.country)
    found = [{"id": encode("cus", one.id), "name": one.label, "contact": contact_of(one)} for one in meant.people]
    # Half a name is no answer to the question whose it becomes.
    exact = {meant.text.lower(), parse_phone(meant.text, request.chain.country)}
    return {
        "text": meant.text,
        "found": found,
        "is_exact": len(found) == 1
        and bool(
            exact & {meant.people[0].label.lower(), (meant.people[0].email or "").lower(), *meant.people[0].phones}
        ),
        "refused": sentence(meant.refused) if meant.refused else "",
    }


def _known(request: PageRequest) -> tuple[CustomerView | None, list[CardView], list[TypeView]]:
    """The customer and their cards, as the address names them, and what is sold."""
    if request.method == "POST":
        with unit_of_work(request.actor.chain_id):
            return _read(request)
    return _read(request)


def _read(request: PageRequest) -> tuple[CustomerView | None, list[CardView], list[TypeView]]:
    actor, now = request.actor.acting_with("customers:read").acting_with("cards:read"), request.now
    types = list_types(request.actor)
    if named := request.GET.get("card", ""):
        card = access_card(actor, named, now=now)
        customer = access_customer(actor, encode("cus", card.customer_id)) if card.customer_id else None
        return customer, [card], types
    if not (reference := request.GET.get("customer", "")):
        return None, [], types
    customer = access_customer(actor, reference)
    ids = list_card_ids(actor.chain_id, [customer.id], each=CARDS_MAX).get(customer.id, [])
    found = list_cards_by_ids(actor.chain_id, ids, now=now)
    return customer, [one for one in (found[card_id] for card_id in ids) if one.status == "active"], types


def _show(request: PageRequest, form: SaleForm, customer: CustomerView | None, types: list[TypeView]) -> HttpResponse:
    currency = request.chain.currency
    context = {
        "form": form,
        "customer": customer,
        "choices": [
            {
                "id": encode("mbt", one.id),
                "name": one.name,
                "text": words.terms_text(one.terms),
                "price": "" if one.price is None else figures.money(one.price, currency),
                "is_chosen": form["type"].value() == encode("mbt", one.id),
            }
            for one in types
        ],
        "people": _people_typed(request, form),
        "people_url": reverse("memberships:people"),
        "currency": currency,
        "partial": "memberships/_sell.html",
        "title": _("Sell a membership"),
        "action": request.get_full_path(),
        "back": reverse("customers:show", args=[encode("cus", customer.id)])
        if customer
        else reverse("memberships:list"),
        "may_make_types": request.actor.may("promotions:write"),
    }
    status = UNPROCESSABLE if form.errors else 200
    return render_page(
        request, "memberships/dialog.html", context, fragments={"modal": "memberships/_sell.html"}, status=status
    )


def _people_typed(request: PageRequest, form: SaleForm) -> dict[str, Any] | None:
    """Whom the text that was sent could mean, to choose from."""
    text = form.data.get("holder", "") if form.is_bound else ""
    if not text:
        return None
    with unit_of_work(request.actor.chain_id):
        return find_people(request, text)


def _card_text(card: CardView) -> str:
    return f"{card.type_name} {card.number}"
