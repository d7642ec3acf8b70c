"""Codes are compared as people mean them (RWD-9)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel.codes import ALPHABET, RANDOM_LETTERS_MIN, code_end, code_key, new_code


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("autumn", "AUTUMN"),
        ("  Au Tumn ", "AUTUMN"),
        ("7K3M-9PQX", "7k3m 9pqx"),
        ("7K3M\u20139PQX", "7K3M9PQX"),
        ("О7К3М", "07K3M"),
        ("1OIL", "1011"),
        ("ВЕСНА", "BECHA"),
        ("straße", "STRASSE"),
        ("ＡＵＴＵＭＮ", "AUTUMN"),
        ("au\u200btu\u2060mn\ufe0f", "AUTUMN"),
        ("a\u0328\u0336u\u0308\u0308tumn", "\u0104ÜTUMN"),
        ("ﬁne", "FINE"),
        ("cafe\u0301", "café"),
        ("दिवाली\u200d", "दिवाली"),
    ],
)
def test_what_looks_the_same_is_the_same_code(typed: str, meant: str) -> None:
    assert code_key(typed) == code_key(meant)


def test_what_nobody_sees_is_nothing() -> None:
    assert code_key("\u200b" * 13) == code_key("\ufeff\u3164\u2800") == code_key("\u0336") == ""
    assert code_key("दीवाली") != code_key("दवल")


def test_other_letters_are_other_codes() -> None:
    assert len({code_key(letter) for letter in ALPHABET}) == len(ALPHABET)


@given(st.text(max_size=40))
def test_a_key_is_its_own_key(text: str) -> None:
    assert code_key(code_key(text)) == code_key(text)


@given(st.text(max_size=40))
def test_a_key_stands_for_a_code_whatever_its_case_is(text: str) -> None:
    assert code_key(text.upper()) == code_key(text)


@pytest.mark.parametrize(
    ("code", "end"), [("7K3M-9PQX-2WRT-ABCD", "ABCD"), ("ANNA42", "42"), ("AB", ""), ("", ""), ("1-2-3", "3")]
)
def test_the_end_of_a_code_gives_little_of_it_away(code: str, end: str) -> None:
    assert code_end(code) == end


def test_new_codes_are_long_and_of_the_alphabet() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    for code in codes:
        letters = code.replace("-", "")
        assert len(letters) >= RANDOM_LETTERS_MIN
        assert set(letters) <= set(ALPHABET)
        assert code_key(code) == letters
