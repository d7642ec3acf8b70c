"""Routes of exports."""

from typing import Annotated, Any, Literal, cast

from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field

from regulars.exports.actions import files
from regulars.exports.actions.request import ExportCommand, request_export
from regulars.exports.errors import ExportExpired, ExportNotReady, TooManyExports
from regulars.exports.jobs import defer_export
from regulars.exports.queries.exports import ExportView, access_export, list_exports
from regulars.exports.rules.columns import COLUMNS_MAX, KINDS
from regulars.kernel.ids import encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.api.answers import Answer, answer, created
from regulars.platform.api.fields import In, Out, ShortTextIn, TimeOut
from regulars.platform.api.listing import Paged, list_body, read_id_cursor, write_cursor
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes

routes = Routes("Exports")

Kind = Literal["cards", "customers", "transactions", "orders", "vouchers", "memberships", "codes", "gift_cards"]
Format = Literal["xlsx", "csv"]
assert Kind.__args__ == KINDS  # type: ignore[attr-defined]


class ExportIn(In):
    """What to write. `filter` takes the filters of the list of that kind, `columns` some of its columns, in any order."""

    kind: Kind
    format: Format = "xlsx"
    filter: Annotated[dict[str, Any], Field(examples=[{"card_type": "ext:coffee-card", "status": "active"}])] = {}
    columns: Annotated[list[ShortTextIn] | None, Field(max_length=COLUMNS_MAX, examples=[["number", "phone"]])] = None


class ProgressOut(Out):
    """How many rows are written, of how many; `total` is null until they are counted."""

    done: int
    total: int | None


class ProblemOut(Out):
    """Why there is no file."""

    code: str
    detail: str


class ExportOut(Out):
    """An export. `url` is where its file is fetched once the state is `done`; null before, and when it is gone."""

    id: Annotated[str, Field(examples=["exp_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    kind: Kind
    format: Format
    filter: dict[str, str]
    columns: list[str]
    state: Literal["waiting", "running", "done", "failed", "expired"]
    progress: ProgressOut
    url: str | None
    file_name: str
    bytes: int | None
    problem: ProblemOut | None
    created_at: TimeOut
    finished_at: TimeOut | None


class ExportList(Out):
    """Exports, newest first."""

    items: list[ExportOut]
    next_cursor: str | None


@routes.post("/exports", needs="exports:write", answers={201: ExportOut}, refuses=[NotFound, TooManyExports])
def make_export(request: ApiRequest, body: ExportIn) -> Answer:
    """Make a spreadsheet.

    It is written in the background: read the export until its `state` is `done`, then fetch its `url`. All rows are as
    they were at one instant. Without `columns` every column is written but the cards' secret links.
    """
    command = ExportCommand(kind=body.kind, format=body.format, filter=body.filter, columns=body.columns)
    return created(present_export(request_export(request.actor, command, defer=defer_export, now=request.now)))


@routes.get("/exports", needs="exports:read", answers={200: ExportList})
def list_some_exports(request: ApiRequest, filters: Query[Paged]) -> Answer:
    """List the exports, newest first."""
    after = read_id_cursor("exports", filters.cursor)
    found, last = list_exports(request.actor, after=after, limit=filters.limit)
    next_cursor = write_cursor("exports", [str(last)]) if last else None
    return answer(list_body(map(present_export, found), next_cursor))


@routes.get("/exports/{export}", needs="exports:read", answers={200: ExportOut})
def get_export(request: ApiRequest, export: str) -> Answer:
    """Read an export."""
    return answer(present_export(access_export(request.actor, check_reference(export))))


@routes.get(
    "/exports/{export}/file", needs="exports:read", answers={200: None}, refuses=[ExportNotReady, ExportExpired]
)
def get_file_of_export(request: ApiRequest, export: str) -> HttpResponse:
    """Fetch the file of an export."""
    return send_file(access_export(request.actor, check_reference(export)))


def send_file(export: ExportView) -> HttpResponse:
    """The file of an export as a download. Refuses: ExportNotReady, ExportExpired."""
    if export.state == "expired":
        raise Refused(ExportExpired())
    path = files.path_of(export.id, export.format)
    if export.state != "done" or not path.exists():
        raise Refused(ExportNotReady(state=export.state))
    response = FileResponse(
        path.open("rb"), as_attachment=True, filename=export.file_name, content_type=MEDIA_TYPES[export.format]
    )
    response["Cache-Control"] = "private, no-store"
    # Django keeps answers that stream beside HttpResponse, not below it; all that follows treats both alike.
    return cast("HttpResponse", response)


def problem_text(export: ExportView) -> str:
    """Why the export has no file, in the language of whoever asks; "" where nothing went wrong."""
    problem = export.problem
    return _(problem["message"]).format_map(problem["values"]) if problem else ""


MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def present_export(export: ExportView) -> dict[str, Any]:
    """An export as the API writes it."""
    identifier = encode("exp", export.id)
    return {
        "id": identifier,
        "kind": export.kind,
        "format": export.format,
        "filter": export.filter,
        "columns": list(export.columns),
        "state": export.state,
        "progress": {"done": export.rows_done, "total": export.rows_total},
        "url": f"/api/v1/exports/{identifier}/file" if export.state == "done" else None,
        "file_name": export.file_name,
        "bytes": export.file_bytes,
        "problem": {"code": export.problem["code"], "detail": problem_text(export)} if export.problem else None,
        "created_at": export.created_at,
        "finished_at": export.finished_at,
    }
