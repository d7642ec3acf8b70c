"""The rows with problems as a file: the user's own columns and one that says what is wrong (IMP-5)."""

import csv
import io
import tempfile
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

import xlsxwriter
from django.http import FileResponse, HttpResponseBase
from django.utils.translation import gettext

from regulars.imports.errors import WrongImportState
from regulars.imports.models import Import
from regulars.imports.queries.imports import list_rows
from regulars.imports.queries.plans import country_name, read_plan
from regulars.imports.rules.problem_sheet import safe_cell, sheet_headers, sheet_row
from regulars.imports.rules.sentences import describe
from regulars.kernel.refusal import Refused

BATCH: Final = 2_000
MEMORY_BYTES: Final = 8_000_000
TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def problem_file(one: Import, file_format: str) -> HttpResponseBase:
    """A download of the rows that will not be, or were not, imported. Refuses: WrongImportState before the check."""
    if one.state not in ("checked", "applying", "applied", "cancelled", "undoing", "undone"):
        raise Refused(WrongImportState(state=one.state))
    file = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 (the response closes it)
    headers = sheet_headers(tuple(one.reading["headers"]))
    if file_format == "csv":
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow([safe_cell(header) for header in headers])
        for row in problem_rows(one):
            writer.writerow([safe_cell(cell) for cell in row])
        text.detach()
    else:
        book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, headers)
        for position, row in enumerate(problem_rows(one), start=1):
            for index, cell in enumerate(row):
                sheet.write_string(position, index, cell)
        book.close()
    file.seek(0)
    response = FileResponse(file, content_type=TYPES[file_format])
    name = f"{one.file_name.rsplit('.', 1)[0]} - problems.{file_format}"
    response["Content-Disposition"] = f"attachment; filename=\"problems.{file_format}\"; filename*=UTF-8''{quote(name)}"
    return response


def problem_rows(one: Import) -> Iterator[tuple[str, ...]]:
    """The rows with problems in the file's order, each with its sentences."""
    plan = read_plan(one)
    headers = tuple(one.reading["headers"])
    for status in ("error", "conflict"):
        after: int | None = 0
        while after is not None:
            found, after = list_rows(one, status=status, after=after, limit=BATCH)
            for line in found:
                sentences = [
                    describe(issue, line.cells, plan, translate=gettext, country_of=country_name)
                    for issue in line.issues
                ]
                yield sheet_row(line.cells, headers, sentences)
