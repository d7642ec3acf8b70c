"""Sample data at one press, and away at one press (UX 8)."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from regulars.imports.actions.sample_data import add_sample, remove_sample
from regulars.imports.jobs import defer_sample
from regulars.imports.queries.sample import find_sample
from regulars.platform.pages.answer import done, render_page
from regulars.platform.sessions import PageRequest, page


@require_POST
@page(right="imports:write")
def add(request: PageRequest) -> HttpResponse:
    """Begin to bring the examples in."""
    add_sample(request.actor, word=_("Sample"), defer=defer_sample, now=request.now)
    return done(request, "/")


@require_POST
@page(right="imports:write")
def remove(request: PageRequest) -> HttpResponse:
    """Begin to take them away."""
    remove_sample(request.actor, defer=defer_sample, now=request.now)
    return done(request, "/")


@require_safe
@page(right="imports:read")
def show(request: PageRequest) -> HttpResponse:
    """How far it is: the notice of the overview, asked for again and again until it is done."""
    if not request.htmx:
        return redirect("/")
    sample = find_sample(request.actor)
    is_over = sample is None or sample.state not in ("adding", "removing")
    answer = render_page(request, "imports/_sample.html", {"sample": sample})
    if is_over:
        # The figures around the notice are other ones now.
        answer["HX-Refresh"] = "true"
    return answer
