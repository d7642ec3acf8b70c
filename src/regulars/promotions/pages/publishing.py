"""Publishing a promotion, letting it rest, ending it, and what was published before (ORD-7, ORD-13)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.kernel.ids import encode
from regulars.kernel.refusal import Forbidden, Invalid, NotFound, Refused
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import UNPROCESSABLE, done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.typed import typed_whole
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page
from regulars.promotions.actions.keeping import NOBODY, Protection
from regulars.promotions.actions.publishing import (
    end_promotion,
    pause_promotion,
    publish_promotion,
    resume_promotion,
)
from regulars.promotions.actions.writing import PromotionDraft, change_promotion, create_promotion
from regulars.promotions.pages.promises import Shown, kept_lines, read_protection, show_losses
from regulars.promotions.pages.words import definition_of, say, say_changes
from regulars.promotions.queries.names import names_of
from regulars.promotions.queries.promised.outlook import preview_change
from regulars.promotions.queries.promotions import (
    PromotionView,
    access_promotion,
    list_versions,
)
from regulars.promotions.rules.describe.speech import Comparison
from regulars.promotions.rules.promised import Change
from regulars.staff.queries import list_names

VERSIONS_MAX = 50


@page(right="promotions:write")
def publish(request: PageRequest, promotion: str) -> HttpResponse:
    """What changes by publishing, in words; then publish."""
    if request.method != "POST":
        return _show_publish(request, access_promotion(request.actor, promotion))
    with unit_of_work(request.actor.chain_id):
        view = access_promotion(request.actor, promotion)
        shown = show_losses(request, view, "publish", is_answered=True)
        protection = read_protection(shown)
        if protection is None:
            return _show_publish(request, view, shown=shown)
    try:
        made = publish_promotion(
            request.actor, promotion, now=request.now, version=_version(request), protection=protection
        )
    except Refused as refused:
        if isinstance(refused.refusal, NotFound | Forbidden):
            raise
        with unit_of_work(request.actor.chain_id):
            view = access_promotion(request.actor, promotion)
            problems = refused.refusal.errors if isinstance(refused.refusal, Invalid) else ()
            said = [_(one.detail) for one in problems] or [sentence(refused.refusal)]
            return _show_publish(request, view, refusals=said)
    said_now = _("“%(name)s” runs") if made.state == "active" else _("Version %(number)s is published; it rests")
    toast(request, said_now % {"name": made.name, "number": made.published})
    return done(request, reverse("promotions:list"))


def _version(request: PageRequest) -> int | None:
    return typed_whole(request.POST.get("version", ""))


def _show_publish(
    request: PageRequest, view: PromotionView, *, refusals: list[str] | None = None, shown: Shown | None = None
) -> HttpResponse:
    names = names_of(request.actor.chain_id, request.chain.currency_decimals)
    currency = request.chain.currency
    versions = list_versions(request.actor, view.id) if view.published else []
    running = next((one for one in versions if one.number == view.published), None)
    definition = definition_of(view.content, names)
    changes = say_changes(running.content, view.content, names, currency) if running and view.has_draft else None
    context = {
        "view": view,
        "prm": encode("prm", view.id),
        "words": say(definition, names, currency) if definition else [],
        "changes": changes,
        "cards_change": bool(running and running.content.get("card_types") != view.content.get("card_types")),
        "shown": shown or show_losses(request, view, "publish"),
        "next": view.published + 1,
        "refusals": refusals or [],
        "may_write": True,
    }
    is_refused = bool(refusals or shown)
    return render_page(request, "promotions/publish.html", context, status=UNPROCESSABLE if is_refused else 200)


@page(right="promotions:write")
def set_state(request: PageRequest, promotion: str) -> HttpResponse:
    """Let a promotion rest or run again; either can be taken back at once. Where people lose by a rest, it is asked first."""
    wanted = request.POST.get("state") or request.GET.get("state", "")
    if request.method == "POST" and wanted == "paused":
        with unit_of_work(request.actor.chain_id):
            view = access_promotion(request.actor, promotion)
            is_missed = bool(preview_change(request.actor, promotion, "pause", now=request.now).losses)
        if is_missed:
            return done(request, reverse("promotions:pause", args=[encode("prm", view.id)]))
        _pause(request, promotion, NOBODY)
    elif request.method == "POST":
        made = resume_promotion(request.actor, promotion, now=request.now)
        undo = f"{reverse('promotions:state', args=[promotion])}?state=paused"
        toast(request, _("“%(name)s” runs again") % {"name": made.name}, undo_url=undo)
    return done(request, reverse("promotions:list"))


def _pause(request: PageRequest, promotion: str, protection: Protection) -> None:
    made = pause_promotion(request.actor, promotion, now=request.now, protection=protection)
    undo = f"{reverse('promotions:state', args=[promotion])}?state=active"
    toast(request, _("“%(name)s” rests: orders pass it by") % {"name": made.name}, undo_url=undo)


@page(right="promotions:write")
def pause(request: PageRequest, promotion: str) -> HttpResponse:
    """Let a promotion rest, after a look at who misses it meanwhile."""
    return _stop(request, promotion, "pause")


@page(right="promotions:write")
def end(request: PageRequest, promotion: str) -> HttpResponse:
    """End a promotion for good, after a look at what that means."""
    return _stop(request, promotion, "end")


def _stop(request: PageRequest, promotion: str, change: Change) -> HttpResponse:
    if request.method != "POST":
        view = access_promotion(request.actor, promotion)
        return _show_stop(request, view, show_losses(request, view, change), change)
    with unit_of_work(request.actor.chain_id):
        view = access_promotion(request.actor, promotion)
        shown = show_losses(request, view, change, is_answered=True)
        protection = read_protection(shown)
        if protection is None:
            return _show_stop(request, view, shown, change, status=UNPROCESSABLE)
    try:
        if change == "pause":
            _pause(request, promotion, protection)
            return done(request, reverse("promotions:list"))
        made = end_promotion(request.actor, promotion, now=request.now, protection=protection)
    except Refused as refused:
        if not isinstance(refused.refusal, Invalid) or shown.form is None:
            raise
        with unit_of_work(request.actor.chain_id):
            shown = show_losses(request, view, change, is_answered=True)
            if shown.form is not None:
                show_refusal(shown.form, refused.refusal)
            return _show_stop(request, view, shown, change, status=UNPROCESSABLE)
    said = _("“%(name)s” has ended") if made.published else _("The draft “%(name)s” is given up")
    toast(request, said % {"name": made.name})
    return done(request, reverse("promotions:list"))


def _show_stop(
    request: PageRequest, view: PromotionView, shown: Shown, change: Change, *, status: int = 200
) -> HttpResponse:
    prm = encode("prm", view.id)
    context = {
        "view": view,
        "prm": prm,
        "shown": shown,
        "is_pause": change == "pause",
        "action": reverse(f"promotions:{change}", args=[prm]),
    }
    fragments = {"modal": "promotions/_end.html"}
    return render_page(request, "promotions/end.html", context, fragments=fragments, status=status)


@page(right="promotions:write")
def copy(request: PageRequest, promotion: str) -> HttpResponse:
    """Make a draft that says the same."""
    if request.method != "POST":
        return done(request, reverse("promotions:edit", args=[promotion]))
    with unit_of_work(request.actor.chain_id):
        view = access_promotion(request.actor, promotion)
    draft = PromotionDraft(
        name=(_("%(name)s, copy") % {"name": view.name[:100]})[:120],
        program=encode("prg", view.program_id),
        content=view.content,
    )
    made = create_promotion(request.actor, draft, now=request.now)
    toast(request, _("This draft says the same as “%(name)s”") % {"name": view.name})
    return done(request, reverse("promotions:edit", args=[encode("prm", made.id)]))


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionShown:
    """A version with what it said otherwise than the one before."""

    number: int
    name: str
    at: datetime
    by: str
    words: list[str]
    changes: Comparison | None
    is_running: bool


@page(right="promotions:read")
def show_versions(request: PageRequest, promotion: str) -> HttpResponse:
    """All that was published, newest first, each with what it changed; one can be brought back as a draft."""
    if request.method == "POST":
        return _bring_back(request, promotion)
    view = access_promotion(request.actor, promotion)
    names = names_of(request.actor.chain_id, request.chain.currency_decimals)
    versions = list_versions(request.actor, view.id)[:VERSIONS_MAX]
    people = list_names(request.actor, [one.staff_id for one in versions if one.staff_id])
    before = [*versions[1:], None] if versions else []
    currency = request.chain.currency
    shown = []
    for one, earlier in zip(versions, before, strict=True):
        definition = definition_of(one.content, names)
        shown.append(
            VersionShown(
                number=one.number,
                name=one.name,
                at=one.at,
                by=people.get(one.staff_id, "") if one.staff_id else "",
                words=say(definition, names, currency) if definition else [],
                changes=say_changes(earlier.content, one.content, names, currency) if earlier else None,
                is_running=one.number == view.published,
            )
        )
    context = {
        "view": view,
        "prm": encode("prm", view.id),
        "versions": shown,
        "kept": kept_lines(request, view.id),
        "may_write": request.actor.may("promotions:write"),
        "may_bring_back": request.actor.may("promotions:write") and view.state != "ended",
    }
    return render_page(request, "promotions/versions.html", context)


def _bring_back(request: PageRequest, promotion: str) -> HttpResponse:
    request.actor.require("promotions:write")
    number = request.POST.get("number", "")
    with unit_of_work(request.actor.chain_id):
        view = access_promotion(request.actor, promotion)
        found = [one for one in list_versions(request.actor, view.id) if str(one.number) == number]
    if not found:
        raise Refused(NotFound())
    content = {**dict.fromkeys(view.content), **found[0].content}
    said = {name: value if value is not None else _EMPTY.get(name) for name, value in content.items()}
    change_promotion(request.actor, promotion, said, now=request.now)
    toast(request, _("Version %(number)s is the draft now. It runs once it is published.") % {"number": number})
    return done(request, reverse("promotions:edit", args=[promotion]))


_EMPTY: dict[str, Any] = {
    "products": {},
    "conditions": [],
    "benefits": [],
    "earnings": [],
    "multipliers": [],
    "codes": [],
    "code_pools": [],
    "by_voucher": False,
    "priority": 0,
    "group": "",
    "stands_alone": False,
    "counts_units_once": True,
    "limits": {},
}
