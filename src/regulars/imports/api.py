"""Routes of imports: upload, look, mend, apply, cancel, undo (API.md, Imports and exports)."""

import hashlib
import json
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from django.http import HttpResponseBase
from django.utils.translation import gettext
from ninja import File, Form, Query
from ninja.files import UploadedFile
from pydantic import ConfigDict, Field, RootModel

from regulars.cards.queries.types import CardTypeView, find_card_type
from regulars.imports import errors
from regulars.imports.actions import requests
from regulars.imports.actions.undoing import preview_undo
from regulars.imports.jobs import defer_step
from regulars.imports.models import Import
from regulars.imports.queries.imports import CheckedRow, access_import, list_imports, list_rows
from regulars.imports.queries.plans import country_name, read_plan
from regulars.imports.queries.problems import problem_file
from regulars.imports.rules.plan import ReadingPlan
from regulars.imports.rules.repairs import RepairChoice
from regulars.imports.rules.sentences import column_header, describe
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.platform.api.answers import Answer, answer, created
from regulars.platform.api.fields import Flag, In, Out, TimeOut
from regulars.platform.api.idempotency import answer_by_action, claim_of, find_answer
from regulars.platform.api.listing import Paged, list_body, read_cursor, write_cursor
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.claims import Answered, Claim, store_answer
from regulars.platform.database import unit_of_work
from regulars.platform.input_text import check_posted

routes = Routes("Imports")

PASTED_NAME: Final = "pasted cells"
FILE_BYTES_MAX: Final = 210_000_000


class UploadIn(In):
    """The form fields beside the file; `mapping`, `conversion` are JSON."""

    kind: Literal["cards", "customers"]
    card_type: Annotated[str, Field(max_length=200, examples=["ext:club"])] = ""
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


@routes.post(
    "/imports",
    needs="imports:write",
    answers={201: ImportOut},
    refuses=[errors.SameFile, errors.ModeRequired, *errors.FILE_REFUSALS.values()],
    transaction="own",
    body="multipart",
    bytes_max=FILE_BYTES_MAX,
)
def upload_import(request: ApiRequest, form: Form[UploadIn], file: File[UploadedFile | None] = None) -> Answer:
    """Upload a spreadsheet.

    The file is kept as it is and read in the background: ask for the import until it is `checked`, `needs_mapping` or
    `failed`. Nothing is written before it is applied.
    """
    check_posted(request)
    if (file is None) == (form.text is None):
        problem = FieldProblem("/file", "required", "Send either a file or text with pasted cells.")
        raise Refused(Invalid(errors=(problem,)))
    digest = hashlib.sha256()
    for part in _parts(file, form.text):
        digest.update(part)
    unknown = set(request.POST) - set(UploadIn.model_fields)
    if unknown:
        raise Refused(Invalid(errors=(FieldProblem(f"/{min(unknown)}", "unknown_field", "There is no such field."),)))
    claim = claim_of(
        request,
        request.actor,
        route="POST /imports",
        required=False,
        path={},
        body=[form.model_dump(exclude={"text"}), digest.hexdigest()],
    )
    return answer_by_action(request.actor, claim, lambda: _upload(request, form, file, claim))


def _upload(request: ApiRequest, form: UploadIn, file: UploadedFile | None, claim: Claim | None) -> Answer:
    if claim:
        with unit_of_work(request.actor.chain_id):
            stored = find_answer(claim)
        if stored:
            raise Answered(stored)
    command = requests.UploadCommand(
        file_name=(file.name or "file") if file else PASTED_NAME,
        parts=_parts(file, form.text),
        kind=form.kind,
        card_type=form.card_type,
        mode=form.mode,
        mapping=_json(form.mapping, "/mapping"),
        options=_options(form),
        is_again=form.again,
    )
    one = requests.upload(request.actor, command, defer=defer_step, now=request.now)
    with unit_of_work(request.actor.chain_id):
        body = present_import(one)
        made = created(body)
        if claim:
            store_answer(request.actor.chain_id, claim.answered(status=201, answer=made.content.decode()))
    return made


def _parts(file: UploadedFile | None, text: str | None) -> Iterator[bytes]:
    if file is not None:
        file.seek(0)
        yield from file.chunks()
    elif text is not None:
        yield text.encode("utf-8", "replace")


def _json(text: str | None, pointer: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or len(text) > 100_000:
        raise Refused(Invalid(errors=(FieldProblem(pointer, "invalid_json", "A JSON object."),)))
    return value


def _options(form: UploadIn) -> dict[str, Any]:
    options: dict[str, Any] = {
        name: getattr(form, name)
        for name in (
            "sheet",
            "header_row",
            "country",
            "decimal",
            "date_order",
            "existing",
            "missing",
            "customers",
            "fields",
        )
        if getattr(form, name) is not None
    }
    if "country" in options:
        options["country"] = options["country"].upper()
    conversion = _json(form.conversion, "/conversion")
    if conversion:
        options["conversion"] = requests.read_conversion(conversion)
    return options


@routes.get("/imports", needs="imports:read", answers={200: ImportList})
def list_all_imports(request: ApiRequest, filters: Query[Paged]) -> Answer:
    """List imports, newest first."""
    position = read_cursor("imports", filters.cursor, length=1)
    lines, after = list_imports(request.actor, after=UUID(str(position[0])) if position else None, limit=filters.limit)
    found = {one.id: one for one in Import.objects.filter(id__in=[line.id for line in lines])}
    items = [present_import(found[line.id]) for line in lines]
    return answer(list_body(items, write_cursor("imports", [str(after)]) if after else None))


@routes.get("/imports/{import_id}", needs="imports:read", answers={200: ImportOut})
def show_import(request: ApiRequest, import_id: str) -> Answer:
    """Show an import: its state, columns, counts and effect."""
    return answer(present_import(access_import(request.actor, import_id)))


@routes.put(
    "/imports/{import_id}/mapping",
    needs="imports:write",
    answers={200: ImportOut},
    refuses=[
        errors.WrongImportState,
        errors.ColumnUsedTwice,
        errors.ColumnMissing,
        errors.FieldUnknown,
        errors.IdentityMissing,
        errors.ModeRequired,
    ],
)
def map_import(request: ApiRequest, import_id: str, body: MappingIn) -> Answer:
    """Say what the columns are; checking starts by itself."""
    one = requests.choose(request.actor, import_id, mapping=body.root, defer=defer_step)
    return answer(present_import(one))


@routes.post(
    "/imports/{import_id}/repairs",
    needs="imports:write",
    answers={200: ImportOut},
    refuses=[errors.WrongImportState, errors.RepairNotPossible],
)
def repair_import(request: ApiRequest, import_id: str, body: RepairIn) -> Answer:
    """Mend a group of rows with the same problem; they are checked again."""
    if sum((body.country is not None, body.value is not None, body.skip)) != 1:
        problem = FieldProblem("/country", "choose_one", "Give exactly one of country, value and skip.")
        raise Refused(Invalid(errors=(problem,)))
    choice = RepairChoice(code=body.code, target=body.column, country=body.country, value=body.value, is_skip=body.skip)
    return answer(present_import(requests.repair(request.actor, import_id, choice, defer=defer_step)))


@routes.get("/imports/{import_id}/rows", needs="imports:read", answers={200: RowList})
def list_import_rows(request: ApiRequest, import_id: str, filters: Query[RowFilters]) -> Answer:
    """List the rows of the file with what will happen, or happened, to each."""
    one = access_import(request.actor, import_id)
    listing = f"import-rows:{filters.status}"
    position = read_cursor(listing, filters.cursor, length=1)
    after = int(str(position[0])) if position else 0
    found, last = list_rows(one, status=filters.status, after=after, limit=filters.limit)
    plan = read_plan(one) if found else None
    items = [present_row(line, plan) for line in found if plan]
    return answer(list_body(items, write_cursor(listing, [str(last)]) if last else None))


@routes.patch(
    "/imports/{import_id}/rows/{row}",
    needs="imports:write",
    answers={200: ImportOut},
    refuses=[errors.WrongImportState],
)
def repair_import_row(request: ApiRequest, import_id: str, row: str, body: RowIn) -> Answer:
    """Type other texts into cells of one row; it is checked again, the file stays as it was uploaded."""
    if not row.isascii() or not row.isdigit() or len(row) > 7:
        raise Refused(NotFound())
    return answer(present_import(requests.repair_row(request.actor, import_id, int(row), body.root, defer=defer_step)))


@routes.get(
    "/imports/{import_id}/problems", needs="imports:read", answers={200: None}, refuses=[errors.WrongImportState]
)
def download_problems(request: ApiRequest, import_id: str, filters: Query[ProblemFilters]) -> HttpResponseBase:
    """Download the rows with problems: the file's own columns and one that says what is wrong."""
    return problem_file(access_import(request.actor, import_id), filters.format)


@routes.post(
    "/imports/{import_id}/apply", needs="imports:write", answers={200: ImportOut}, refuses=[errors.WrongImportState]
)
def apply_import(request: ApiRequest, import_id: str, body: ApplyIn | None = None) -> Answer:
    """Write the good rows in the background; each is decided again under lock."""
    conflicts = body.conflicts if body else "leave"
    one = requests.apply(request.actor, import_id, conflicts=conflicts, defer=defer_step, now=request.now)
    return answer(present_import(one))


@routes.post(
    "/imports/{import_id}/cancel", needs="imports:write", answers={200: ImportOut}, refuses=[errors.WrongImportState]
)
def cancel_import(request: ApiRequest, import_id: str) -> Answer:
    """Stop an import; what is written already stays and can be undone."""
    return answer(present_import(requests.cancel(request.actor, import_id, now=request.now)))


@routes.get("/imports/{import_id}/undo", needs="imports:read", answers={200: UndoOut})
def preview_import_undo(request: ApiRequest, import_id: str) -> Answer:
    """Count what an undo would take back now and what it would leave."""
    found = preview_undo(access_import(request.actor, import_id))
    return answer({name: getattr(found, name) for name in UndoOut.model_fields})


@routes.post(
    "/imports/{import_id}/undo",
    needs="imports:write",
    answers={200: ImportOut},
    refuses=[errors.WrongImportState, errors.UndoWindowOver],
)
def undo_import(request: ApiRequest, import_id: str) -> Answer:
    """Take an import back in the background, each change by its own amount; possible for 30 days."""
    return answer(present_import(requests.undo(request.actor, import_id, defer=defer_step, now=request.now)))


def present_import(one: Import) -> dict[str, Any]:
    """An import as the API shows it."""
    card_type = find_card_type(one.chain_id, one.card_type_id) if one.card_type_id else None
    return {
        "id": encode("imp", one.id),
        "state": one.state,
        "kind": one.kind,
        "mode": one.mode,
        "card_type": encode("ctp", one.card_type_id) if one.card_type_id else None,
        "file_name": one.file_name,
        "columns": [{name: column[name] for name in ("header", "samples", "guess", "badge")} for column in one.columns],
        "mapping": one.mapping,
        "preset": one.reading.get("preset", ""),
        "progress": {"done": one.rows_done, "total": one.rows_total},
        "counts": {name: one.counts.get(name, 0) for name in COUNTS},
        "effect": [_present_effect(effect, card_type) for effect in one.effect],
        "result": {name: one.result.get(name, 0) for name in RESULTS} if one.result else None,
        "undo": one.undo_result or None,
        "problem": present_problem(one),
        "created_at": one.created_at,
        "applied_at": one.applied_at,
        "undone_at": one.undone_at,
    }


COUNTS: Final = ("rows", "create", "change", "unchanged", "warning", "error", "conflict")
RESULTS: Final = ("created", "changed", "unchanged", "left", "failed")


def _present_effect(effect: dict[str, Any], card_type: CardTypeView | None) -> dict[str, str]:
    decimals = {balance.external_id: balance.decimals for balance in card_type.balance_types} if card_type else {}
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
