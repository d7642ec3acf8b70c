"""Pools of codes: the list, one with its codes and how they come into it, its settings."""

from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from msgspec import structs

from regulars.codes.actions.pools import change_pool, create_pool
from regulars.codes.api.schemas import problem_text
from regulars.codes.pages import words
from regulars.codes.pages.forms import FindForm, PoolForm, initial_of
from regulars.codes.queries.codes import CodeFilter, CodeView, list_codes
from regulars.codes.queries.pools import (
    BatchView,
    PoolView,
    access_pool,
    count_codes,
    list_batches,
    list_pools,
)
from regulars.codes.rules.pools import POOL_STATES, PoolDraft
from regulars.kernel.refusal import Refused
from regulars.platform.api.listing import read_id_cursor, write_cursor
from regulars.platform.database import unit_of_work
from regulars.platform.errors import InvalidCursor
from regulars.platform.pages import figures, listing
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page

PAGE_SIZE: Final = 50
BATCHES_SHOWN: Final = 10


@require_safe
@page(right="promotions:read")
def show_pools(request: PageRequest) -> HttpResponse:
    """The pools of the business with how many codes are left."""
    away = request.GET.get("away") == "1"
    pools = list_pools(request.actor, archived=away)
    counts = count_codes(request.actor.chain_id, [one.id for one in pools])
    context = {
        "pools": [_line(request, one) | {"counts": counts[one.id]} for one in pools],
        "away": away,
        "find": FindForm(),
        "may_find": request.actor.may("rewards:read"),
        "may_write": request.actor.may("promotions:write"),
    }
    return render_page(request, "codes/pools.html", context)


@require_safe
@page(right="promotions:read")
def show_pool(request: PageRequest, pool: str) -> HttpResponse:
    """One pool: what it says, how codes come into it, its codes."""
    view = access_pool(request.actor, pool)
    context = _pool_context(request, view) | _codes_context(request, view)
    return render_page(request, "codes/pool.html", context, fragments={"list": "codes/_codes.html"})


@require_safe
@page(right="promotions:read")
def show_work(request: PageRequest, pool: str) -> HttpResponse:
    """The part of a pool's page that changes while codes come into it."""
    view = access_pool(request.actor, pool)
    return render_page(request, "codes/_work.html", _pool_context(request, view))


def _line(request: PageRequest, pool: PoolView) -> dict[str, Any]:
    state, tone = words.POOL_STATES[pool.state]
    return {
        "pool": pool,
        "kind": words.KIND_NAMES[pool.kind],
        "state": state,
        "tone": tone,
        "url": pool_url(pool),
        "is_sending": pool.sends(request.now),
        "period": _period(pool.sends_from, pool.sends_until),
    }


def _period(begin: Any, end: Any) -> str:
    if begin and end:
        return f"{figures.day(begin)} – {figures.day(end)}"
    if begin:
        return _("from %(day)s") % {"day": figures.day(begin)}
    return _("until %(day)s") % {"day": figures.day(end)} if end else ""


def _pool_context(request: PageRequest, view: PoolView) -> dict[str, Any]:
    batches = list_batches(request.actor, view.id, limit=BATCHES_SHOWN)
    counts = count_codes(request.actor.chain_id, [view.id])[view.id]
    return _line(request, view) | {
        "counts": [(words.STATES[name][0], count, name) for name, count in counts.items()],
        "total": sum(counts.values()),
        "batches": [_batch(one) for one in batches],
        "is_moving": any(one.is_moving for one in batches),
        "validity": _period(view.valid_from, view.valid_until),
        "lives": _lives(view),
        "may_write": request.actor.may("promotions:write"),
        "may_hand": request.actor.may("rewards:write"),
        "may_export": request.actor.may("exports:write"),
        "now": request.now,
        **{f"{name}_url": pool_url(view, name) for name in ("work", "edit", "generate", "import", "fetch", "state")},
    }


def _lives(view: PoolView) -> str:
    if view.lives_days is None:
        return ""
    days = ngettext("%(count)s day", "%(count)s days", view.lives_days) % {"count": figures.number(view.lives_days)}
    return f"{days} {words.LIVES_FROM[view.lives_from]}"


def _batch(batch: BatchView) -> dict[str, Any]:
    state, tone = words.BATCH_STATES[batch.state]
    return {
        "batch": batch,
        "source": words.SOURCES[batch.source],
        "state": state,
        "tone": tone,
        "problem": problem_text(batch),
        "cancel_url": reverse("codes:cancel", args=[batch.public_id]),
        "undo_url": reverse("codes:undo", args=[batch.public_id]),
        "may_undo": batch.state in ("done", "cancelled") and batch.made > 0,
    }


def _codes_context(request: PageRequest, view: PoolView) -> dict[str, Any]:
    state = request.GET.get("state", "")
    state = state if state in words.STATES else ""
    name = f"codes:page:{view.id}:{state}"
    try:
        after = read_id_cursor(name, request.GET.get("after"))
    except Refused as refused:
        if not isinstance(refused.refusal, InvalidCursor):
            raise
        after = None
    may_see = request.actor.may("rewards:read")
    found = (
        list_codes(request.actor, CodeFilter(pool_id=view.id, state=state), after=after, limit=PAGE_SIZE + 1)
        if may_see
        else []
    )
    shown = found[:PAGE_SIZE]
    following = write_cursor(name, [str(shown[-1].id)]) if len(found) > PAGE_SIZE else None
    chips = []
    if state:
        label = str(words.STATES[state][0])
        chips.append(listing.chip(request, label=_("State"), value=label, parameters=["state"]))
    return {
        "codes": [code_line(one) for one in shown],
        "wanted": state,
        "states": [(key, label) for key, (label, _tone) in words.STATES.items()],
        "chips": chips,
        "clear_url": pool_url(view),
        "pager": listing.Pager(
            next_url=listing.address_with(request, after=following) if following else "",
            previous_url=listing.address_with(request, after=None) if request.GET.get("after") else "",
        ),
    }


def code_line(code: CodeView) -> dict[str, Any]:
    """A code as lists show it."""
    state, tone = words.STATES[code.state]
    return {"code": code, "state": state, "tone": tone, "url": reverse("codes:code", args=[code.public_id])}


def pool_url(pool: PoolView, name: str = "pool") -> str:
    """The address of a page of a pool."""
    return reverse(f"codes:{name}", args=[pool.public_id])


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="promotions:write")
def add_pool(request: PageRequest) -> HttpResponse:
    """A new pool."""
    form = PoolForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_pool(request.actor, form.draft(None, request.chain.zone), now=request.now)
        except Refused as refused:
            show_refusal(form, refused.refusal)
        else:
            return done(request, pool_url(made))
    return _render_form(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="promotions:write")
def edit_pool(request: PageRequest, pool: str) -> HttpResponse:
    """The settings of a pool."""
    view = read_pool(request, pool)
    form = PoolForm(request.POST or None, initial=initial_of(view, request.chain.zone))
    if request.method == "POST" and form.is_valid():
        draft = form.draft(view, request.chain.zone)
        try:
            change_pool(request.actor, pool, draft, version=form.cleaned_data["version"], now=request.now)
        except Refused as refused:
            if refused.refusal.status in (403, 404):
                raise
            show_refusal(form, refused.refusal)
        else:
            toast(request, _("Saved"))
            return done(request, pool_url(view))
    return _render_form(request, form, view)


def read_pool(request: PageRequest, identifier: str) -> PoolView:
    """The pool that a page is about. Refuses: Forbidden, NotFound."""
    if request.method != "POST":
        return access_pool(request.actor, identifier)
    with unit_of_work(request.actor.chain_id):
        return access_pool(request.actor, identifier)


def _render_form(request: PageRequest, form: PoolForm, pool: PoolView | None) -> HttpResponse:
    back = pool_url(pool) if pool else reverse("codes:list")
    context = {"form": form, "pool": pool, "back": back}
    return render_page(request, "codes/pool_form.html", context, status=422 if form.errors else 200)


@require_POST
@page(right="promotions:write")
def set_state(request: PageRequest, pool: str) -> HttpResponse:
    """Pause a pool, let it go on, put it away or take it back."""
    view = read_pool(request, pool)
    state = request.POST.get("state", "")
    kept = {name: getattr(view, name) for name in PoolDraft.__struct_fields__ if name != "remote_secret"}
    draft = structs.replace(PoolDraft(**kept), state=state if state in POOL_STATES else view.state)
    try:
        change_pool(request.actor, pool, draft, now=request.now)
    except Refused as refused:
        if refused.refusal.status in (403, 404):
            raise
        toast(request, sentence(refused.refusal), tone="bad")
    else:
        toast(request, _("Saved"))
    return done(request, pool_url(view))
