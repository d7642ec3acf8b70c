"""Every problem code that a route documents is reached by a test, which names it."""

import re
from pathlib import Path
from typing import Final

from django.test import Client

HERE: Final = Path(__file__).parent
SOURCE: Final = HERE.parent.parent / "src" / "regulars"
QUOTED: Final = re.compile(r'"([a-z_]{4,40})"')
BEYOND_A_REQUEST: Final = frozenset(
    {
        # After a month's wait; tested with the action, which takes the time as an argument.
        "restore_window_over",
        # Where a search takes longer than 300 ms, which needs millions of names.
        "search_too_wide",
        # A file of 200 MB, and two minutes of reading.
        "file_too_large",
        "reading_too_slow",
    }
)


def documented_codes() -> set[str]:
    """The codes in the API document."""
    document = Client().get("/api/v1/openapi.json").json()
    codes: set[str] = set()
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    codes |= set(re.findall(r"^`([a-z_]+)`:", answer["description"], re.MULTILINE))
    return codes


def test_every_documented_code_is_reached_by_a_test() -> None:
    tested: set[str] = set()
    for path in [*HERE.parent.rglob("test_*.py"), *SOURCE.glob("*/tests/test_*.py")]:
        if path != Path(__file__):
            tested |= set(QUOTED.findall(path.read_text()))
    assert documented_codes() - tested - BEYOND_A_REQUEST == set()
    assert documented_codes() >= BEYOND_A_REQUEST
