"""Everything that the editor of one promotion shows, gathered once for a request."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.codes.queries.space import taken_keys
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import FieldProblem
from regulars.orders.rules.terms import PromotionTerms
from regulars.platform.sessions import PageRequest
from regulars.programs.queries import ProgramView, list_programs
from regulars.promotions.pages.form.content import Places, content_of, errors_by_name, sketch_of
from regulars.promotions.pages.form.inputs import BENEFIT_OFFERS, EARNING_OFFERS, Drawing, Input, id_of
from regulars.promotions.pages.form.kinds import SHAPES, Said
from regulars.promotions.pages.form.labels import label_of
from regulars.promotions.pages.form.moves import Moved
from regulars.promotions.pages.form.typed import JOIN, Sketch, Typed
from regulars.promotions.pages.past_orders import find_past_facts
from regulars.promotions.pages.persons import facts_of_person, person_context, tell_person
from regulars.promotions.pages.sample import Sample, SampleIds, Unclear, as_context, facts_of, read_sample, usual_sample
from regulars.promotions.pages.trial import Trial, try_out, wording_of
from regulars.promotions.pages.words import say
from regulars.promotions.queries.card_types import card_types_of
from regulars.promotions.queries.names import ChainNames, names_of
from regulars.promotions.queries.promotions import PromotionView
from regulars.promotions.queries.running import Running, meanings_of, running_of
from regulars.promotions.queries.segments import list_segments
from regulars.promotions.rules.definition import read_definition
from regulars.promotions.rules.definition.checks import OwnBalance, check_definition
from regulars.promotions.rules.definition.codecs import object_of
from regulars.promotions.rules.definition.values import Cost, Definition, Trigger
from regulars.promotions.rules.facts import Facts
from regulars.promotions.rules.products import Products
from regulars.promotions.rules.promotion import Limits

EMPTY: Mapping[str, Any] = {
    "codes": [],
    "code_pools": [],
    "by_voucher": False,
    "products": {},
    "group": "",
    "priority": 0,
}


@dataclass(slots=True, kw_only=True)
class Desk:
    """A promotion being written: what is typed, what it names, what is wrong with it."""

    request: PageRequest
    view: PromotionView
    programs: list[ProgramView]
    names: ChainNames
    running: Running
    card_types: list[tuple[UUID, str]]
    name: str
    sketch: Sketch
    sample: Sample
    problems: tuple[FieldProblem, ...] = ()
    refusal: str = ""
    moved: Moved = field(default_factory=Moved)

    @property
    def program(self) -> ProgramView:
        """The program of the promotion."""
        return next(one for one in self.programs if one.id == self.view.program_id)

    @property
    def content(self) -> dict[str, Any]:
        """What is typed, as content to keep: every field, so that what was emptied is empty."""
        return {**EMPTY, **content_of(self.sketch)}

    def read(self) -> Definition | tuple[FieldProblem, ...]:
        """The definition that is typed, or what cannot be read in it."""
        said = {name: value for name, value in self.content.items() if name != "card_types"}
        return read_definition(said, self.names)

    def check(self, definition: Definition) -> tuple[FieldProblem, ...]:
        """What stands against publishing it; needs the unit of work of its chain."""
        own = {str(one.id): OwnBalance(one.kind) for one in self.program.balance_types}
        taken = taken_keys(self.request.actor.chain_id, definition.code_keys)
        return tuple(check_definition(definition, own, taken))


def open_desk(request: PageRequest, view: PromotionView, typed: Typed | None = None) -> Desk:
    """The editor of a promotion as it is kept; needs the unit of work of its chain."""
    currency = request.chain.currency
    usual = usual_sample(currency, request.chain.currency_decimals, request.now.astimezone(zone_of(request)))
    return Desk(
        request=request,
        view=view,
        programs=list_programs(request.actor),
        names=names_of(request.actor.chain_id, request.chain.currency_decimals),
        running=running_of(None, request.actor.chain_id),
        card_types=card_types_of(request.actor.chain_id, view.program_id),
        name=view.name,
        sketch=sketch_of(view.content),
        sample=read_sample(typed, usual) if typed else usual,
    )


def zone_of(request: PageRequest) -> ZoneInfo:
    """The zone of the reader's place."""
    return (request.location or request.chain).zone


def editor_context(desk: Desk) -> dict[str, Any]:
    """All that the page of the editor shows."""
    places = Places()
    content_of(desk.sketch, places)
    errors = errors_by_name(desk.problems, places)
    drawing = _drawing(desk, errors)
    sketch = desk.sketch
    trigger = drawing.object(object_of(Trigger), sketch.get("trigger"), "trigger", "trigger")
    products = drawing.object(object_of(Products), sketch.get("products"), "products", "products")
    limits = drawing.object(object_of(Limits), sketch.get("limits"), "limits", "limits")
    context = {
        "view": desk.view,
        "prm": encode("prm", desk.view.id),
        "name": desk.name,
        "name_errors": errors.get("name", []),
        "join": sketch.get(JOIN, "all_of"),
        "conditions": drawing.conditions(sketch["conditions"], "conditions"),
        "condition_offers": drawing.condition_offers(),
        "benefits": drawing.rows("benefit", sketch["benefits"], "benefits"),
        "benefit_offers": BENEFIT_OFFERS,
        "earnings": (
            *drawing.rows("earning", sketch["earnings"], "earnings"),
            *drawing.multipliers(sketch["multipliers"]),
        ),
        "earning_offers": EARNING_OFFERS if drawing.earned_balances else (),
        "gives_errors": [*errors.get("benefits", []), *errors.get("earnings", [])],
        "codes": _codes(sketch, errors),
        **_unlocked(drawing, sketch, errors),
        "products": products,
        "limits": limits,
        "cost": drawing.object(object_of(Cost), sketch.get("cost"), "cost", "cost"),
        "trigger": trigger,
        "products_open": _is_open(products),
        "limits_open": _is_open(limits),
        "cost_open": bool(sketch.get("cost")) or sketch.get("card_types") is not None,
        "trigger_open": bool(sketch.get("trigger")),
        "beside_open": bool(sketch.get("stands_alone") or sketch.get("group") or sketch.get("priority"))
        or not sketch.get("counts_units_once", True)
        or bool(errors.get("group") or errors.get("priority")),
        "may_write": True,
        "priority": Input(
            name="priority",
            label=label_of("", "priority"),
            widget="number",
            value=str(sketch.get("priority") or ""),
            errors=tuple(errors.get("priority", ())),
        ),
        "group": Input(
            name="group",
            label=label_of("", "group"),
            widget="text",
            value=str(sketch.get("group") or ""),
            errors=tuple(errors.get("group", ())),
        ),
        "stands_alone": bool(sketch.get("stands_alone")),
        "counts_units_again": not sketch.get("counts_units_once", True),
        "card_types": _card_types(desk),
        "which_cards": "chosen" if sketch.get("card_types") is not None else "all",
        "summary": _summary(desk, errors),
        "refusal": desk.refusal,
        "taken": desk.moved.taken,
        "focus": id_of(desk.moved.focus) if desk.moved.focus else "",
        "program": desk.program if len(desk.programs) > 1 else None,
        "action": reverse("promotions:edit", args=[encode("prm", desk.view.id)]),
        "tiers": drawing.offered("tier"),
        "locations": drawing.offered("location"),
        **as_context(desk.sample),
        **person_context(desk.request, desk.sample),
    }
    return {**context, **outcome_context(desk)}


def _is_open(inputs: tuple[Input, ...]) -> bool:
    return any(one.says_something for one in inputs)


def _drawing(desk: Desk, errors: Mapping[str, list[str]]) -> Drawing:
    kinds = {str(one.id): one.kind for one in desk.program.balance_types}
    return Drawing(
        names=desk.names,
        currency=desk.request.chain.currency,
        errors=errors,
        own_balances=frozenset(kinds),
        earned_balances=frozenset(name for name, kind in kinds.items() if kind != "deposit"),
    )


def _codes(sketch: Sketch, errors: Mapping[str, list[str]]) -> Input | None:
    codes = sketch.get("codes") or []
    found = [text for name, texts in errors.items() if name.split(".")[0] == "codes" for text in texts]
    if not codes and not sketch.get("~codes") and not found:
        return None
    return Input(
        name="codes", label=label_of("", "codes"), widget="words", value=", ".join(map(str, codes)), errors=tuple(found)
    )


def _unlocked(drawing: Drawing, sketch: Sketch, errors: Mapping[str, list[str]]) -> dict[str, Any]:
    """What else than a code of its own unlocks it."""
    return {
        "code_pools": _code_pools(drawing, sketch),
        "by_voucher": bool(sketch.get("by_voucher")),
        "unlocked_open": bool(sketch.get("code_pools") or sketch.get("by_voucher") or errors.get("code_pools")),
    }


def _code_pools(drawing: Drawing, sketch: Sketch) -> Input | None:
    """The pools whose codes may unlock it, where there are any."""
    if not drawing.offered("code_pool"):
        return None
    member = next(one for one in object_of(Definition).members if one.name == "code_pools")
    return drawing.input(member, sketch, "", "")


def _card_types(desk: Desk) -> list[tuple[str, str, bool]]:
    """The card types of the program, where there are several."""
    chosen = desk.sketch.get("card_types") or []
    offered = [(encode("ctp", identifier), label) for identifier, label in desk.card_types]
    return [(value, label, value in chosen) for value, label in offered] if len(offered) > 1 else []


def _summary(desk: Desk, errors: Mapping[str, list[str]]) -> list[dict[str, str]]:
    """What is wrong, each with the place that it leads to."""
    return [
        {"target": f"#{id_of(name)}", "label": str(_label(desk, name)), "text": _(text)}
        for name, texts in errors.items()
        for text in texts
    ]


def _label(desk: Desk, name: str) -> Said:
    """What the place of a problem is called: its field, with the kind of its row."""
    parts = name.split(".")
    field = next((part for part in reversed(parts) if not part.isdecimal()), name)
    kind, row = "", ""
    at: Any = desk.sketch
    for part in parts:
        at = at[int(part)] if isinstance(at, list) and part.isdecimal() and int(part) < len(at) else _inside(at, part)
        if isinstance(at, dict) and at.get("kind"):
            kind = str(at["kind"])
            row = kind
    shape = next((shapes[row] for shapes in SHAPES.values() if row in shapes), None)
    if shape is None or parts[-1].isdecimal():
        return shape.label if shape else label_of(parts[0], field)
    return f"{shape.label} · {label_of(kind, field)}"


def _inside(at: Any, part: str) -> Any:
    return at.get(part) if isinstance(at, dict) else None


def outcome_context(desk: Desk) -> dict[str, Any]:
    """What the promotion says in words, and what the sample order gets."""
    read = desk.read()
    if not isinstance(read, Definition):
        return {"words": None, "unfinished": _unfinished(desk, read), "trial": None, "tried": False, **_no_problems()}
    cards = frozenset(str(identifier) for identifier, _name in desk.card_types)
    words = say(read, desk.names, desk.request.chain.currency)
    trial, unclear = _trial(desk, read, cards)
    return {
        "words": words,
        "unfinished": _unfinished(desk, desk.check(read)),
        "trial": trial,
        "sample_problems": unclear,
        "is_triggered": read.trigger is not None,
    }


def _no_problems() -> dict[str, Any]:
    return {"sample_problems": {}, "is_triggered": False}


def _unfinished(desk: Desk, problems: tuple[FieldProblem, ...]) -> list[dict[str, str]]:
    places = Places()
    content_of(desk.sketch, places)
    return _summary(desk, errors_by_name(problems, places))


def _trial(desk: Desk, definition: Definition, cards: frozenset[str]) -> tuple[Trial | None, Mapping[str, str]]:
    identifier = str(desk.view.id)
    ids = SampleIds(
        tier=desk.names.find("tier", desk.sample.tier) or "",
        location=desk.names.find("location", desk.sample.location) or "",
    )
    facts = _facts(desk, ids, cards)
    if isinstance(facts, Unclear):
        return None, facts.problems
    wording = wording_of(
        desk.running, desk.names, desk.request.chain.currency, zone_of(desk.request), own=(identifier, desk.name)
    )
    terms = trying_terms(desk, definition)
    rule = terms.rule if definition.trigger is None else None
    if desk.sample.number or not desk.sample.person:
        return try_out(facts, desk.running, rule, wording), {}
    real = facts_of_person(desk.request, desk.sample, facts, terms)
    if isinstance(real, Unclear):
        return None, real.problems
    trial = try_out(real.facts, desk.running, rule, wording, shut_out=real.shut_out)
    return replace(trial, person=tell_person(desk.names, real)), {}


def trying_terms(desk: Desk, definition: Definition) -> PromotionTerms:
    """The promotion that is typed, as orders ask."""
    asks = "in_order_segment" in str(desk.sketch)
    found = list_segments(desk.request.actor) if asks else []
    segments = meanings_of([(str(one.id), one.name, one.conditions) for one in found], desk.names)
    chosen = desk.sketch.get("card_types")
    return PromotionTerms(
        id=desk.view.id,
        number=desk.view.published + 1,
        name=desk.name,
        program_id=desk.view.program_id,
        card_type_ids=None if chosen is None else frozenset(one for text in chosen if (one := decode("ctp", text))),
        rule=definition.rule(str(desk.view.id), segments),
    )


def _facts(desk: Desk, ids: SampleIds, cards: frozenset[str]) -> Facts | Unclear:
    """The facts of the sample order, or of the past one whose number is given."""
    request = desk.request
    if desk.sample.number:
        found = find_past_facts(request, desk.sample.number)
        return found or Unclear({"sample.number": _("There is no such order.")})
    return facts_of(
        desk.sample,
        currency_decimals=request.chain.currency_decimals,
        zone=zone_of(request),
        ids=ids,
        card_types=cards,
    )
