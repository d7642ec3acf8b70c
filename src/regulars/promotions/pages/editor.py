"""The editor of a promotion: the form, what it says in words, and "Try it" (ORD-8, ORD-14)."""

from dataclasses import replace

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.kernel.ids import encode
from regulars.kernel.refusal import Forbidden, Invalid, NotFound, Refused
from regulars.orders.queries.buyers import find_buyers
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import UNPROCESSABLE, done, render_page, toast
from regulars.platform.pages.typed import typed_whole
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page
from regulars.promotions.actions.writing import change_promotion
from regulars.promotions.pages.desk import Desk, editor_context, open_desk, outcome_context
from regulars.promotions.pages.effect import effect_context
from regulars.promotions.pages.form.moves import move
from regulars.promotions.pages.form.typed import Typed, as_typed, read_typed
from regulars.promotions.pages.persons import may_name_buyer
from regulars.promotions.pages.sample import LINES_MAX, SampleLine
from regulars.promotions.pages.showing import show_ended
from regulars.promotions.queries.promotions import PromotionView, access_promotion
from regulars.promotions.rules.definition.values import Definition

FRAGMENTS = {
    "builder": "promotions/_builder.html",
    "words": "promotions/_outcome.html",
    "effect": "promotions/_effect.html",
    "s-people": "promotions/_people.html",
}


@page(right="promotions:read")
def edit_promotion(request: PageRequest, promotion: str) -> HttpResponse:
    """The promotion as it is written; its buttons come back here with all that is typed."""
    if request.method == "POST":
        return _posted(request, promotion)
    view = access_promotion(request.actor, promotion)
    if view.state == "ended" or not request.actor.may("promotions:write"):
        return show_ended(request, view)
    return _show(request, open_desk(request, view))


@page(right="promotions:read")
def preview(request: PageRequest, promotion: str) -> HttpResponse:
    """What is typed, in words, and what the sample order gets by it."""
    if not request.htmx or request.method != "POST":
        raise Http404
    with unit_of_work(request.actor.chain_id):
        desk = _typed_desk(request, promotion)
        context = {**outcome_context(desk), "is_fragment": True, "name": desk.name}
        return render_page(request, "promotions/_outcome.html", context, fragments=FRAGMENTS)


@page(right="promotions:read")
def find_people(request: PageRequest) -> HttpResponse:
    """The customers and cards that a typed text can mean, for "Try it"."""
    if not request.htmx or not may_name_buyer(request):
        raise Http404
    buyers = find_buyers(request, request.GET.get("sample.person", ""), now=request.now)
    return render_page(request, "promotions/_people.html", {"buyers": buyers}, fragments=FRAGMENTS)


@page(right="promotions:read")
def show_effect(request: PageRequest, promotion: str) -> HttpResponse:
    """What the promotion that is typed would have changed on the orders of a day."""
    if not request.htmx or request.method != "POST":
        raise Http404
    with unit_of_work(request.actor.chain_id):
        context = effect_context(_typed_desk(request, promotion), asked=True)
        return render_page(request, "promotions/_effect.html", context, fragments=FRAGMENTS)


def _posted(request: PageRequest, promotion: str) -> HttpResponse:
    button = request.POST.get("do", "save")
    if button in ("save", "publish"):
        return _save(request, promotion, is_publishing=button == "publish")
    with unit_of_work(request.actor.chain_id):
        desk = _typed_desk(request, promotion)
        if button != "effect":
            _move(desk, button)
        return _show(request, desk, asks_effect=button == "effect")


def _typed_desk(request: PageRequest, promotion: str) -> Desk:
    """The editor with what was typed. Refuses: Forbidden, NotFound."""
    request.actor.require("promotions:write")
    view = access_promotion(request.actor, promotion)
    typed = as_typed(request.POST)
    desk = open_desk(request, view, typed)
    desk.sketch = read_typed(typed)
    desk.name = _name(typed)
    return desk


def _name(typed: Typed) -> str:
    return typed.text("name")[:200]


def _move(desk: Desk, button: str) -> None:
    """What a button does to the rows of the promotion or of the sample order."""
    verb, _colon, rest = button.partition(":")
    lines = desk.sample.lines
    match verb:
        case "line" if len(lines) < LINES_MAX:
            desk.sample = replace(desk.sample, lines=(*lines, SampleLine()))
        case "noline" if rest.isdecimal() and int(rest) < len(lines) and len(lines) > 1:
            desk.sample = replace(desk.sample, lines=(*lines[: int(rest)], *lines[int(rest) + 1 :]))
        case _:
            desk.moved = move(desk.sketch, button, desk.request.POST.get("taken", ""))


def _save(request: PageRequest, promotion: str, *, is_publishing: bool) -> HttpResponse:
    with unit_of_work(request.actor.chain_id):
        desk = _typed_desk(request, promotion)
    version = typed_whole(request.POST.get("version", ""))
    try:
        changed = change_promotion(
            request.actor,
            promotion,
            {"name": desk.name, **desk.content},
            now=request.now,
            version=version,
        )
    except Refused as refused:
        if isinstance(refused.refusal, NotFound | Forbidden):
            raise
        return _refused(request, desk, refused)
    return _kept(request, desk, changed, is_publishing=is_publishing)


def _refused(request: PageRequest, desk: Desk, refused: Refused) -> HttpResponse:
    if isinstance(refused.refusal, Invalid):
        desk.problems = refused.refusal.errors
    else:
        desk.refusal = sentence(refused.refusal)
    with unit_of_work(request.actor.chain_id):
        return _show(request, desk, status=UNPROCESSABLE)


def _kept(request: PageRequest, desk: Desk, changed: PromotionView, *, is_publishing: bool) -> HttpResponse:
    """The draft is kept; publishing goes on where nothing stands against it."""
    identifier = encode("prm", changed.id)
    if not is_publishing:
        said = _("Saved") if changed.version != desk.view.version else _("Nothing to change")
        toast(request, said)
        return done(request, reverse("promotions:edit", args=[identifier]))
    read = desk.read()
    assert isinstance(read, Definition)
    with unit_of_work(request.actor.chain_id):
        desk.problems = desk.check(read)
    if desk.problems:
        desk.view = changed
        with unit_of_work(request.actor.chain_id):
            return _show(request, desk, status=UNPROCESSABLE)
    return done(request, reverse("promotions:publish", args=[identifier]))


def _show(request: PageRequest, desk: Desk, *, status: int = 200, asks_effect: bool = False) -> HttpResponse:
    context = {**editor_context(desk), **effect_context(desk, asked=asks_effect)}
    return render_page(request, "promotions/editor.html", context, fragments=FRAGMENTS, status=status)
