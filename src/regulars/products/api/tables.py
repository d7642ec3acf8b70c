"""An uploaded CSV file as products, read as tolerantly as imports read theirs."""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from regulars.imports.errors import FILE_REFUSALS
from regulars.imports.reading.encodings import detect_encoding
from regulars.imports.reading.stop import Stop
from regulars.imports.reading.text_tables import TextTable
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.products.actions.many import IMPORTED_MAX
from regulars.products.rules.columns import find_header, no_sku_column, read_cells


def read_upload(parts: Iterable[bytes], *, decimals: int) -> list[tuple[int, dict[str, Any]]]:
    """The products of an uploaded CSV file with their lines. Refuses: Invalid, and what imports say of unreadable files."""
    rows = _read_rows(parts)
    header, columns = find_header(rows, {})
    if not columns:
        raise Refused(no_sku_column())
    return list(read_cells(rows[header + 1 :], columns, decimals=decimals))


def _read_rows(parts: Iterable[bytes]) -> list[tuple[int, Sequence[str]]]:
    with tempfile.TemporaryDirectory(prefix="regulars-products-") as folder:
        path = Path(folder) / "products.csv"
        with path.open("wb") as copy:
            for part in parts:
                copy.write(part)
        try:
            rows: list[tuple[int, Sequence[str]]] = []
            for number, _, cells in TextTable(path, encoding=detect_encoding(path), delimiter=None).rows():
                rows.append((number, cells))
                if len(rows) > IMPORTED_MAX + 100:
                    detail = f"At most {IMPORTED_MAX} products at once."
                    raise Refused(Invalid(errors=(FieldProblem("/file", "too_many", detail),)))
            return rows
        except Stop as stop:
            raise Refused(FILE_REFUSALS[stop.code](**stop.facts)) from None
