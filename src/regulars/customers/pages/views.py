"""Saved views of lists: save, rename, take over what the list shows, delete (CUS-2)."""

from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from regulars.customers.actions import delete_view, rename_view, save_view
from regulars.customers.queries import SavedViewLine, access_view
from regulars.kernel.refusal import Invalid, NotFound, Refusal, Refused
from regulars.platform.database import unit_of_work
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages.answer import UNPROCESSABLE, done, render_page, toast
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page

UNDO_LENGTH_MAX: Final = 900
LISTS: Final = {"customers": "customers:list", "cards": "cards:list", "orders": "orders:list"}


class ViewForm(CleanTextForm):
    """The name of a view."""

    name = forms.CharField(label=gettext_lazy("Name of the view"), max_length=120)


@page()
def new_view(request: PageRequest, list_name: str) -> HttpResponse:
    """Save what a list shows (its query string in `query`) under a name."""
    if list_name not in LISTS:
        raise Refused(NotFound())
    query = (request.POST if request.method == "POST" else request.GET).get("query", "")[:2_000]
    form = ViewForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            line = save_view(
                request.actor, list_name=list_name, name=form.cleaned_data["name"], query=query, now=request.now
            )
        except Refused as refused:
            form.add_error("name", _why(refused.refusal))
        else:
            toast(
                request,
                _("View “%(name)s” is saved") % {"name": line.name},
                undo_url=reverse("customers:delete_view", args=[line.public_id]),
            )
            return done(request, view_url(line))
    context = {"form": form, "query": query, "list_name": list_name, "back": _list_url(list_name, query)}
    return _show(request, context)


@page()
def change_view(request: PageRequest, view: str) -> HttpResponse:
    """Rename a view."""
    line = _access(request, view)
    form = ViewForm(request.POST if request.method == "POST" else None, initial={"name": line.name})
    if request.method == "POST" and form.is_valid():
        try:
            changed = rename_view(request.actor, view, name=form.cleaned_data["name"], now=request.now)
        except Refused as refused:
            form.add_error("name", _why(refused.refusal))
        else:
            toast(request, _("View “%(name)s” is saved") % {"name": changed.name})
            return done(request, view_url(changed))
    return _show(request, {"form": form, "line": line, "back": view_url(line)})


@require_POST
@page()
def update_view(request: PageRequest, view: str) -> HttpResponse:
    """Let a view show what the list shows now."""
    line = _access(request, view)
    query = request.POST.get("query", "")[:2_000]
    changed = rename_view(request.actor, view, name=line.name, query=query, now=request.now)
    toast(request, _("View “%(name)s” is saved") % {"name": changed.name})
    return done(request, view_url(changed))


@require_POST
@page()
def remove_view(request: PageRequest, view: str) -> HttpResponse:
    """Delete a view; Undo saves it again."""
    line = delete_view(request.actor, view, now=request.now)
    undo = urlencode({"name": line.name, "query": line.query})
    # The toast travels in a cookie, which holds about four thousand characters in all.
    undo_url = (
        f"{reverse('customers:restore_view', args=[line.list_name])}?{undo}" if len(undo) < UNDO_LENGTH_MAX else ""
    )
    toast(request, _("View “%(name)s” is deleted") % {"name": line.name}, undo_url=undo_url)
    return done(request, reverse(LISTS[line.list_name]))


@require_POST
@page()
def restore_view(request: PageRequest, list_name: str) -> HttpResponse:
    """Save a view again that was just deleted."""
    if list_name not in LISTS:
        raise Refused(NotFound())
    name, query = request.GET.get("name", ""), request.GET.get("query", "")
    line = save_view(request.actor, list_name=list_name, name=name, query=query, now=request.now)
    toast(request, _("View “%(name)s” is back") % {"name": line.name})
    return done(request, view_url(line))


def view_url(line: SavedViewLine) -> str:
    """The list as a view shows it."""
    return _list_url(line.list_name, f"{line.query}{'&' if line.query else ''}view={line.public_id}")


def _list_url(list_name: str, query: str) -> str:
    return f"{reverse(LISTS[list_name])}{'?' + query if query else ''}"


def _access(request: PageRequest, view: str) -> SavedViewLine:
    if request.method != "POST":
        return access_view(request.actor, view)
    with unit_of_work(request.actor.chain_id):
        return access_view(request.actor, view)


def _why(refusal: Refusal) -> str:
    if isinstance(refusal, Invalid) and refusal.errors:
        return " ".join(_(problem.detail) for problem in refusal.errors)
    return sentence(refusal)


def _show(request: PageRequest, context: dict[str, Any]) -> HttpResponse:
    return render_page(
        request,
        "customers/dialog.html",
        {"partial": "customers/_view.html", "action": request.get_full_path(), **context},
        fragments={"modal": "customers/_view.html"},
        status=UNPROCESSABLE if request.method == "POST" else 200,
    )
