"""Cells of spreadsheets that we write: text that no program runs as a formula, and that reading takes back as it was."""

import re
from typing import Final

_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_HARMLESS: Final = re.compile(r"[+-]?[\d\s.,()/-]+")
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean_cell(text: str) -> str:
    """The text without the characters that no spreadsheet file can hold."""
    return _FORBIDDEN.sub("\ufffd", text)


def safe_cell(text: str) -> str:
    """Write a cell for CSV: what a program could run as a formula gets an apostrophe, which reading drops again.

    A plain number with a sign is no formula and stays; a phone with a plus as well.
    """
    text = clean_cell(text)
    if text.lstrip(" \u00a0").startswith(_DANGEROUS) and not _HARMLESS.fullmatch(text):
        return "'" + text
    return text
