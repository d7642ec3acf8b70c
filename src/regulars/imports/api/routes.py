"""Routes of imports: upload, look, mend, apply, cancel, undo (API.md, Imports and exports)."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponseBase
from ninja import File, Form, Query
from ninja.files import UploadedFile

from regulars.chains.queries import where_it_happens
from regulars.imports import errors
from regulars.imports.actions import requests
from regulars.imports.actions.undo_preview import preview_undo
from regulars.imports.api.schemas import (
    ApplyIn,
    ImportList,
    ImportOut,
    MappingIn,
    ProblemFilters,
    RepairIn,
    RowFilters,
    RowIn,
    RowList,
    UndoOut,
    UploadIn,
    present_import,
    present_imports,
    present_row,
)
from regulars.imports.jobs import defer_step
from regulars.imports.models import Import
from regulars.imports.queries.imports import access_import, list_rows, page_imports
from regulars.imports.queries.plans import read_plan
from regulars.imports.queries.problems import problem_file
from regulars.imports.rules.repairs import RepairChoice
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.platform.api.answers import Answer, answer, created
from regulars.platform.api.idempotency import answer_by_action, claim_of
from regulars.platform.api.listing import Paged, list_body, read_cursor, write_cursor
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.strict_json import parse_json, pointer_to
from regulars.platform.claims import Claim
from regulars.platform.database import unit_of_work
from regulars.platform.input_text import check_posted
from regulars.platform.wire import to_json

routes = Routes("Imports")

PASTED_NAME: Final = "pasted cells"
FILE_BYTES_MAX: Final = 210_000_000
JSON_CHARACTERS_MAX: Final = 100_000


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
    with unit_of_work(request.actor.chain_id):
        place = where_it_happens(request.actor, check_reference(form.location) if form.location else None)
    command = requests.UploadCommand(
        file_name=(file.name or "file") if file else PASTED_NAME,
        parts=_parts(file, form.text),
        kind=form.kind,
        card_type=form.card_type,
        pool=form.pool,
        gift_card_type=form.gift_card_type,
        mode=form.mode,
        mapping=_mapping(form.mapping),
        options=_options(form),
        is_again=form.again,
        location_id=place,
    )

    def present(one: Import) -> tuple[int, str]:
        return 201, to_json(present_import(one))

    one = requests.upload(request.actor, command, defer=defer_step, now=request.now, claim=claim, present=present)
    with unit_of_work(request.actor.chain_id):
        return created(present_import(one))


def _parts(file: UploadedFile | None, text: str | None) -> Iterator[bytes]:
    if file is not None:
        file.seek(0)
        yield from file.chunks()
    elif text is not None:
        yield text.encode("utf-8", "replace")


def _json(text: str | None, pointer: str) -> dict[str, Any]:
    """A JSON object in a form field, read as strictly as a body."""
    if not text:
        return {}
    try:
        value = parse_json(text.encode("utf-8", "surrogatepass")) if len(text) <= JSON_CHARACTERS_MAX else None
    except Refused as refused:
        if not isinstance(refused.refusal, Invalid):
            value = None
        else:
            below = tuple(replace(problem, pointer=f"{pointer}{problem.pointer}") for problem in refused.refusal.errors)
            raise Refused(Invalid(errors=below)) from None
    if not isinstance(value, dict):
        raise Refused(Invalid(errors=(FieldProblem(pointer, "invalid_json", "A JSON object."),)))
    return value


def _mapping(text: str | None) -> dict[str, str]:
    mapping = _json(text, "/mapping")
    problems = tuple(
        FieldProblem(pointer_to("/mapping", target), "invalid_header", "The header of a column, as text.")
        for target, header in mapping.items()
        if not isinstance(header, str)
    )
    if problems:
        raise Refused(Invalid(errors=problems))
    return mapping


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
    after = UUID(str(position[0])) if position else None
    found, last = page_imports(request.actor, after=after, limit=filters.limit)
    return answer(
        list_body(
            present_imports(request.actor.chain_id, found), write_cursor("imports", [str(last)]) if last else None
        )
    )


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
        errors.OrderColumnMissing,
        errors.CodeColumnMissing,
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
    "/imports/{import_id}/apply",
    needs="imports:write",
    answers={200: ImportOut},
    refuses=[errors.WrongImportState, errors.SameFile],
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
