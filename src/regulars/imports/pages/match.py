"""The second step: what every column of the file is, and the three questions (UX 1)."""

from dataclasses import dataclass
from typing import Any, Final

from babel import Locale
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from regulars.cards.queries.types import find_card_type
from regulars.customers.queries import list_custom_fields
from regulars.imports.actions import requests
from regulars.imports.jobs import defer_step
from regulars.imports.models import Import
from regulars.imports.pages.units import propose
from regulars.imports.pages.words import FIELD_NAMES, GROUP_NAMES, address_of, wizard_steps
from regulars.imports.queries.imports import access_import
from regulars.imports.queries.plans import balance_types
from regulars.imports.reading.encodings import KNOWN_ENCODINGS
from regulars.imports.rules.code_cells import CODE_KINDS
from regulars.imports.rules.presets import PRESETS
from regulars.imports.rules.targets import FURTHER_PHONES, list_targets
from regulars.kernel.refusal import Invalid, Refused
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import done, render_page
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page
from regulars.staff.actions.notifications import see

DELIMITERS: Final = ((",", ","), (";", ";"), ("\t", "⇥"), ("|", "|"))
OWN: Final = PRESETS[0]
QUESTIONS: Final = ("mode", "missing", "fields", "existing", "customers")


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One column of the file as the page shows it."""

    index: int
    header: str
    samples: tuple[str, ...]
    target: str
    badge: str


@page(right="imports:write")
def match_columns(request: PageRequest, identifier: str) -> HttpResponse:
    """Say what the columns are and what the numbers mean; then every row is checked."""
    if request.method != "POST":
        one = access_import(request.actor, identifier)
        if one.state not in ("needs_mapping", "checked"):
            return redirect(address_of(one))
        request.visit = see(request.visit, one.id, now=request.now)
        return _render(request, one, _chosen(one), "")
    given = request.POST
    if "reread" in given:
        options = {name: given.get(name) or None for name in ("sheet", "encoding", "delimiter")}
        row = given.get("header_row", "")
        header_row = int(row) if row.isascii() and row.isdigit() and len(row) < 8 else None
        again = requests.choose(
            request.actor,
            identifier,
            options={**options, "header_row": header_row, "mode_later": True},
            defer=defer_step,
        )
        return done(request, address_of(again))
    with unit_of_work(request.actor.chain_id):
        one = access_import(request.actor, identifier)
        answers = _answers(given, one)
    problem = _missing_answer(one, answers)
    if not problem:
        try:
            one = requests.choose(
                request.actor,
                identifier,
                mapping=answers["mapping"],
                options=_options(answers),
                mode=answers["mode"] or None,
                defer=defer_step,
            )
        except Refused as refused:
            problem = _problem(refused)
        else:
            return done(request, address_of(one))
    with unit_of_work(request.actor.chain_id):
        return _render(request, one, answers, problem, status=422)


def _problem(refused: Refused) -> str:
    refusal = refused.refusal
    if isinstance(refusal, Invalid) and refusal.errors:
        return " ".join(error.detail for error in refusal.errors)
    return sentence(refusal)


def _chosen(one: Import) -> dict[str, Any]:
    """What is chosen or suggested so far."""
    options = one.options
    targets = {header: target for target, header in one.mapping.items()}
    # Whoever edits a name in a file that we exported means it (IMP-8); another system's file only fills gaps.
    fields = "overwrite" if one.reading.get("preset") == OWN.name else "fill"
    return {
        "targets": {column["header"]: targets.get(column["header"], "") for column in one.columns},
        # What the numbers mean is never chosen for somebody; what files of this kind mean is said beside it.
        "mode": one.mode,
        "missing": options.get("missing") or one.reading.get("suggested_missing") or "create",
        "fields": options.get("fields") or fields,
        "existing": options.get("existing") or "change",
        "customers": options.get("customers") or "named",
        "country": options.get("country") or "",
        "decimal": options.get("decimal") or "auto",
        "date_order": options.get("date_order") or "auto",
        "rate": (options.get("conversion") or {}).get("rate") or "",
        "rounding": (options.get("conversion") or {}).get("rounding") or "half_up",
    }


def _answers(given: QueryDict, one: Import) -> dict[str, Any]:
    """What the form says; two columns for one field stay two, so that the refusal can name it."""
    targets = {column["header"]: given.get(f"column-{index}", "") for index, column in enumerate(one.columns)}
    chosen = [target for target in targets.values() if target]
    doubles = {target for target in chosen if chosen.count(target) > 1}
    return {
        "targets": targets,
        "doubles": doubles,
        "mapping": {target: header for header, target in targets.items() if target},
        **{name: given.get(name, "") for name in QUESTIONS},
        "country": given.get("country", "").upper()[:2],
        "decimal": given.get("decimal", "auto"),
        "date_order": given.get("date_order", "auto"),
        "rate": given.get("rate", "").strip().replace(",", "."),
        "rounding": given.get("rounding", "half_up"),
    }


def _missing_answer(one: Import, answers: dict[str, Any]) -> str:
    if answers["doubles"]:
        name = field_name(min(answers["doubles"]))
        return _("Two columns are matched with “{name}”. Every field takes one column.").format(name=name)
    if one.kind == "cards" and answers["mode"] not in ("add", "set"):
        return _("Say what the numbers mean: are they added, or are they the new totals?")
    return ""


def _options(answers: dict[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = {
        "mode_later": False,
        "country": answers["country"] or None,
        "decimal": answers["decimal"] or "auto",
        "date_order": answers["date_order"] or "auto",
        "conversion": None,
    }
    options |= {name: answers[name] for name in ("missing", "fields", "existing", "customers") if answers[name]}
    if answers["rate"]:
        options["conversion"] = requests.read_conversion({"rate": answers["rate"], "rounding": answers["rounding"]})
    return options


def _render(
    request: PageRequest, one: Import, chosen: dict[str, Any], problem: str, *, status: int = 200
) -> HttpResponse:
    balances = balance_types(one)
    custom = tuple(field.key for field in list_custom_fields(one.chain_id))
    groups: dict[str, list[tuple[str, str]]] = {}
    ambiguous = {"balance", "deposit"}
    for target in list_targets(one.kind, balances, custom):
        # The balances are offered by their own names; the short names are for files and the API.
        if target.key in ambiguous and balances and target.key not in one.mapping:
            continue
        # Few files have a fourth phone: its field is offered where one does.
        if target.key in FURTHER_PHONES[2:] and target.key not in one.mapping:
            continue
        label = target.label if ":" in target.key else field_name(target.key)
        groups.setdefault(str(GROUP_NAMES.get(target.group, target.group)), []).append((target.key, label))
    lines = [
        ColumnLine(
            index=index,
            header=column["header"],
            samples=tuple(column["samples"]),
            target=chosen["targets"].get(column["header"], ""),
            badge=_badge(column, chosen["targets"].get(column["header"], "")),
        )
        for index, column in enumerate(one.columns)
    ]
    card_type = find_card_type(one.chain_id, one.card_type_id) if one.card_type_id else None
    proposal = propose(one, chosen["targets"], balances, money_decimals=request.chain.currency_decimals)
    if proposal and not problem:
        chosen = chosen | {"rate": chosen["rate"] or proposal.rate}
    context = {
        "one": one,
        "steps": wizard_steps(one),
        "lines": lines,
        "groups": list(groups.items()),
        "chosen": {"usual_mode": one.reading.get("suggested_mode", ""), **chosen},
        "problem": problem,
        "problem_at": _problem_at(one, chosen, lines) if problem else "",
        "card_type": card_type,
        "is_bearer": one.kind in CODE_KINDS,
        "key_sentence": _key_sentence(lines, one.kind),
        "example": _example(lines),
        "countries": _countries(request.chain.country),
        "home": request.chain.country,
        "sheets": [sheet["name"] for sheet in one.reading.get("sheets", [])],
        "encodings": sorted(KNOWN_ENCODINGS),
        "delimiters": DELIMITERS,
        "ignored": sum(not line.target for line in lines),
        "data_rows": max(0, one.reading.get("rows", 0) - min(1, one.reading.get("header_row", 0))),
        "proposal": proposal,
        "open_dialects": _open_dialects(one),
        "dialect_summary": _dialect_summary(one, chosen, request.chain.country),
        "cancel_url": reverse("imports:list"),
    }
    return render_page(request, "imports/match.html", context, status=status)


def _problem_at(one: Import, chosen: dict[str, Any], lines: list[ColumnLine]) -> str:
    """The id of the field that a problem is about: a doubled column, the question of the mode, the first column."""
    doubles = chosen.get("doubles") or ()
    doubled = next((line for line in lines if line.target in doubles), None)
    if doubled:
        return f"column-{doubled.index}"
    if one.kind == "cards" and chosen["mode"] not in ("add", "set"):
        return "id_mode"
    return "column-0"


def _open_dialects(one: Import) -> str:
    """What the columns admit in two readings, as a question; "" where nothing is open."""
    for target, told in one.reading.get("dialects", {}).items():
        if told.get("certainty") == "unknown":
            header = one.mapping.get(target, target)
            if "order" in told:
                return _("In “{header}”, say whether the day or the month comes first.").format(header=header)
            return _("In “{header}”, say which sign begins the decimals.").format(header=header)
    return ""


def _dialect_summary(one: Import, chosen: dict[str, Any], home: str) -> str:
    """The country, decimal sign and date order that the columns are read by."""
    territories = Locale.parse((get_language() or "en").replace("-", "_")).territories
    code = chosen["country"] or home
    said = [str(territories.get(code, code))]
    found = one.reading.get("dialects", {}).values()
    signs = {told["decimal"] for told in found if "decimal" in told}
    orders = {told["order"] for told in found if "order" in told}
    if len(signs) == 1:
        said.append({",": _("comma: 1,5"), ".": _("point: 1.5")}[signs.pop()])
    if len(orders) == 1:
        said.append({"dmy": _("day first"), "mdy": _("month first"), "ymd": _("year first")}[orders.pop()])
    return " · ".join(said)


def field_name(target: str) -> str:
    """What a field is called."""
    if target in FURTHER_PHONES and target not in FIELD_NAMES:
        return _("Phone {number}").format(number=target.removeprefix("phone"))
    return str(FIELD_NAMES.get(target, target.partition(":")[2] or target))


def _badge(column: dict[str, Any], target: str) -> str:
    if not target:
        return "ignored"
    return column["badge"] if column["guess"] == target else "chosen"


def _key_sentence(lines: list[ColumnLine], kind: str) -> str:
    """By what the people of the file are found."""
    if kind == "orders":
        targets = {line.target for line in lines}
        if "at" not in targets or not targets & {"total", "price", "line_total"}:
            return ""
        number = next((line.header for line in lines if line.target == "order"), None)
        if number is None:
            return _("Every row is an order; equal rows of another file are the same orders.")
        return _("Rows with one “{first}” are one order, and it counts once.").format(first=number)
    if kind in CODE_KINDS:
        headers = {line.target: line.header for line in lines}
        if "code" not in headers or (kind == "gift_cards" and "left" not in headers):
            return ""
        return _("A row is recognised by “{first}”, however it is written.").format(first=headers["code"])
    found = [line.header for key in ("number", "phone", "email") for line in lines if line.target == key]
    if not found:
        return ""
    if len(found) == 1:
        return _("A row is recognised by “{first}”.").format(first=found[0])
    return _("A row is recognised by “{first}”, else by “{second}”.").format(first=found[0], second=found[1])


def _example(lines: list[ColumnLine]) -> dict[str, str]:
    """A first row to explain add and set by: who, and what the file says."""
    amounts = [line for line in lines if line.target.startswith(("balance", "deposit")) and line.samples]
    people = [line for line in lines if line.target in ("name", "first_name") and line.samples]
    digits = "".join(sign for sign in (amounts[0].samples[0] if amounts else "15") if sign.isdigit())[:4]
    value = int(digits or "15") or 15
    if amounts and not amounts[0].samples[0].strip().lstrip("-").isdigit():
        value = 15
    return {
        "name": people[0].samples[0] if people else "",
        "value": str(value),
        "sum": str(20 + value),
    }


def _countries(home: str) -> list[tuple[str, str]]:
    territories = Locale.parse((get_language() or "en").replace("-", "_")).territories
    named = [(code, name) for code, name in territories.items() if len(code) == 2 and code.isalpha()]
    return sorted(named, key=lambda pair: (pair[0] != home, pair[1]))
