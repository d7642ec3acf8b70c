"""The types of membership: list, editor, put away and taken back."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from regulars.chains.queries import list_locations
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.memberships.actions.types import Expected, archive_type, change_type, create_type, restore_type
from regulars.memberships.pages import words
from regulars.memberships.pages.forms import TypeForm, initial_of
from regulars.memberships.pages.money import read_money
from regulars.memberships.queries.types import TypeView, access_type, list_types
from regulars.memberships.rules.terms import TypeDraft
from regulars.platform.database import unit_of_work
from regulars.platform.pages import figures
from regulars.platform.pages.answer import UNPROCESSABLE, done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.sessions import PageRequest, page

FIELDS = {"external_id_taken": "external_id"}


@require_safe
@page(right="rewards:read")
def show_types(request: PageRequest) -> HttpResponse:
    """What is sold, and what was put away."""
    context = {
        "rows": [_row(request, one) for one in list_types(request.actor, archived=True)],
        "may_write": request.actor.may("promotions:write"),
    }
    return render_page(request, "memberships/types.html", context)


def _row(request: PageRequest, one: TypeView) -> dict[str, Any]:
    return {
        "type": one,
        "url": reverse("memberships:type", args=[encode("mbt", one.id)]),
        "text": words.terms_text(one.terms),
        "freezing": words.freeze_text(one.terms),
        "price": "" if one.price is None else figures.money(one.price, request.chain.currency),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="promotions:write")
def add_type(request: PageRequest) -> HttpResponse:
    """A new type."""
    places = _places(request)
    form = TypeForm(request.POST or None, places=[(key, name) for key, (_id, name) in places.items()])
    if request.method == "POST" and form.is_valid():
        try:
            made = create_type(request.actor, _draft(request, form, places), now=request.now)
        except Refused as refused:
            show_refusal(form, refused.refusal, fields=FIELDS)
        else:
            toast(request, _("%(name)s can be sold now") % {"name": made.name})
            return done(request, reverse("memberships:types"))
    return _render(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="rewards:read")
def edit_type(request: PageRequest, type_id: str) -> HttpResponse:
    """One type."""
    places = _places(request)
    if request.method == "POST":
        with unit_of_work(request.actor.chain_id):
            found = access_type(request.actor, type_id)
    else:
        found = access_type(request.actor, type_id)
    decimals = request.chain.currency_decimals
    choices = [(key, name) for key, (_id, name) in places.items()]
    form = TypeForm(request.POST or None, places=choices, initial=initial_of(found, decimals))
    if request.method == "POST" and form.is_valid():
        try:
            expected = Expected(form.cleaned_data["version"])
            change_type(request.actor, type_id, _draft(request, form, places), expected=expected, now=request.now)
        except Refused as refused:
            if refused.refusal.status in (403, 404):
                raise
            show_refusal(form, refused.refusal, fields=FIELDS)
        else:
            toast(request, _("Saved"))
            return done(request, reverse("memberships:types"))
    return _render(request, form, found)


@require_POST
@page(right="promotions:write")
def archive(request: PageRequest, type_id: str) -> HttpResponse:
    """Put a type away, with Undo."""
    gone = archive_type(request.actor, type_id, now=request.now)
    undo = reverse("memberships:restore_type", args=[encode("mbt", gone.id)])
    toast(request, _("%(name)s is put away; what was sold of it goes on") % {"name": gone.name}, undo_url=undo)
    return done(request, reverse("memberships:types"))


@require_POST
@page(right="promotions:write")
def restore(request: PageRequest, type_id: str) -> HttpResponse:
    """Take a type back."""
    back = restore_type(request.actor, type_id, now=request.now)
    toast(request, _("%(name)s is back") % {"name": back.name})
    return done(request, reverse("memberships:types"))


def _draft(request: PageRequest, form: TypeForm, places: dict[str, tuple[Any, str]]) -> TypeDraft:
    typed = form.cleaned_data
    return TypeDraft(
        name=typed["name"],
        external_id=typed["external_id"] or None,
        price=read_money(typed["price"], "/price", request.chain.currency_decimals),
        terms=form.terms({key: place_id for key, (place_id, _name) in places.items()}),
    )


def _places(request: PageRequest) -> dict[str, tuple[Any, str]]:
    def read() -> dict[str, tuple[Any, str]]:
        return {encode("loc", one.id): (one.id, one.name) for one in list_locations(request.actor)}

    if request.method != "POST":
        return read()
    with unit_of_work(request.actor.chain_id):
        return read()


def _render(request: PageRequest, form: TypeForm, found: TypeView | None) -> HttpResponse:
    public = encode("mbt", found.id) if found else ""
    context = {
        "form": form,
        "type": found,
        "currency": request.chain.currency,
        "may_write": request.actor.may("promotions:write"),
        "archive_url": reverse("memberships:archive_type", args=[public]) if found else "",
        "restore_url": reverse("memberships:restore_type", args=[public]) if found else "",
        "text": words.terms_text(found.terms) if found else "",
        "freezing": words.freeze_text(found.terms) if found else "",
    }
    status = UNPROCESSABLE if form.errors else 200
    return render_page(request, "memberships/type.html", context, status=status)
