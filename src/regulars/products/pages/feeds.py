"""Product feeds: the list, one feed with its last result, its settings, read now."""

from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.settings_tabs import settings_tabs
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page
from regulars.products.actions.feeds import change_feed, create_feed, remove_feed, run_feed_now
from regulars.products.api.feeds import problem_text
from regulars.products.jobs import defer_feed
from regulars.products.pages import words
from regulars.products.pages.forms import FIELD_LABELS, FeedForm, initial_of_feed
from regulars.products.queries.feeds import FeedRunView, FeedView, access_feed, list_feeds, list_runs

RUNS_SHOWN: Final = 10


@require_safe
@page(right="promotions:read")
def show_feeds(request: PageRequest) -> HttpResponse:
    """The feeds of the business with how their last reading went."""
    context = {
        "feeds": [_line(one) for one in list_feeds(request.actor)],
        "tabs": settings_tabs(request, "products:list"),
        "may_write": request.actor.may("promotions:write"),
        "now": request.now,
    }
    return render_page(request, "products/feeds.html", context)


@require_safe
@page(right="promotions:read")
def show_feed(request: PageRequest, feed: str) -> HttpResponse:
    """One feed: what it brings, what became of its last reading, and the ones before."""
    return render_page(request, "products/feed.html", _context(request, feed))


@require_safe
@page(right="promotions:read")
def show_result(request: PageRequest, feed: str) -> HttpResponse:
    """The part of a feed's page that changes while it is read."""
    return render_page(request, "products/_result.html", _context(request, feed))


def _context(request: PageRequest, identifier: str) -> dict[str, Any]:
    feed = access_feed(request.actor, identifier)
    runs = list_runs(request.actor, feed.id, limit=RUNS_SHOWN)
    return {
        **_line(feed),
        "runs": [_run(one) for one in runs[1:]],
        "last": _run(runs[0]) if runs else None,
        "mapping": [(FIELD_LABELS[name], source) for name, source in feed.mapping.items()],
        "tabs": settings_tabs(request, "products:list"),
        "may_write": request.actor.may("promotions:write"),
        "now": request.now,
    }


def _line(feed: FeedView) -> dict[str, Any]:
    public = encode("pfd", feed.id)
    addresses = {
        name: reverse(f"products:{route}", args=[public])
        for name, route in (
            ("url", "feed"),
            ("edit_url", "edit_feed"),
            ("run_url", "run_feed"),
            ("remove_url", "remove_feed"),
            ("result_url", "feed_result"),
        )
    }
    return {
        "feed": feed,
        "kind": words.FEED_KINDS[feed.kind],
        "schedule": words.SCHEDULES[feed.schedule],
        "last": _run(feed.last_run) if feed.last_run else None,
        **addresses,
    }


def _run(run: FeedRunView) -> dict[str, Any]:
    state, tone = words.STATES[run.state]
    return {
        "run": run,
        "state": state,
        "tone": tone,
        "problem": problem_text(run),
        "errors": [
            {**error, "field": FIELD_LABELS.get(error["field"], error["field"]), "detail": _(error["detail"])}
            for error in run.errors
        ],
        "is_cut": run.failed > len(run.errors),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="promotions:write")
def add_feed(request: PageRequest) -> HttpResponse:
    """A new feed, which is read at once."""
    form = FeedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = request.now
        try:
            made = create_feed(request.actor, form.draft(), zone=request.chain.zone, now=now)
            public = encode("pfd", made.id)
            run_feed_now(request.actor, public, defer=defer_feed, now=now)
        except Refused as refused:
            show_refusal(form, refused.refusal)
        else:
            return done(request, reverse("products:feed", args=[public]))
    return _render_form(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="promotions:write")
def edit_feed(request: PageRequest, feed: str) -> HttpResponse:
    """The settings of a feed."""
    found = _read(request, feed)
    form = FeedForm(request.POST or None, initial=initial_of_feed(found))
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"]
        try:
            change_feed(request.actor, feed, form.draft(), zone=request.chain.zone, version=version, now=request.now)
        except Refused as refused:
            if refused.refusal.status in (403, 404):
                raise
            show_refusal(form, refused.refusal)
        else:
            toast(request, _("Saved"))
            return done(request, reverse("products:feed", args=[feed]))
    return _render_form(request, form, found)


def _read(request: PageRequest, identifier: str) -> FeedView:
    if request.method != "POST":
        return access_feed(request.actor, identifier)
    with unit_of_work(request.actor.chain_id):
        return access_feed(request.actor, identifier)


def _render_form(request: PageRequest, form: FeedForm, feed: FeedView | None) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "tabs": settings_tabs(request, "products:list"), "feed": feed}
    if feed is not None:
        context |= _line(feed)
    return render_page(request, "products/feed_form.html", context, status=422 if form.errors else 200)


@require_POST
@page(right="promotions:write")
def run_now(request: PageRequest, feed: str) -> HttpResponse:
    """Read a feed now."""
    try:
        run_feed_now(request.actor, feed, defer=defer_feed, now=request.now)
    except Refused as refused:
        if refused.refusal.status in (403, 404):
            raise
        toast(request, sentence(refused.refusal), tone="bad")
    return done(request, reverse("products:feed", args=[feed]))


@require_POST
@page(right="promotions:write")
def remove(request: PageRequest, feed: str) -> HttpResponse:
    """Remove a feed; its products stay."""
    try:
        remove_feed(request.actor, feed, now=request.now)
    except Refused as refused:
        if refused.refusal.status in (403, 404):
            raise
        toast(request, sentence(refused.refusal), tone="bad")
        return done(request, reverse("products:feed", args=[feed]))
    toast(request, _("The feed is removed; its products stay"))
    return done(request, reverse("products:feeds"))
