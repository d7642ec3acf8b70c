"""Files of rows that a page sends: CSV that spreadsheets open as text, written while it is sent."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import StreamingHttpResponse

from regulars.kernel.cells import safe_cell
from regulars.platform.database import unit_of_work

Row = tuple[str, ...]


def csv_answer(name: str, pages: Iterable[list[Row]]) -> StreamingHttpResponse:
    """A CSV file of these pages of rows under a name; its length costs no memory, no cell is a formula, and nobody keeps a copy."""

    def parts() -> Iterator[bytes]:
        yield "\ufeff".encode()
        for rows in pages:
            text = io.StringIO(newline="")
            csv.writer(text).writerows([safe_cell(cell) for cell in row] for row in rows)
            yield text.getvalue().encode()

    answer = StreamingHttpResponse(parts(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f"attachment; filename=\"list.csv\"; filename*=UTF-8''{quote(name)}"
    answer["Cache-Control"] = "no-store"
    return answer


def in_pages(
    chain_id: UUID, header: Row, next_rows: Callable[[Any], tuple[list[Row], Any]], start: Any
) -> Iterator[list[Row]]:
    """A header and pages of rows, each read in a unit of work of its own, until `next_rows` says that none is left."""
    yield [header]
    after = start
    while True:
        with unit_of_work(chain_id):
            found, after = next_rows(after)
        yield found
        if after is None:
            return
