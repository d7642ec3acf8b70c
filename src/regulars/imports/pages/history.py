"""The history of imports, and the page of one that is being worked on."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from regulars.imports.actions import requests
from regulars.imports.actions.sample_data import is_sample_offered
from regulars.imports.models import Import
from regulars.imports.pages.words import STATES, WORKING, address_of, wizard_steps
from regulars.imports.queries.imports import access_import, list_imports
from regulars.kernel.ids import decode, encode
from regulars.platform.pages import listing
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.sessions import PageRequest, page

STEP_NUMBERS = {"reading": 1, "checking": 3, "applying": 4, "undoing": 5}


@page(right="imports:read")
def show_history(request: PageRequest) -> HttpResponse:
    """All imports of the chain, newest first: who, when, which file, what came of it."""
    after = decode("imp", request.GET.get("from", "")) if request.GET.get("from") else None
    lines, more = list_imports(request.actor, after=after, limit=50)
    shown = [
        {
            "line": line,
            "url": reverse("imports:show", args=[encode("imp", line.id)]),
            "state": STATES[line.state],
        }
        for line in lines
    ]
    context = {
        "lines": shown,
        "pager": listing.pager(request, after=encode("imp", more) if more else None, before=None, text=""),
        "may_import": request.actor.may("imports:write"),
        "may_add_sample": not lines and is_sample_offered(request.actor, request.chain),
        "now": request.now,
    }
    return render_page(request, "imports/list.html", context)


@page(right="imports:read")
def show_import(request: PageRequest, identifier: str) -> HttpResponse:
    """Go to the step at which an import stands."""
    return redirect(address_of(access_import(request.actor, identifier)))


@page(right="imports:read")
def show_work(request: PageRequest, identifier: str) -> HttpResponse:
    """How far the background is; leaving the page is safe. Goes on by itself when the step is done."""
    one = access_import(request.actor, identifier)
    if one.state not in WORKING:
        url = address_of(one)
        return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
    context = {
        "one": one,
        "identifier": identifier,
        "steps": wizard_steps(one),
        "step": STEP_NUMBERS[one.state],
        "title": working_title(one),
        "poll_seconds": 3,
        "may_cancel": request.actor.may("imports:write") and one.state != "undoing" and not one.is_cancelled,
    }
    if request.htmx:
        return render_page(request, "imports/work.html", context, fragments={"work": "imports/_work.html"})
    return render_page(request, "imports/work.html", context)


def working_title(one: Import) -> str:
    """What is being done now."""
    return {
        "reading": _("The file is being read"),
        "checking": _("Every row is being checked"),
        "applying": _("The rows are being imported"),
        "undoing": _("The import is being undone"),
    }[one.state]


@page(right="imports:write")
def cancel(request: PageRequest, identifier: str) -> HttpResponse:
    """Stop an import; what is written already stays and can be undone."""
    if request.method != "POST":
        return redirect(reverse("imports:show", args=[identifier]))
    one = requests.cancel(request.actor, identifier, now=request.now)
    if one.state == "applying":
        toast(request, _("The import stops after the rows it is writing now."))
    else:
        toast(request, _("Import cancelled. Nothing was written."))
    return done(request, address_of(one) if one.state == "applying" else reverse("imports:list"))
