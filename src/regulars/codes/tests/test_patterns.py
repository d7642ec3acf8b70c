"""Patterns: what may be one, and that codes made of one are what it says (RWD-4, RWD-9)."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.codes.rules.patterns import Pattern, bits_of, copy_rows, missing_letters, read_pattern
from regulars.kernel.codes import ALPHABET, code_key
from regulars.kernel.ids import new_stem
from regulars.kernel.refusal import FieldProblem


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "required"),
        ("   ", "required"),
        ("*" * 65, "too_long"),
        ("SUMMER-****-****-****", "pattern_too_short"),
        ("#" * 19, "pattern_too_short"),
        ("SUMMER", "pattern_too_short"),
        ("<b>" + "*" * 16, "invalid_pattern"),
        ("a\tb" + "*" * 16, "invalid_pattern"),
        ("\x00" + "*" * 16, "invalid_pattern"),
    ],
)
def test_what_is_no_pattern(text: str, code: str) -> None:
    read = read_pattern(text, "/pattern")
    assert isinstance(read, FieldProblem)
    assert read.code == code


def test_how_many_letters_are_missing() -> None:
    assert missing_letters("SUMMER-****-****-****") == 1
    assert missing_letters("****") == 9
    assert missing_letters("*" * 13) == missing_letters("#" * 20) == 0
    read = read_pattern("SALE-****", "/pattern")
    assert isinstance(read, FieldProblem)
    assert "9 more" in read.detail


patterns = st.text(alphabet="*#*#*ABCoilбнЖ7-_. é", min_size=13, max_size=50).filter(
    lambda text: isinstance(read_pattern(text, ""), Pattern)
)


@settings(max_examples=150, deadline=None)
@given(text=patterns, count=st.integers(min_value=1, max_value=40))
def test_codes_are_what_the_pattern_says(text: str, count: int) -> None:
    read = read_pattern(text, "")
    assert isinstance(read, Pattern)
    rows = copy_rows(read, count, new_stem(), random=os.urandom).decode().splitlines()
    assert len(rows) == count
    parts = [row.split("\t") for row in rows]
    assert len({one[0] for one in parts}) == len({one[2] for one in parts}) == count
    for _id, code, key in parts:
        assert key == code_key(code)
        assert len(code) == len(read.text)
        for drawn, place in zip(code, read.text, strict=True):
            allowed = {"*": ALPHABET, "#": "0123456789"}.get(place, place)
            assert drawn in allowed


def test_every_letter_is_drawn_as_often_as_any_other() -> None:
    read = Pattern("*" * 16 + "#" * 10)
    rows = copy_rows(read, 20_000, new_stem(), random=os.urandom).decode().splitlines()
    stars = "".join(row.split("\t")[1][:16] for row in rows)
    digits = "".join(row.split("\t")[1][16:] for row in rows)
    for text, letters in ((stars, ALPHABET), (digits, "0123456789")):
        expected = len(text) / len(letters)
        chi2 = sum((text.count(one) - expected) ** 2 / expected for one in letters)
        # Beyond five standard deviations of the distribution: one run in millions.
        assert chi2 < len(letters) - 1 + 5 * (2 * (len(letters) - 1)) ** 0.5
    assert bits_of(read.text) > 64
