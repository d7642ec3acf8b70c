"""A new promotion: presets that ask two or three questions and write an ordinary promotion (ORD-14)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from regulars.kernel.ids import encode
from regulars.kernel.refusal import FieldProblem, Forbidden, Invalid, NotFound, Refused
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import UNPROCESSABLE, done, render_page, toast
from regulars.platform.pages.typed import typed_amount
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page
from regulars.programs.queries import ProgramView, list_programs
from regulars.promotions.actions.writing import PromotionDraft, create_promotion
from regulars.promotions.pages.form.inputs import Input, Option
from regulars.promotions.pages.form.labels import WEEKDAYS, label_of
from regulars.promotions.pages.form.typed import split_texts
from regulars.promotions.queries.names import ChainNames, names_of
from regulars.promotions.rules.definition import present_definition
from regulars.promotions.rules.presets import PRESETS, Preset, Question, Written, fill_preset, find_preset

EMPTY_KEY: Final = "empty"
_KINDS: Final = {"points": ("points", "status"), "stamps": ("stamps",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetCard:
    """A preset as the gallery shows it."""

    url: str
    name: str
    text: str
    icon: str


def shown_presets() -> list[PresetCard]:
    """All presets, in their order."""
    return [
        PresetCard(url=reverse("promotions:preset", args=[one.key]), name=_(one.name), text=_(one.text), icon=one.icon)
        for one in PRESETS
    ]


@page(right="promotions:write")
def show_gallery(request: PageRequest) -> HttpResponse:
    """What one may begin with."""
    programs = _open_programs(request)
    context = {
        "presets": shown_presets(),
        "has_programs": bool(programs),
        "empty_url": reverse("promotions:preset", args=[EMPTY_KEY]),
    }
    return render_page(request, "promotions/gallery.html", context)


@page(right="promotions:write")
def use_preset(request: PageRequest, preset: str) -> HttpResponse:
    """Ask the questions of a preset; write the promotion that the answers make."""
    found = find_preset(preset)
    if found is None and preset != EMPTY_KEY:
        raise Http404
    if request.method != "POST":
        return _ask(request, found, {})
    return _write(request, found)


def _open_programs(request: PageRequest) -> list[ProgramView]:
    return [one for one in list_programs(request.actor) if one.state != "archived"]


def _write(request: PageRequest, preset: Preset | None) -> HttpResponse:
    with unit_of_work(request.actor.chain_id):
        names = names_of(request.actor.chain_id, request.chain.currency_decimals)
        program = _program(request, preset)
        answers = _answers(request, preset)
        filled = fill_preset(preset, answers, names) if preset else ()
        problems = [one for one in filled if isinstance(one, FieldProblem)]
        written = [one for one in filled if isinstance(one, Written)]
        if program is None:
            problems.append(FieldProblem("/program", "required", "This field is required."))
        if problems:
            return _ask(request, preset, answers, problems=tuple(problems))
    assert program is not None
    name = request.POST.get("name", "").strip()
    drafts = [_draft(request, one, program, name if len(written) == 1 else "", names) for one in written]
    drafts = drafts or [PromotionDraft(name=name, program=encode("prg", program.id), content={})]
    try:
        made = [create_promotion(request.actor, draft, now=request.now) for draft in drafts]
    except Refused as refused:
        return _refused(request, preset, answers, refused)
    if len(made) > 1:
        said = _("%(count)s promotions are drafts now, which belong together: publish each of them")
        toast(request, said % {"count": len(made)})
    return done(request, reverse("promotions:edit", args=[encode("prm", made[0].id)]))


def _refused(request: PageRequest, preset: Preset | None, answers: dict[str, Any], refused: Refused) -> HttpResponse:
    refusal = refused.refusal
    if isinstance(refusal, NotFound | Forbidden):
        raise refused
    problems = refusal.errors if isinstance(refusal, Invalid) else (FieldProblem("", "refused", sentence(refusal)),)
    with unit_of_work(request.actor.chain_id):
        return _ask(request, preset, answers, problems=problems)


def _draft(
    request: PageRequest, written: Written, program: ProgramView, name: str, names: ChainNames
) -> PromotionDraft:
    return PromotionDraft(
        name=name or _(written.name),
        program=encode("prg", program.id),
        content=present_definition(written.definition, names),
    )


def _program(request: PageRequest, preset: Preset | None) -> ProgramView | None:
    """The program of the balance type that was chosen, else the one that was chosen, else the only one."""
    programs = _open_programs(request)
    balance = request.POST.get("balance_type", "")
    for program in programs:
        if balance and any(encode("bal", one.id) == balance for one in program.balance_types):
            return program
    chosen = request.POST.get("program", "")
    found = [one for one in programs if encode("prg", one.id) == chosen]
    return found[0] if found else programs[0] if len(programs) == 1 else None


def _answers(request: PageRequest, preset: Preset | None) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for question in preset.questions if preset else ():
        value = _answer(request, question)
        if value not in (None, "", [], {}):
            answers[question.name] = value
    return answers


def _answer(request: PageRequest, question: Question) -> Any:
    text = request.POST.get(question.name, "").strip()[:400]
    match question.kind:
        case "weekdays":
            return [int(one) for one in request.POST.getlist(question.name)[:7] if one in "0123456" and len(one) == 1]
        case "count" | "days":
            plain = typed_amount(text)
            return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) < 10 else text
        case "products":
            return {"categories": split_texts(text)} if split_texts(text) else None
        case "percent" | "money" | "units" | "factor":
            return typed_amount(text)
        case _:
            return text


def _ask(
    request: PageRequest, preset: Preset | None, answers: Mapping[str, Any], *, problems: tuple[FieldProblem, ...] = ()
) -> HttpResponse:
    programs = _open_programs(request)
    errors: dict[str, list[str]] = {}
    for problem in problems:
        errors.setdefault(problem.pointer.strip("/").split("/")[0], []).append(_(problem.detail))
    inputs = [_input(one, answers, programs, errors) for one in preset.questions] if preset else []
    chosen = request.POST.get("program", "")
    options = tuple((encode("prg", one.id), one.name, encode("prg", one.id) == chosen) for one in programs)
    asks_program = len(programs) > 1 and not (preset and preset.counts)
    if asks_program:
        own = tuple(errors.get("program", ()))
        inputs.append(Input(name="program", label=_("Program"), widget="select", options=options, errors=own))
    known = {one.name for one in inputs} | {"name"}
    labels = {one.name: one.label for one in inputs} | {"name": label_of("", "name")}
    context = {
        "preset": preset,
        "title": _(preset.name) if preset else _("An empty promotion"),
        "text": _(preset.text) if preset else "",
        "inputs": inputs,
        "asks_name": preset is None or len(preset.makes) == 1,
        "name": request.POST.get("name") if request.method == "POST" else (_(preset.name) if preset else ""),
        "name_errors": errors.get("name", []),
        "summary": [
            {"target": f"#f-{name}" if name in known else "", "label": labels.get(name, ""), "text": text}
            for name, texts in errors.items()
            for text in texts
        ],
        "lacks_balance": bool(preset and preset.counts and not _balances(preset.counts, programs)),
        "has_programs": bool(programs),
        "currency": request.chain.currency,
    }
    return render_page(request, "promotions/preset.html", context, status=UNPROCESSABLE if problems else 200)


def _balances(kind: str, programs: list[ProgramView]) -> list[tuple[str, str]]:
    """Balance types of a kind; with the program's name where there are several programs."""
    found = []
    for program in programs:
        for one in program.balance_types:
            if one.kind in _KINDS[kind]:
                label = one.name if len(programs) == 1 else f"{one.name} · {program.name}"
                found.append((encode("bal", one.id), label))
    return found


def _input(
    question: Question, answers: Mapping[str, Any], programs: list[ProgramView], errors: Mapping[str, list[str]]
) -> Input:
    value = answers.get(question.name, question.usual)
    plain: dict[str, Any] = {
        "name": question.name,
        "label": _(question.text),
        "errors": tuple(errors.get(question.name, ())),
    }
    match question.kind:
        case "points" | "stamps":
            options: tuple[Option, ...] = tuple(
                (one, label, one == value) for one, label in _balances(question.kind, programs)
            )
            return Input(**plain, widget="select", options=options)
        case "weekdays":
            days = value if isinstance(value, list) else []
            options = tuple((str(at), label, at in days) for at, label in enumerate(WEEKDAYS))
            return Input(**plain, widget="days", options=options)
        case "clock":
            return Input(**plain, widget="time", value=str(value or ""))
        case "products":
            categories = value.get("categories", []) if isinstance(value, Mapping) else []
            return Input(
                **plain,
                widget="words",
                value=", ".join(categories),
                help=_("All; or categories, with commas between them"),
            )
        case "percent":
            return Input(**plain, widget="number", value=str(value or ""), suffix="%")
        case "code":
            return Input(**plain, widget="text", value=str(value or ""))
        case _:
            return Input(**plain, widget="number", value="" if value is None else str(value))
