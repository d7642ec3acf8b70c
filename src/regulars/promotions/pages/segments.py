"""Order segments: named conditions over orders, written in the same rows, tried on a sample order (ORD-9)."""

from dataclasses import dataclass, field, replace
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.kernel.ids import encode
from regulars.kernel.refusal import FieldProblem, Forbidden, Invalid, NotFound, Refused
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import UNPROCESSABLE, done, render_page, toast
from regulars.platform.pages.typed import typed_whole
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page
from regulars.promotions.actions.segments import SegmentDraft, change_segment, create_segment, delete_segment
from regulars.promotions.pages.desk import zone_of
from regulars.promotions.pages.form.content import Places, content_of, errors_by_name, sketch_of
from regulars.promotions.pages.form.inputs import Drawing, id_of
from regulars.promotions.pages.form.kinds import CODE_OFFER, CONDITIONS, OfferGroup
from regulars.promotions.pages.form.labels import label_of
from regulars.promotions.pages.form.moves import Moved, move
from regulars.promotions.pages.form.typed import JOIN, Sketch, Typed, as_typed, read_typed_conditions
from regulars.promotions.pages.past_orders import find_past_facts
from regulars.promotions.pages.sample import (
    LINES_MAX,
    Sample,
    SampleIds,
    SampleLine,
    Unclear,
    as_context,
    facts_of,
    read_sample,
    usual_sample,
)
from regulars.promotions.queries.names import ChainNames, names_of
from regulars.promotions.queries.segments import (
    SegmentView,
    access_segment,
    list_segments,
    promotions_with_segment,
)
from regulars.promotions.queries.voices import speech_of, voice_of
from regulars.promotions.rules.definition import read_segment
from regulars.promotions.rules.definition.checks import check_segment
from regulars.promotions.rules.definition.values import SegmentDefinition
from regulars.promotions.rules.describe.conditions import Conditions
from regulars.promotions.rules.explain import sentence as reason_sentence
from regulars.promotions.rules.facts import Facts

FRAGMENTS = {"builder": "promotions/_segment.html", "words": "promotions/_segment_outcome.html"}


@dataclass(slots=True, kw_only=True)
class Bench:
    """An order segment being written."""

    request: PageRequest
    view: SegmentView | None
    names: ChainNames
    name: str
    sketch: Sketch
    sample: Sample
    problems: tuple[FieldProblem, ...] = ()
    refusal: str = ""
    moved: Moved = field(default_factory=Moved)

    @property
    def conditions(self) -> list[Any]:
        """The conditions that are typed, in the JSON of definitions."""
        return list(content_of(self.sketch)["conditions"])


@page(right="promotions:read")
def show_segments(request: PageRequest) -> HttpResponse:
    """All order segments, each in words."""
    names = names_of(request.actor.chain_id, request.chain.currency_decimals)
    shown = [
        {
            "url": reverse("promotions:segment", args=[encode("osg", one.id)]),
            "name": one.name,
            "words": _words(request, one.conditions, names),
        }
        for one in list_segments(request.actor)
    ]
    context = {"segments": shown, "may_write": request.actor.may("promotions:write")}
    return render_page(request, "promotions/segments.html", context)


@page(right="promotions:write")
def new_segment(request: PageRequest) -> HttpResponse:
    """A new order segment."""
    if request.method != "POST":
        return _show(request, _open(request, None))
    return _posted(request, None)


@page(right="promotions:read")
def edit_segment(request: PageRequest, segment: str) -> HttpResponse:
    """An order segment as it is written."""
    if request.method != "POST":
        return _show(request, _open(request, access_segment(request.actor, segment)))
    request.actor.require("promotions:write")
    with unit_of_work(request.actor.chain_id):
        view = access_segment(request.actor, segment)
    return _posted(request, view)


@page(right="promotions:write")
def remove_segment(request: PageRequest, segment: str) -> HttpResponse:
    """Delete an order segment that no promotion asks for; one that is asked for says who asks."""
    if request.method == "POST":
        with unit_of_work(request.actor.chain_id):
            view = access_segment(request.actor, segment)
        try:
            delete_segment(request.actor, segment, now=request.now)
        except Refused as refused:
            if isinstance(refused.refusal, NotFound | Forbidden):
                raise
            toast(request, sentence(refused.refusal), tone="bad")
            return done(request, reverse("promotions:segment", args=[segment]))
        toast(request, _("The order segment “%(name)s” is deleted") % {"name": view.name})
    return done(request, reverse("promotions:segments"))


@page(right="promotions:read")
def preview_segment(request: PageRequest) -> HttpResponse:
    """What is typed, in words, and whether the sample order is in it."""
    if not request.htmx or request.method != "POST":
        raise Http404
    with unit_of_work(request.actor.chain_id):
        context = _outcome(_typed(request, None))
        return render_page(request, "promotions/_segment_outcome.html", context)


def _open(request: PageRequest, view: SegmentView | None, typed: Typed | None = None) -> Bench:
    local = request.now.astimezone(zone_of(request))
    usual = usual_sample(request.chain.currency, request.chain.currency_decimals, local)
    return Bench(
        request=request,
        view=view,
        names=names_of(request.actor.chain_id, request.chain.currency_decimals),
        name=view.name if view else "",
        sketch=sketch_of({"conditions": view.conditions if view else []}),
        sample=read_sample(typed, usual) if typed else usual,
    )


def _typed(request: PageRequest, view: SegmentView | None) -> Bench:
    typed = as_typed(request.POST)
    bench = _open(request, view, typed)
    bench.sketch = read_typed_conditions(typed)
    bench.name = typed.text("name")[:200]
    return bench


def _posted(request: PageRequest, view: SegmentView | None) -> HttpResponse:
    button = request.POST.get("do", "save")
    with unit_of_work(request.actor.chain_id):
        bench = _typed(request, view)
        if button != "save":
            _move(bench, button)
            return _show(request, bench)
    version = typed_whole(request.POST.get("version", ""))
    try:
        if view is None:
            made = create_segment(request.actor, SegmentDraft(bench.name, bench.conditions), now=request.now)
        else:
            made = change_segment(
                request.actor,
                encode("osg", view.id),
                {"name": bench.name, "conditions": bench.conditions},
                now=request.now,
                version=version,
            )
    except Refused as refused:
        return _refused(request, bench, refused)
    toast(request, _("“%(name)s” is saved and counts at once") % {"name": made.name})
    return done(request, reverse("promotions:segments"))


def _refused(request: PageRequest, bench: Bench, refused: Refused) -> HttpResponse:
    if isinstance(refused.refusal, NotFound | Forbidden):
        raise refused
    if isinstance(refused.refusal, Invalid):
        bench.problems = refused.refusal.errors
    else:
        bench.refusal = sentence(refused.refusal)
    with unit_of_work(request.actor.chain_id):
        return _show(request, bench, status=UNPROCESSABLE)


def _move(bench: Bench, button: str) -> None:
    verb, _colon, rest = button.partition(":")
    lines = bench.sample.lines
    match verb:
        case "line" if len(lines) < LINES_MAX:
            bench.sample = replace(bench.sample, lines=(*lines, SampleLine()))
        case "noline" if rest.isdecimal() and int(rest) < len(lines) and len(lines) > 1:
            bench.sample = replace(bench.sample, lines=(*lines[: int(rest)], *lines[int(rest) + 1 :]))
        case _:
            bench.moved = move(bench.sketch, button, bench.request.POST.get("taken", ""))


def _words(request: PageRequest, conditions: list[Any], names: ChainNames) -> list[str]:
    read = read_segment(conditions, names)
    if not isinstance(read, SegmentDefinition):
        return []
    told = Conditions(speech_of(names, request.chain.currency))
    return [text for one in read.conditions for text in told.condition(one)]


def _drawing(bench: Bench, errors: dict[str, list[str]]) -> Drawing:
    return Drawing(names=bench.names, currency=bench.request.chain.currency, errors=errors)


def _offers(drawing: Drawing) -> tuple[OfferGroup, ...]:
    """All conditions but codes, which belong to one promotion, and segments themselves."""
    return tuple(
        OfferGroup(
            label=group.label, offers=tuple(one for one in group.offers if one.start.get("kind") != "in_order_segment")
        )
        for group in drawing.condition_offers()
        if group is not CODE_OFFER
    )


def _outcome(bench: Bench) -> dict[str, Any]:
    """The segment in words, and whether the sample order is in it."""
    read = read_segment(bench.conditions, bench.names)
    if not isinstance(read, SegmentDefinition):
        return {"words": [], "unfinished": _items(bench, read), "is_in": None, "why": ""}
    facts = _facts(bench)
    words = _words(bench.request, bench.conditions, bench.names)
    unfinished = _items(bench, tuple(check_segment(read)))
    if isinstance(facts, Unclear):
        return {"words": words, "unfinished": unfinished, "is_in": None, "sample_problems": facts.problems}
    left = facts.untouched
    checks = (one.check(facts, left, facts.included) for one in read.conditions)
    reason = next((found for found in checks if found is not None), None)
    voice = voice_of(bench.names, bench.request.chain.currency, zone_of(bench.request), {})
    return {
        "words": words,
        "unfinished": unfinished,
        "is_in": reason is None and bool(read.conditions),
        "why": reason_sentence(reason, voice) if reason else "",
    }


def _facts(bench: Bench) -> Facts | Unclear:
    if bench.sample.number:
        found = find_past_facts(bench.request, bench.sample.number)
        return found or Unclear({"sample.number": _("There is no such order.")})
    ids = SampleIds(
        tier=bench.names.find("tier", bench.sample.tier) or "",
        location=bench.names.find("location", bench.sample.location) or "",
    )
    return facts_of(
        bench.sample,
        currency_decimals=bench.request.chain.currency_decimals,
        zone=zone_of(bench.request),
        ids=ids,
        card_types=frozenset(),
    )


def _items(bench: Bench, problems: tuple[FieldProblem, ...]) -> list[dict[str, str]]:
    places = Places()
    content_of(bench.sketch, places)
    return [
        {"target": f"#{id_of(name)}", "label": str(_label(bench, name)), "text": _(text)}
        for name, texts in errors_by_name(problems, places).items()
        for text in texts
    ]


def _label(bench: Bench, name: str) -> Any:
    parts = name.split(".")
    rows = bench.sketch["conditions"]
    at = int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else len(rows)
    kind = rows[at].get("kind", "") if at < len(rows) else ""
    return CONDITIONS[kind].label if kind in CONDITIONS else label_of("", parts[0])


def _show(request: PageRequest, bench: Bench, *, status: int = 200) -> HttpResponse:
    places = Places()
    content_of(bench.sketch, places)
    errors = errors_by_name(bench.problems, places)
    drawing = _drawing(bench, errors)
    view = bench.view
    context = {
        "view": view,
        "name": bench.name,
        "name_errors": [_(text) for text in errors.get("name", [])],
        "rows_errors": [_(text) for text in errors.get("conditions", [])],
        "join": bench.sketch.get(JOIN, "all_of"),
        "conditions": drawing.conditions(bench.sketch["conditions"], "conditions"),
        "condition_offers": _offers(drawing),
        "summary": _items(bench, bench.problems),
        "refusal": bench.refusal,
        "taken": bench.moved.taken,
        "focus": id_of(bench.moved.focus) if bench.moved.focus else "",
        "users": promotions_with_segment(request.actor.chain_id, view.id) if view else [],
        "action": reverse("promotions:segment", args=[encode("osg", view.id)])
        if view
        else reverse("promotions:new_segment"),
        "remove_url": reverse("promotions:remove_segment", args=[encode("osg", view.id)]) if view else "",
        "may_write": request.actor.may("promotions:write"),
        "tiers": drawing.offered("tier"),
        "locations": drawing.offered("location"),
        **as_context(bench.sample),
        **_outcome(bench),
    }
    return render_page(request, "promotions/segment.html", context, fragments=FRAGMENTS, status=status)
