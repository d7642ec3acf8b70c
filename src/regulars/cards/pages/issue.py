"""Issuing one card (CRD-1)."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.cards.actions.issue import IssueCommand, issue_card
from regulars.cards.errors import CardExists, NumberTaken
from regulars.cards.pages import words
from regulars.cards.pages.addresses import card_url, list_url
from regulars.cards.pages.browse import customer_url, undo_address
from regulars.cards.pages.forms import offer_types, show_as_required
from regulars.cards.pages.people import HolderForm, People, find_people, read_holder
from regulars.cards.queries.cards import CardView, list_cards_by_ids
from regulars.cards.queries.types import CardTypeView, list_card_types
from regulars.cards.rules.numbers import NUMBER_LENGTH_MAX
from regulars.customers.queries import CustomerView, find_customer
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Forbidden, Refused
from regulars.platform.claims import Answered
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.sessions import PageRequest, page

Collision = dict[str, str]


class IssueForm(HolderForm):
    """A card: for whom, of which type, with which number."""

    card_type = forms.ChoiceField(label=gettext_lazy("Card type"), widget=forms.RadioSelect)
    number = forms.CharField(
        label=gettext_lazy("Number"),
        help_text=gettext_lazy("Leave empty to have one made"),
        required=False,
        max_length=NUMBER_LENGTH_MAX,
    )

    def __init__(self, *args: Any, types: list[CardTypeView], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_types(self, types)


@page(right="cards:write")
def issue(request: PageRequest) -> HttpResponse:
    """The dialog that issues a card to a customer, or to a phone that nobody has yet."""
    if request.method != "POST":
        types = issuing_types(request)
        customer = _preset(request, request.GET.get("customer", ""))
        form = IssueForm(types=types, initial={"holder": request.GET.get("q", "")[:120]})
        return _render(request, form, types, customer, find_people(request, request.GET.get("q", "")))
    with unit_of_work(request.actor.chain_id):
        types = issuing_types(request)
        customer = _preset(request, request.POST.get("customer", ""))
        people = People() if customer else find_people(request, request.POST.get("holder", ""))
    form = IssueForm(request.POST, types=types)
    collision: Collision = {}
    if form.is_valid() and (holder := read_holder(request, form, people)):
        command = IssueCommand(
            card_type=form.cleaned_data["card_type"],
            phone=holder.phone,
            customer=holder.customer,
            number=form.cleaned_data["number"],
            location_id=request.location.id if request.location else None,
        )
        try:
            card = issue_card(
                request.actor,
                command,
                country=request.chain.country,
                now=request.now,
                claim=form.claim(request.actor, "issue"),
                present=_present,
            )
        except Answered as answered:
            return done(request, card_url(request, answered.stored.answer), target="panel", changed="list-changed")
        except Refused as refused:
            if isinstance(refused.refusal, Forbidden):
                raise
            show_refusal(form, refused.refusal, fields={"number_taken": "number", "phone": "holder"})
            collision = find_collision(request, refused)
        else:
            return _issued(request, card)
    return _render(request, form, types, customer, people, collision=collision, status=422)


@page(right="cards:write")
def people_found(request: PageRequest) -> HttpResponse:
    """The people that a typed text can mean, for the list below the field."""
    people = find_people(request, request.GET.get("holder", ""))
    context = {"people": people}
    return render_page(request, "cards/people.html", context, fragments={"people": "cards/_people.html"})


def issuing_types(request: PageRequest) -> list[CardTypeView]:
    """The types that issue cards now, and here where a location is chosen."""
    place = request.location.id if request.location else None
    return [
        one
        for one in list_card_types(request.actor, with_archived=False)
        if one.program.state in ("active", "paused")
        and (place is None or one.location_ids is None or place in one.location_ids)
    ]


def find_collision(request: PageRequest, refused: Refused) -> Collision:
    """Whose card stands in the way, for those who may see it; empty where nothing does."""
    refusal = refused.refusal
    if not isinstance(refusal, NumberTaken | CardExists) or not refusal.card:
        return {}
    other_id = decode("crd", refusal.card)
    assert other_id is not None
    with unit_of_work(request.actor.chain_id):
        other = list_cards_by_ids(request.actor.chain_id, [other_id], now=request.now).get(other_id)
    if other is None:
        return {}
    return {
        "url": card_url(request, other),
        "number": other.number,
        "holder": words.holder_of(other) or other.phone or "",
        "type": other.type_name,
    }


def _preset(request: PageRequest, identifier: str) -> CustomerView | None:
    return find_customer(request.actor.chain_id, identifier) if identifier.startswith("cus_") else None


def _present(card: CardView) -> tuple[int, str]:
    return 303, words.card_id(card)


def _issued(request: PageRequest, card: CardView) -> HttpResponse:
    undo = ""
    if request.actor.may("cards:delete"):
        address = undo_address(request, "delete", words.card_id(card))
        undo = f"{address}{'&' if '?' in address else '?'}write_off=1"
    toast(request, _("Card %(number)s issued") % {"number": card.number}, undo_url=undo)
    if request.GET.get("customer") and (back := customer_url(card)):
        return done(request, back)
    return done(request, card_url(request, card), target="panel", changed="list-changed")


def _render(
    request: PageRequest,
    form: IssueForm,
    types: list[CardTypeView],
    customer: CustomerView | None,
    people: People,
    *,
    collision: Collision | None = None,
    status: int = 200,
) -> HttpResponse:
    show_as_required(form, "holder")
    context = {
        "form": form,
        "types": types,
        "customer": customer,
        "customer_id": encode("cus", customer.id) if customer else "",
        "people": people,
        "collision": collision,
        "action": request.get_full_path(),
        "people_url": reverse("cards:people"),
        "back": list_url(request),
        "may_write": True,
    }
    return render_page(request, "cards/issue.html", context, fragments={"modal": "cards/_issue.html"}, status=status)
