"""The sheet of problem rows: the user's own columns and one more that says what is wrong.

It can be mended and uploaded again as it is: the added column is known by its header and ignored. Cells are written so
that no spreadsheet program runs them as formulas, and in a way that reading takes back.
"""

from collections.abc import Sequence
from typing import Final

from regulars.kernel.cells import safe_cell

__all__ = ["PROBLEM_HEADER", "safe_cell", "sheet_headers", "sheet_row"]

PROBLEM_HEADER: Final = "Problem"


def sheet_headers(headers: Sequence[str]) -> tuple[str, ...]:
    """The user's headers and ours; a file that is already a problem sheet gets no second one."""
    return (*(header for header in headers if header != PROBLEM_HEADER), PROBLEM_HEADER)


def sheet_row(cells: Sequence[str], headers: Sequence[str], sentences: Sequence[str]) -> tuple[str, ...]:
    """One row: the cells as they were and the sentences of its problems."""
    padded = [*cells, *[""] * (len(headers) - len(cells))]
    kept = [text for text, header in zip(padded, headers, strict=False) if header != PROBLEM_HEADER]
    return (*kept, " ".join(sentences))
