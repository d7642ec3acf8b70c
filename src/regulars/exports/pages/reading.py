"""The exports of the chain: how far each is, and its file."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse

from regulars.exports.api import problem_text, send_file
from regulars.exports.errors import KEPT_DAYS
from regulars.exports.pages import words
from regulars.exports.queries.exports import ExportView, access_export, list_exports
from regulars.kernel.ids import decode, encode
from regulars.platform.pages import listing
from regulars.platform.pages.answer import render_page
from regulars.platform.sessions import PageRequest, page
from regulars.staff.actions.notifications import see

PAGE_SIZE: Final = 30
POLL_SECONDS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRow:
    """An export as the list shows it."""

    export: ExportView
    id: str
    kind: words.Text
    icon: str
    filters: list[tuple[words.Text, str]]
    rows: str
    size: str
    problem: str
    file_url: str
    again_url: str
    until: datetime


@page(right="exports:read")
def show_list(request: PageRequest) -> HttpResponse:
    """All exports, newest first; looks again by itself as long as one is being written."""
    return render_page(request, "exports/list.html", _context(request), fragments={"work": "exports/_rows.html"})


@page(right="exports:read")
def show_rows(request: PageRequest) -> HttpResponse:
    """The rows of the list alone, as they are now."""
    return render_page(request, "exports/_rows.html", _context(request))


def _context(request: PageRequest) -> dict[str, Any]:
    after = decode("exp", request.GET.get("after", ""))
    found, last = list_exports(request.actor, after=after, limit=PAGE_SIZE)
    now = request.now
    request.visit = see(request.visit, *(one.id for one in found), now=now)
    names = words.read_names(request.actor)
    may_write = request.actor.may("exports:write")
    is_working = any(one.is_unfinished for one in found)
    query = request.META.get("QUERY_STRING", "")
    return {
        "now": now,
        "rows": [_row(one, names, may_write=may_write) for one in found],
        "is_working": is_working,
        "is_first": after is None,
        "poll_seconds": POLL_SECONDS if is_working else None,
        "rows_url": reverse("exports:rows") + (f"?{query}" if query else ""),
        "may_write": may_write,
        "days": KEPT_DAYS,
        "pager": listing.Pager(next_url=_next_url(last)),
    }


def _next_url(last: UUID | None) -> str:
    return f"{reverse('exports:list')}?after={encode('exp', last)}" if last else ""


def _row(export: ExportView, names: words.Names, *, may_write: bool) -> ExportRow:
    identifier = encode("exp", export.id)
    is_over = export.state in ("failed", "expired")
    return ExportRow(
        export=export,
        id=identifier,
        kind=words.KINDS[export.kind],
        icon=words.ICONS[export.kind],
        filters=words.filter_lines(export.filter, names),
        rows=words.rows_text(export),
        size=words.size_text(export.file_bytes) if export.file_bytes else "",
        problem=problem_text(export),
        file_url=reverse("exports:file", args=[identifier]) if export.state == "done" else "",
        again_url=reverse("exports:again", args=[identifier]) if may_write and is_over else "",
        until=export.created_at + timedelta(days=KEPT_DAYS),
    )


@page(right="exports:read")
def fetch(request: PageRequest, export: str) -> HttpResponse:
    """The file of an export."""
    return send_file(access_export(request.actor, export))
