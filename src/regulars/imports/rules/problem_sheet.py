"""The sheet of problem rows: the user's own columns and one more that says what is wrong.

It can be mended and uploaded again as it is: the added column is known by its header and ignored. Cells are written so
that no spreadsheet program runs them as formulas, and in a way that reading takes back.
"""

import re
from collections.abc import Sequence
from typing import Final

PROBLEM_HEADER: Final = "Problem"
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_HARMLESS: Final = re.compile(r"[+-]?[\d\s.,()/-]+")
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def safe_cell(text: str) -> str:
    """Write a cell for CSV: what a program could run as a formula gets an apostrophe, which reading drops again.

    A plain number with a sign is no formula and stays; a phone with a plus as well.
    """
    text = _FORBIDDEN.sub("\ufffd", text)
    if text.lstrip(" \u00a0").startswith(_DANGEROUS) and not _HARMLESS.fullmatch(text):
        return "'" + text
    return text


def sheet_headers(headers: Sequence[str]) -> tuple[str, ...]:
    """The user's headers and ours; a file that is already a problem sheet gets no second one."""
    return (*(header for header in headers if header != PROBLEM_HEADER), PROBLEM_HEADER)


def sheet_row(cells: Sequence[str], headers: Sequence[str], sentences: Sequence[str]) -> tuple[str, ...]:
    """One row: the cells as they were and the sentences of its problems."""
    padded = [*cells, *[""] * (len(headers) - len(cells))]
    kept = [text for text, header in zip(padded, headers, strict=False) if header != PROBLEM_HEADER]
    return (*kept, " ".join(sentences))
