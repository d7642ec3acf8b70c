"""What the routes of imports take and give."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from django.utils.translation import gettext
from pydantic import ConfigDict, Field, RootModel

from regulars.imports import errors
from regulars.imports.models import Import
from regulars.imports.queries.imports import CheckedRow, list_decimals
from regulars.imports.queries.plans import country_name
from regulars.imports.rules.plan import ReadingPlan
from regulars.imports.rules.sentences import column_header, describe
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.platform.api.fields import Flag, In, Out, TimeOut
from regulars.platform.api.listing import Paged

COUNTS: Final = ("rows", "create", "change", "unchanged", "warning", "error", "conflict")
RESULTS: Final = ("created", "changed", "unchanged", "left", "failed")


class UploadIn(In):
    """The form fields beside the file; `mapping`, `conversion` are JSON."""

    kind: Literal["cards", "customers", "orders", "codes", "gift_cards"]
    card_type: Annotated[str, Field(max_length=200, examples=["ext:club"])] = ""
    pool: Annotated[
        str, Field(max_length=200, description="Of `codes`: the pool they come into.", examples=["ext:autumn"])
    ] = ""
    gift_card_type: Annotated[
        str, Field(max_length=200, description="Of `gift_cards`: the type of rows that name none, `gct_…`.")
    ] = ""
    mode: Literal["", "add", "set"] = ""
    text: Annotated[str | None, Field(description="Pasted cells, instead of a file.")] = None
    mapping: Annotated[str | None, Field(examples=['{"phone": "Telefon"}'])] = None
    sheet: Annotated[str | None, Field(max_length=200)] = None
    header_row: Annotated[int, Field(strict=False, ge=0, le=1_048_576)] | None = None
    country: Annotated[str | None, Field(pattern="^[A-Za-z]{2}$", examples=["DE"])] = None
    decimal: Literal["auto", ".", ","] = "auto"
    date_order: Literal["auto", "dmy", "mdy", "ymd"] = "auto"
    conversion: Annotated[str | None, Field(examples=['{"rate": "0.01"}'])] = None
    existing: Literal["change", "skip", "issue_another"] = "change"
    missing: Literal["create", "skip"] = "create"
    customers: Literal["named", "never"] = "named"
    fields: Literal["fill", "overwrite", "ignore"] = "fill"
    again: Flag = False
    location: Annotated[str | None, Field(max_length=140, description="Where it happens: `loc_…` or `ext:…`.")] = None


class MappingIn(RootModel[dict[str, str]]):
    """What the columns are: our field → the file's header."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"phone": "Telefon", "balance": "Bonus"}]})


class RepairIn(In):
    """How a group of problems is mended: exactly one of `country`, `value`, `skip`."""

    code: Annotated[str, Field(max_length=60, examples=["phone_needs_country"])]
    column: Annotated[str, Field(max_length=200, description="Our field, as in the mapping.")] = ""
    country: Annotated[str | None, Field(pattern="^[A-Za-z]{2}$", examples=["DE"])] = None
    value: Annotated[str | None, Field(max_length=1000)] = None
    skip: bool = False


class RowIn(RootModel[dict[str, str]]):
    """New texts for cells of one row: the file's header, or our field, → text."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"Telefon": "+49 151 23456789"}]})


class ApplyIn(In):
    """What becomes of rows whose balance changed after the export."""

    conflicts: Literal["leave", "overwrite"] = "leave"


class RowFilters(Paged):
    """Which checked rows are meant."""

    status: Literal["", "create", "change", "unchanged", "warning", "error", "conflict"] = ""


class ProblemFilters(In):
    """The kind of file that problem rows are written to."""

    format: Literal["xlsx", "csv"] = "xlsx"


class ImportOut(Out):
    """An import: what it is, how far, and what came of it."""

    id: Annotated[str, Field(examples=["imp_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    state: str
    kind: str
    mode: str
    card_type: str | None
    pool: str | None
    gift_card_type: str | None
    file_name: str
    columns: list[dict[str, Any]]
    mapping: dict[str, str]
    preset: str
    progress: dict[str, int]
    counts: dict[str, int]
    effect: list[dict[str, str]]
    result: dict[str, int] | None
    undo: dict[str, int] | None
    problem: dict[str, str] | None
    created_at: TimeOut
    applied_at: TimeOut | None
    undone_at: TimeOut | None


class ImportList(Out):
    """A page of imports."""

    items: list[ImportOut]
    next_cursor: str | None


class RowOut(Out):
    """A row of the file and what happens with it."""

    row: int
    status: str
    code: str | None
    column: str | None
    detail: str
    phone: str | None
    card: str | None
    before: dict[str, str]
    after: dict[str, str]


class RowList(Out):
    """A page of rows."""

    items: list[RowOut]
    next_cursor: str | None


class UndoOut(Out):
    """What an undo would do now."""

    reversed: int
    cards_removed: int
    cards_kept: int
    customers_removed: int
    customers_restored: int
    amounts_left: int
    orders_removed: int
    orders_kept: int
    codes_removed: int
    codes_kept: int
    gift_cards_removed: int
    gift_cards_kept: int


def present_import(one: Import) -> dict[str, Any]:
    """An import as the API shows it."""
    return present_imports(one.chain_id, [one])[0]


def present_imports(chain_id: UUID, imports: Sequence[Import]) -> list[dict[str, Any]]:
    """Imports of a chain as the API shows them, in one query for all."""
    decimals = list_decimals(chain_id, {one.card_type_id for one in imports if one.card_type_id})
    return [_present(one, decimals.get(one.card_type_id, {}) if one.card_type_id else {}) for one in imports]


def _present(one: Import, decimals: Mapping[str, int]) -> dict[str, Any]:
    return {
        "id": encode("imp", one.id),
        "state": "cancelled" if (one.problem or {}).get("code") == "cancelled" else one.state,
        "kind": one.kind,
        "mode": one.mode,
        "card_type": encode("ctp", one.card_type_id) if one.card_type_id else None,
        "pool": one.options.get("pool"),
        "gift_card_type": one.options.get("gift_card_type"),
        "file_name": one.file_name,
        "columns": [{name: column[name] for name in ("header", "samples", "guess", "badge")} for column in one.columns],
        "mapping": one.mapping,
        "preset": one.reading.get("preset", ""),
        "progress": {"done": one.rows_done, "total": one.rows_total},
        "counts": {name: one.counts.get(name, 0) for name in COUNTS},
        "effect": [_present_effect(effect, decimals) for effect in one.effect],
        "result": {name: one.result.get(name, 0) for name in RESULTS} if one.result else None,
        "undo": one.undo_result or None,
        "problem": present_problem(one),
        "created_at": one.created_at,
        "applied_at": one.applied_at,
        "undone_at": one.undone_at,
    }


def _present_effect(effect: dict[str, Any], decimals: Mapping[str, int]) -> dict[str, str]:
    name = effect["balance_type"]
    return {
        "balance_type": name,
        "plus": format_amount(effect["plus"], decimals.get(name, 0)),
        "minus": format_amount(effect["minus"], decimals.get(name, 0)),
    }


def present_problem(one: Import) -> dict[str, str] | None:
    """Why an import failed: a code and a sentence in the reader's language."""
    if one.problem is None:
        return None
    refusal = errors.FILE_REFUSALS.get(one.problem["code"])
    detail = one.problem["detail"]
    if refusal and "values" in one.problem:
        detail = gettext(refusal.message).format_map(one.problem["values"])
    return {"code": one.problem["code"], "detail": detail}


def present_row(line: CheckedRow, plan: ReadingPlan) -> dict[str, Any]:
    """A checked row as the API shows it."""
    first = line.issues[0] if line.issues else None
    return {
        "row": line.row,
        "status": line.status,
        "code": first.code if first else None,
        "column": column_header(first, plan) if first else None,
        "detail": " ".join(
            describe(issue, line.cells, plan, translate=gettext, country_of=country_name) for issue in line.issues
        ),
        "phone": line.phone,
        "card": encode("crd", line.card_id) if line.card_id else None,
        "before": _figures(line.before, plan),
        "after": _figures(line.after, plan),
    }


def _figures(values: tuple[int | None, ...], plan: ReadingPlan) -> dict[str, str]:
    return {
        balance.external_id: format_amount(value, balance.decimals)
        for balance, value in zip(plan.balances, values, strict=False)
        if value is not None
    }
