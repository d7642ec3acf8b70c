"""What is said of a file beside the file: mapping, conversion, country; nonsense there is refused where it stands."""

from typing import Any

import pytest

from tests.contract.chains import Caller
from tests.contract.import_shop import ANNA, Shop, open_shop


@pytest.fixture
def shop(caller: Caller) -> Shop:
    return open_shop(caller)


FILE = f"phone;balance:bonus\n{ANNA};150\n"


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"mapping": {"phone": 5}}, "/mapping/phone", "invalid_header"),
        ({"mapping": {"phone": ["phone"]}}, "/mapping/phone", "invalid_header"),
        ({"mapping": {"phone": None}}, "/mapping/phone", "invalid_header"),
        ({"mapping": '{"phone": "phone", "phone": "balance:bonus"}'}, "/mapping/phone", "duplicate_field"),
        ({"mapping": "[" * 90_000}, "/mapping", "too_deep"),
        ({"mapping": "nul"}, "/mapping", "invalid_json"),
        ({"conversion": {"rate": "1", "\ud800": 1}}, "/conversion/\ufffd", "invalid_text"),
        ({"conversion": '{"rate": "0.01", "rate": "5"}'}, "/conversion/rate", "duplicate_field"),
        ({"conversion": '{"rate": 1e999999999}'}, "/conversion/rate", "number_out_of_range"),
        ({"conversion": '{"rate": NaN}'}, "/conversion/rate", "not_a_number"),
        ({"conversion": {"rate": "0.1" + "0" * 90_000}}, "/conversion/rate", "invalid_rate"),
        ({"country": "ZZ"}, "/country", "unknown_country"),
    ],
)
def test_nonsense_beside_the_file_is_refused_where_it_stands(
    shop: Shop, fields: dict[str, Any], pointer: str, code: str
) -> None:
    reply = shop.upload(FILE, **fields)

    assert reply.status == 422, reply.body
    assert reply.codes_at() == {pointer: code}


def test_a_conversion_for_a_column_that_is_not_there_writes_nothing_in_the_old_unit(shop: Shop) -> None:
    for name in ("Bonus points", "phone", ""):
        one = shop.check(FILE, conversion={"rate": "0.01", "columns": [name]})

        assert one["state"] == "failed", name
        assert one["problem"]["code"] == "conversion_column_unknown"
        assert name in one["problem"]["detail"]


@pytest.mark.parametrize("name", ["balance:bonus", "bonus"])
def test_a_conversion_finds_its_column_by_header_field_and_balance(shop: Shop, name: str) -> None:
    one = shop.check(FILE, conversion={"rate": "0.01", "columns": [name]})

    assert shop.rows(one)[0]["after"] == {"bonus": "1.50"}


def test_a_row_that_the_file_does_not_have_cannot_be_mended(shop: Shop) -> None:
    one = shop.check(FILE)
    for row, status in ((1, 404), (3, 404), (9_999_999, 404), (2, 200)):
        reply = shop.caller.send("PATCH", f"/imports/{one['id']}/rows/{row}", {"balance:bonus": "7"})
        assert reply.status == status, (row, reply.body)


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("issued", "01.01.2200", "date_ignored"),
        ("first visit", "01.01.2200", "date_ignored"),
        ("last visit", "31.12.2199", "date_ignored"),
        ("sold", "-5", "figure_ignored"),
        ("visits", "-1", "figure_ignored"),
        ("sold", "0", None),
        ("issued", "01.02.2020", None),
    ],
)
def test_what_happened_before_lies_neither_ahead_nor_below_zero(
    shop: Shop, field: str, text: str, code: str | None
) -> None:
    row = shop.outcome(f"phone;name;{field}\n{ANNA};Anna;{text}\n")

    assert row["code"] == code
    assert row["status"] == ("create" if code is None else "warning")
