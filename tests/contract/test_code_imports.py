"""Codes and gift cards from a spreadsheet, over HTTP (IMP-9, RWD-4, RWD-5)."""

from typing import Any

import pytest

from tests.contract.chains import Caller
from tests.contract.import_shop import ANNA, BORIS, Shop, open_shop, sheet


@pytest.fixture
def shop(caller: Caller) -> Shop:
    found = open_shop(caller)
    pool = {"name": "Autumn", "external_id": "autumn", "kind": "personal"}
    assert caller.post("/code-pools", pool).status == 201
    return found


def check(shop: Shop, *lines: str, head: str = "Code", **fields: Any) -> dict[str, Any]:
    given = {"kind": "codes", "card_type": None, "mode": None, "pool": "ext:autumn"} | fields
    return shop.check(sheet(*lines, head=head), **given)


def told(shop: Shop, one: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(row["status"], row["code"]) for row in shop.rows(one)]


def lookup(shop: Shop, code: str) -> dict[str, Any]:
    reply = shop.caller.post("/codes/lookup", {"code": code})
    assert reply.status == 200, reply.body
    return dict(reply.body)


def test_codes_come_into_their_pool_and_every_bad_row_is_named(shop: Shop) -> None:
    assert shop.caller.post("/code-pools/ext:autumn/import", {"codes": ["TAKEN-2345"]}).status == 200
    one = check(
        shop, "AUTUMN-7KQ2", "autumn 7kq2", "ABC", "", "taken 2345", "ЕВМ-2345-789", "0" * 70, "B0OK-1234", "BOOK-l234"
    )

    assert one["state"] == "checked", one
    assert one["pool"].startswith("cpl_")
    assert told(shop, one) == [
        ("create", None), ("error", "code_doubled"), ("error", "code_too_short"), ("error", "code_taken"),
        ("warning", "code_look_alikes"), ("error", "code_too_long"), ("create", None), ("error", "code_doubled"),
    ]  # fmt: skip
    assert shop.rows(one, "error")[0]["detail"].startswith("“autumn 7kq2” in “Code” is the code of row 2")
    done = shop.apply(one)
    assert done["result"] == {"created": 3, "changed": 0, "unchanged": 0, "left": 5, "failed": 0}
    assert lookup(shop, "ebm2345789")["state"] == "free"
