"""The third step: what would happen, what is wrong and how to mend it; nothing is written before *Import*."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import phonenumbers
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.cards.queries.types import CardTypeView, find_card_type
from regulars.imports.actions import requests
from regulars.imports.jobs import defer_step
from regulars.imports.models import Import
from regulars.imports.pages.words import PROBLEM_NAMES, address_of, wizard_steps
from regulars.imports.queries.imports import CheckedRow, access_import, list_problem_groups, list_rows
from regulars.imports.queries.plans import country_name, read_plan
from regulars.imports.rules.code_cells import CODE_KINDS
from regulars.imports.rules.plan import ReadingPlan
from regulars.imports.rules.repairs import Repair, RepairChoice, offer_repairs
from regulars.imports.rules.sentences import column_header, describe
from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from regulars.platform.pages import figures, listing
from regulars.platform.pages.answer import done, render_page
from regulars.platform.sessions import PageRequest, page
from regulars.staff.actions.notifications import see

ROWS_SHOWN: Final = 50
CELLS_SHOWN: Final = 6
GROUP_ROWS_MIN: Final = 3
GROUPS_SHOWN: Final = 5
STATUSES: Final = ("create", "change", "unchanged", "warning", "error", "conflict")


@dataclass(frozen=True, slots=True)
class CellShown:
    """A cell of the file: its column, its text, whether it is the one that is wrong."""

    header: str
    text: str
    is_wrong: bool = False
    manner: str = ""
    """"code" for phones and numbers, "end" for amounts."""


@dataclass(frozen=True, slots=True)
class RowShown:
    """A row of the file with what happens to it."""

    number: int
    status: str
    cells: tuple[CellShown, ...]
    sentences: tuple[str, ...]
    is_error: bool
    moves: tuple[tuple[str, int | None, int | None, int], ...]
    card: str | None
    edit_url: str = field(default="")


@dataclass(frozen=True, slots=True)
class RepairShown:
    """A group of rows with the same problem and what mends them all at once."""

    name: str
    repair: Repair
    country_name: str
    calling_code: str


@page(right="imports:read")
def show_check(request: PageRequest, identifier: str) -> HttpResponse:
    """Counts as filters, groups to mend, rows with what happens to each."""
    one = access_import(request.actor, identifier)
    if one.state != "checked":
        return redirect(address_of(one))
    request.visit = see(request.visit, one.id, now=request.now)
    status = request.GET.get("status", "")
    if status not in STATUSES:
        status = "error" if one.counts.get("error") else ""
    after = request.GET.get("from", "")
    found, more = list_rows(
        one, status=status, after=int(after) if after.isdecimal() and len(after) < 9 else 0, limit=ROWS_SHOWN
    )
    plan = read_plan(one)
    card_type = find_card_type(one.chain_id, one.card_type_id) if one.card_type_id else None
    context = {
        "one": one,
        "identifier": identifier,
        "steps": wizard_steps(one),
        "counts": one.counts,
        "problem_count": one.counts.get("error", 0) + one.counts.get("conflict", 0),
        "boxes": _boxes(one, identifier, status),
        "status": status,
        "headers": [(column.header, _manner(column)) for column in _shown_columns(plan)],
        "rows": [show_row(line, plan, identifier) for line in found],
        "doubt": _doubt(one),
        "repairs": _repairs(request, one) if request.actor.may("imports:write") else [],
        "pager": listing.pager(request, after=str(more) if more else None, before=None, text=""),
        "effects": effects_of(one, card_type),
        "card_type": card_type,
        "button": _button(one),
        "good": one.counts.get("good", 0),
        "span": _span(request, one),
        "worth": one.reading.get("worth"),
        "currency": request.chain.currency,
        "has_versions": plan.column_of("version") is not None,
        "may_write": request.actor.may("imports:write"),
        "set_without_version": one.mode == "set" and one.counts.get("change") and plan.column_of("version") is None,
    }
    return render_page(request, "imports/check.html", context)


def _boxes(one: Import, identifier: str, status: str) -> list[dict[str, Any]]:
    """The counts, each a filter of the rows below."""
    if one.kind == "orders":
        return _boxes_of(one, identifier, status, [
            ("create", _("new orders"), ""),
            ("unchanged", _("here already, or left out"), ""),
            ("warning", _("rows with a warning"), "warm"),
            ("error", _("rows need attention"), "bad"),
        ])  # fmt: skip
    if one.kind in CODE_KINDS:
        return _boxes_of(one, identifier, status, [
            ("create", _("new codes") if one.kind == "codes" else _("new gift cards"), ""),
            ("unchanged", _("left out"), ""),
            ("warning", _("with a warning"), "warm"),
            ("error", _("need attention"), "bad"),
        ])  # fmt: skip
    is_cards = one.kind == "cards"
    named = [
        ("create", _("new cards") if is_cards else _("new customers"), ""),
        ("change", _("balances or details change") if is_cards else _("details change"), ""),
        ("unchanged", _("unchanged"), ""),
        ("warning", _("with a warning"), "warm"),
        ("conflict", _("in conflict"), "warm"),
        ("error", _("need attention"), "bad"),
    ]
    return _boxes_of(one, identifier, status, named)


def _boxes_of(one: Import, identifier: str, status: str, named: list[tuple[str, Any, str]]) -> list[dict[str, Any]]:
    here = reverse("imports:check", args=[identifier])
    return [
        {
            "value": one.counts.get(name, 0),
            "label": label,
            "tone": tone if one.counts.get(name) else "",
            "url": f"{here}?status={name}",
            "current": name == status,
        }
        for name, label, tone in named
        if one.counts.get(name) or name in ("create", "change", "unchanged", "error")
    ]


def _manner(column: Any) -> str:
    if column.target.key in ("phone", "number", "order", "sku", "code"):
        return "code"
    return (
        "end"
        if column.balance or column.target.key in ("total", "price", "line_total", "quantity", "left", "value")
        else ""
    )


def _shown_columns(plan: ReadingPlan) -> list[Any]:
    """The columns that tell whose row it is and what it changes, before the rest."""
    order = {
        "code": -2,
        "left": -1,
        "order": -2,
        "at": -1,
        "time": -1,
        "phone": 0,
        "number": 1,
        "name": 2,
        "first_name": 2,
        "last_name": 3,
        "email": 4,
        "total": 5,
        "product": 6,
    }
    ranked = sorted(
        plan.columns, key=lambda column: (order.get(column.target.key, 5 if column.balance else 9), column.index)
    )
    return ranked[:CELLS_SHOWN]


def show_row(line: CheckedRow, plan: ReadingPlan, identifier: str) -> RowShown:
    """A row as the table shows it: its cells, the sentences about them, what moves."""
    wrong = {column_header(issue, plan) for issue in line.issues}
    cells = tuple(
        CellShown(
            header=column.header,
            text=line.cells[column.index] if column.index < len(line.cells) else "",
            is_wrong=column.header in wrong,
            manner=_manner(column),
        )
        for column in _shown_columns(plan)
    )
    moves = tuple(
        (balance.name, before, after, balance.decimals)
        for balance, before, after in zip(plan.balances, line.before, line.after, strict=False)
        if after is not None and before != after
    )
    return RowShown(
        number=line.row,
        status=line.status,
        cells=cells,
        sentences=tuple(
            describe(issue, line.cells, plan, translate=_, country_of=country_name) for issue in line.issues
        ),
        is_error=line.status in ("error", "conflict"),
        moves=moves,
        card=line.card_number,
        edit_url=reverse("imports:row", args=[identifier, line.row]),
    )


def _span(request: PageRequest, one: Import) -> dict[str, Any] | None:
    """From when to when the orders of a history are, and what they come to."""
    told: dict[str, Any] = one.reading.get("history") or {}
    if one.kind != "orders" or not told.get("first"):
        return None
    return {
        "first": datetime.fromisoformat(told["first"]),
        "last": datetime.fromisoformat(told["last"]),
        "total": told["total"],
        "currency": request.chain.currency,
    }


def _doubt(one: Import) -> dict[str, Any] | None:
    """The country that the phones are rather from, beside the one they are read by."""
    doubt: dict[str, Any] | None = one.reading.get("doubt")
    if not doubt:
        return None
    return doubt | {"name": country_name(doubt["country"]), "now": country_name(read_plan(one).country)}


def _repairs(request: PageRequest, one: Import) -> list[RepairShown]:
    countries = tuple(
        dict.fromkeys(
            [one.options.get("country") or "", request.chain.country, "DE", "RU", "IN", "US", "GB", "FR", "ES"]
        )
    )
    offered = offer_repairs(list_problem_groups(one), countries=tuple(code for code in countries if code))
    # A single row is mended where it stands; a bar above the rows is for what mends many at once.
    return [
        RepairShown(
            name=str(PROBLEM_NAMES.get(repair.group.code, repair.group.code)),
            repair=repair,
            country_name=country_name(repair.country or ""),
            calling_code=str(phonenumbers.country_code_for_region(repair.country)) if repair.country else "",
        )
        for repair in offered
        # The whole column is offered to that country already.
        if not (repair.country and repair.country == (one.reading.get("doubt") or {}).get("country"))
        if repair.country or repair.group.count >= GROUP_ROWS_MIN
    ][:GROUPS_SHOWN]


def effects_of(one: Import, card_type: CardTypeView | None) -> list[tuple[str, int, int, int]]:
    """Per balance: its name, what is added, what is taken, its decimals."""
    names = {balance.external_id: balance for balance in card_type.balance_types} if card_type else {}
    return [
        (names[effect["balance_type"]].name, effect["plus"], -effect["minus"], names[effect["balance_type"]].decimals)
        for effect in one.effect
        if effect["balance_type"] in names and (effect["plus"] or effect["minus"])
    ]


def _button(one: Import) -> str:
    """The primary action with its numbers."""
    counts = one.counts
    if one.kind == "orders":
        created = counts.get("create", 0)
        return ngettext("Import %(count)s order", "Import %(count)s orders", created) % {
            "count": figures.number(created)
        }
    if one.kind in CODE_KINDS:
        created = counts.get("create", 0)
        text = (
            ngettext("Import %(count)s code", "Import %(count)s codes", created)
            if one.kind == "codes"
            else ngettext("Import %(count)s gift card", "Import %(count)s gift cards", created)
        )
        return text % {"count": figures.number(created)}
    new, changed = figures.number(counts.get("create", 0)), figures.number(counts.get("change", 0))
    if one.kind == "customers":
        if counts.get("change"):
            return _("Import {new} customers, change {changed}").format(new=new, changed=changed)
        return _("Import {new} customers").format(new=new)
    if counts.get("create") and counts.get("change"):
        return _("Import {new} cards, change {changed}").format(new=new, changed=changed)
    if counts.get("change"):
        return _("Change {changed} cards").format(changed=changed)
    return _("Import {new} cards").format(new=new)


@page(right="imports:write")
def repair(request: PageRequest, identifier: str) -> HttpResponse:
    """Mend all rows of a group at once; they are checked again."""
    if request.method != "POST":
        return redirect(reverse("imports:check", args=[identifier]))
    given = request.POST
    choice = RepairChoice(
        code=given.get("code", "")[:60],
        target=given.get("target", "")[:200],
        country=given.get("country") or None,
        value=given.get("value") if "value" in given and not given.get("country") else None,
        is_skip="skip" in given,
    )
    one = requests.repair(request.actor, identifier, choice, defer=defer_step)
    return done(request, address_of(one))


@page(right="imports:write")
def read_as_country(request: PageRequest, identifier: str) -> HttpResponse:
    """Read all phones of the file as numbers of the country that the check found them to be from; rows are checked again."""
    if request.method != "POST":
        return redirect(reverse("imports:check", args=[identifier]))
    with unit_of_work(request.actor.chain_id):
        doubt = access_import(request.actor, identifier).reading.get("doubt")
    if not doubt:
        return done(request, reverse("imports:check", args=[identifier]))
    one = requests.choose(request.actor, identifier, options={"country": doubt["country"]}, defer=defer_step)
    return done(request, address_of(one))


@page(right="imports:write")
def mend_row(request: PageRequest, identifier: str, row: int) -> HttpResponse:
    """Type other values into one row of the file."""
    if request.method == "POST":
        texts = request.POST.getlist("cell")
        headers = request.POST.getlist("header")
        cells = dict(zip(headers, texts, strict=False))
        one = requests.repair_row(request.actor, identifier, row, cells, defer=defer_step)
        return done(request, address_of(one))
    one = access_import(request.actor, identifier)
    if one.state != "checked":
        return redirect(address_of(one))
    found, _more = list_rows(one, after=row - 1, limit=1)
    if not found or found[0].row != row:
        return redirect(reverse("imports:check", args=[identifier]))
    plan = read_plan(one)
    context = {
        "one": one,
        "identifier": identifier,
        "row": show_row(found[0], plan, identifier),
        "back": reverse("imports:check", args=[identifier]),
    }
    return render_page(request, "imports/row.html", context, fragments={"modal": "imports/_row.html"})


@page(right="imports:write")
def apply(request: PageRequest, identifier: str) -> HttpResponse:
    """Write the good rows in the background."""
    if request.method != "POST":
        return redirect(reverse("imports:check", args=[identifier]))
    conflicts = request.POST.get("conflicts", "leave")
    one = requests.apply(request.actor, identifier, conflicts=conflicts, defer=defer_step, now=request.now)
    return done(request, reverse("imports:show", args=[encode("imp", one.id)]))
