"""The fields that a chain adds to its customers (CUS-1), as a page of the settings."""

from contextlib import nullcontext
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from regulars.customers.actions import (
    add_custom_field,
    archive_custom_field,
    change_custom_field,
    restore_custom_field,
)
from regulars.customers.pages import words
from regulars.customers.pages.forms import FieldForm
from regulars.customers.queries import CustomFieldView, list_field_views
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import UNPROCESSABLE, done, render_page, toast
from regulars.platform.sessions import PageRequest, page


@page(right="customers:read")
def show_fields(request: PageRequest) -> HttpResponse:
    """The chain's own fields, with those that were archived below."""
    found = [
        {"field": one, "id": encode("fld", one.id), "kind": words.KINDS.get(one.kind, one.kind)}
        for one in list_field_views(request.actor.chain_id)
    ]
    context = {
        "fields": [one for one in found if one["field"].archived_at is None],  # type: ignore[union-attr]
        "archived": [one for one in found if one["field"].archived_at is not None],  # type: ignore[union-attr]
        "may_set": request.actor.may("settings:write"),
    }
    return render_page(request, "customers/fields.html", context)


@page(right="settings:write")
def new_field(request: PageRequest) -> HttpResponse:
    """Add a field."""
    form = FieldForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            add_custom_field(
                request.actor,
                name=data["name"],
                kind=data["kind"],
                choices=data["choices"].splitlines(),
                now=request.now,
            )
        except Refused as refused:
            form.show_refusal(refused.refusal)
        else:
            toast(request, _("Field “%(name)s” is added") % {"name": data["name"]})
            return done(request, reverse("customers:fields"))
    return _show(request, form, None)


@page(right="settings:write")
def change_field(request: PageRequest, field: str) -> HttpResponse:
    """Change a field's name or choices."""
    one = _access(request, field)
    initial = {"name": one.name, "choices": "\n".join(one.choices)}
    form = FieldForm(request.POST if request.method == "POST" else None, fixed_kind=one.kind, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            change_custom_field(
                request.actor,
                one.id,
                name=data["name"],
                choices=data.get("choices", "").splitlines(),
                now=request.now,
            )
        except Refused as refused:
            form.show_refusal(refused.refusal)
        else:
            toast(request, _("Field “%(name)s” is saved") % {"name": data["name"]})
            return done(request, reverse("customers:fields"))
    return _show(request, form, one)


@require_POST
@page(right="settings:write")
def archive_field(request: PageRequest, field: str) -> HttpResponse:
    """Take a field off the forms; Undo puts it back."""
    one = _access(request, field)
    archive_custom_field(request.actor, one.id, now=request.now)
    undo_url = reverse("customers:restore_field", args=[field])
    toast(request, _("Field “%(name)s” is archived; its values are kept") % {"name": one.name}, undo_url=undo_url)
    return done(request, reverse("customers:fields"))


@require_POST
@page(right="settings:write")
def restore_field(request: PageRequest, field: str) -> HttpResponse:
    """Put an archived field back on the forms."""
    one = _access(request, field)
    restore_custom_field(request.actor, one.id, now=request.now)
    toast(request, _("Field “%(name)s” is back") % {"name": one.name})
    return done(request, reverse("customers:fields"))


def _access(request: PageRequest, field: str) -> CustomFieldView:
    field_id: UUID | None = decode("fld", field)
    with unit_of_work(request.actor.chain_id) if request.method == "POST" else nullcontext():
        found = next((one for one in list_field_views(request.actor.chain_id) if one.id == field_id), None)
    if found is None:
        raise Refused(NotFound())
    return found


def _show(request: PageRequest, form: FieldForm, one: CustomFieldView | None) -> HttpResponse:
    return render_page(
        request,
        "customers/dialog.html",
        {
            "form": form,
            "field_view": one,
            "partial": "customers/_field.html",
            "action": request.get_full_path(),
            "back": reverse("customers:fields"),
        },
        fragments={"modal": "customers/_field.html"},
        status=UNPROCESSABLE if request.method == "POST" else 200,
    )
