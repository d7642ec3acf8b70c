"""The API's parser: what it takes comes out exactly, what it refuses has its reason and place."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.kernel.refusal import Invalid, Refused
from regulars.kernel.text import has_forbidden
from regulars.platform.api.strict_json import depth_of, parse_json
from regulars.platform.errors import MalformedBody

TEXTS = st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: not has_forbidden(text))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**38), 10**38) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


# A busy machine is no reason to fail.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(VALUES, st.booleans())
def test_what_another_parser_wrote_comes_out_the_same(value: Any, ascii_only: bool) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**20), max_value=10**20))
def test_decimals_come_out_digit_by_digit(number: Decimal) -> None:
    read = parse_json(f"[{number:f}]".encode())[0]
    assert (type(read), str(read)) == (Decimal, f"{number:f}")


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_read_or_refused(body: bytes) -> None:
    refusal = None
    try:
        parse_json(body)
    except Refused as refused:
        refusal = refused.refusal
    assert isinstance(refusal, MalformedBody | Invalid | None)


@given(st.text(max_size=100))
def test_no_forbidden_text_gets_through_in_any_disguise(text: str) -> None:
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in text if ord(letter) < 0x10000)
    try:
        read = parse_json(f'"{escaped}"'.encode())
    except Refused:
        return
    assert not has_forbidden(read)


@pytest.mark.parametrize("depth", [31, 32])
def test_thirty_two_levels_are_enough(depth: int) -> None:
    assert depth_of("[" * depth + "]" * depth) in {0, depth}
    parse_json(b"[" * depth + b"]" * depth)


@pytest.mark.parametrize("body", [b"[" * 33 + b"]" * 33, b'{"a":' * 40 + b"1" + b"}" * 40, b"[" * 1_000_000])
def test_deeper_is_refused_without_following(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        parse_json(body)
    assert isinstance(caught.value.refusal, Invalid)
    assert caught.value.refusal.errors[0].code == "too_deep"


def test_brackets_in_texts_are_no_levels() -> None:
    assert parse_json(json.dumps(["[{" * 100]).encode()) == ["[{" * 100]
    assert parse_json(json.dumps(['\\"[' * 100]).encode()) == ['\\"[' * 100]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ('{"a": [1, {"b": NaN}]}', "/a/1/b", "not_a_number"),
        ('{"a": -Infinity}', "/a", "not_a_number"),
        (f'{{"a": {"9" * 41}}}', "/a", "number_too_long"),
        (f'{{"a": 0.{"1" * 39}}}', "/a", "number_too_long"),
        ('{"a": 1e21}', "/a", "number_out_of_range"),
        ('{"a": 1E-21}', "/a", "number_out_of_range"),
        ('{"a": 1, "a": 2}', "/a", "duplicate_field"),
        ('{"a": {"b~/": 1, "b~/": 2}}', "/a/b~0~1", "duplicate_field"),
        ('["\\ud83d"]', "/0", "invalid_text"),
        ('["\\b"]', "/0", "invalid_text"),
        ('{"\\u0000": 1}', "/\N{REPLACEMENT CHARACTER}", "invalid_text"),
    ],
)
def test_the_place_of_what_is_refused_is_named(body: str, pointer: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_json(body.encode())
    refusal = caught.value.refusal
    assert isinstance(refusal, Invalid)
    assert [(error.pointer, error.code) for error in refusal.errors] == [(pointer, code)]


@pytest.mark.parametrize(
    "body", ["", " ", "{", "[1,]", "{'a': 1}", "01", "1.", ".5", "+1", "0x1", "nul", '"a\nb"', "1 2", "\ufeff1"]
)
def test_what_is_no_json_is_malformed(body: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_json(body.encode())
    assert isinstance(caught.value.refusal, MalformedBody)


def test_whole_pairs_of_surrogates_are_letters() -> None:
    assert parse_json(b'"\\ud83d\\ude00"') == "😀"
