"""Types of gift cards: the list and the editor."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from regulars.chains.queries import list_locations
from regulars.giftcards.actions.types import archive_type, change_type, create_type, restore_type
from regulars.giftcards.pages import words
from regulars.giftcards.pages.forms import FIELDS, TypeForm, initial_of
from regulars.giftcards.queries.types import TypeView, access_type, list_types
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Refused
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.sessions import PageRequest, page


@require_safe
@page(right="rewards:read")
def show_types(request: PageRequest) -> HttpResponse:
    """The types that are sold; those put away below them."""
    context = {
        "rows": [_row(request, one) for one in list_types(request.actor)],
        "away": [_row(request, one) for one in list_types(request.actor, archived=True)],
        "may_write": request.actor.may("promotions:write"),
    }
    return render_page(request, "giftcards/types.html", context)


def _row(request: PageRequest, one: TypeView) -> dict[str, Any]:
    public = encode("gct", one.id)
    return {
        "type": one,
        "url": reverse("giftcards:type", args=[public]),
        "restore_url": reverse("giftcards:restore_type", args=[public]),
        "value": words.value_words(one, request.chain.currency),
        "validity": words.validity_words(one.terms.validity),
        "pays": words.limit_words(one.terms.limits),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="promotions:write")
def add_type(request: PageRequest) -> HttpResponse:
    """A new type."""
    places = _places(request)
    form = TypeForm(request.POST or None, places=places)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_type(request.actor, form.draft(), location_ids=_chosen(form), now=request.now)
        except Refused as refused:
            show_refusal(form, refused.refusal, fields=FIELDS)
        else:
            toast(request, _("%(name)s can be sold now") % {"name": made.name})
            return done(request, reverse("giftcards:types"))
    return _render(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="rewards:read")
def edit_type(request: PageRequest, gift_card_type: str) -> HttpResponse:
    """One type."""
    found = _read(request, gift_card_type)
    chosen = [encode("loc", one) for one in found.location_ids or ()]
    initial = initial_of(found, decimals=request.chain.currency_decimals, places=chosen)
    form = TypeForm(request.POST or None, initial=initial, places=_places(request))
    if request.method == "POST" and form.is_valid():
        places = _chosen(form) if "places" in form.fields else found.location_ids
        try:
            change_type(
                request.actor,
                gift_card_type,
                form.draft(),
                location_ids=places,
                version=form.cleaned_data["version"],
                now=request.now,
            )
        except Refused as refused:
            if refused.refusal.status in (403, 404):
                raise
            show_refusal(form, refused.refusal, fields=FIELDS)
        else:
            toast(request, _("Saved"))
            return done(request, reverse("giftcards:types"))
    return _render(request, form, found)


@require_POST
@page(right="promotions:write")
def archive(request: PageRequest, gift_card_type: str) -> HttpResponse:
    """Sell no more of a type, with Undo."""
    gone = archive_type(request.actor, gift_card_type, now=request.now)
    undo = reverse("giftcards:restore_type", args=[encode("gct", gone.id)])
    toast(
        request,
        _("%(name)s is not sold any more; gift cards that were sold stay good") % {"name": gone.name},
        undo_url=undo,
    )
    return done(request, reverse("giftcards:types"))


@require_POST
@page(right="promotions:write")
def restore(request: PageRequest, gift_card_type: str) -> HttpResponse:
    """Sell a type again."""
    back = restore_type(request.actor, gift_card_type, now=request.now)
    toast(request, _("%(name)s is back") % {"name": back.name})
    return done(request, reverse("giftcards:types"))


def _render(request: PageRequest, form: TypeForm, found: TypeView | None) -> HttpResponse:
    public = encode("gct", found.id) if found else ""
    context = {
        "form": form,
        "type": found,
        "row": _row(request, found) if found else None,
        "currency": request.chain.currency,
        "may_write": request.actor.may("promotions:write"),
        "archive_url": reverse("giftcards:archive_type", args=[public]) if found else "",
        "restore_url": reverse("giftcards:restore_type", args=[public]) if found else "",
    }
    return render_page(request, "giftcards/type.html", context, status=422 if form.errors else 200)


def _read(request: PageRequest, identifier: str) -> TypeView:
    if request.method != "POST":
        return access_type(request.actor, identifier)
    with unit_of_work(request.actor.chain_id):
        return access_type(request.actor, identifier)


def _places(request: PageRequest) -> list[tuple[str, str]]:
    if request.method != "POST":
        found = list_locations(request.actor)
    else:
        with unit_of_work(request.actor.chain_id):
            found = list_locations(request.actor)
    return [(encode("loc", one.id), one.name) for one in found]


def _chosen(form: TypeForm) -> tuple[UUID, ...]:
    named = form.cleaned_data.get("places") or ()
    return tuple(found for one in named if (found := decode("loc", one)) is not None)
