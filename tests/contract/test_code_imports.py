"""Codes and gift cards from a spreadsheet, over HTTP (IMP-9, RWD-4, RWD-5)."""

import io
from datetime import date
from typing import Any

import openpyxl
import pytest

from regulars.codes.queries.promises import CODE_PROMISES
from regulars.giftcards.queries.promises import GIFT_CARD_PROMISES
from regulars.platform.database import rows, unit_of_work
from tests.contract.chains import Caller, add_caller
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


def test_what_is_no_day_is_answered_with_a_day(shop: Shop) -> None:
    one = check(shop, "AUTUMN-7KQ2;soon", head="Code;Valid until")
    (row,) = shop.rows(one, "error")
    assert row["detail"] == "“soon” in “Valid until” is not a date. Expected 31.12.2024."


def test_codes_come_with_whose_they_are_and_how_they_stand(shop: Shop) -> None:
    anna = shop.caller.post("/customers", {"name": "Anna", "phones": [ANNA], "email": "anna@example.com"}).body["id"]
    shop.caller.post("/customers", {"name": "Boris", "phones": [BORIS]})
    head = "Code;Phone;E-mail;Valid until;Uses;State"
    one = check(
        shop,
        f"SPRING-0001;{ANNA};;31.12.2099;;",
        f"SPRING-0002;{ANNA};nobody@example.com;;;",
        f"SPRING-0003;{BORIS};anna@example.com;;;",
        "SPRING-0004;+4915199999999;;;;",
        "SPRING-0005;;;;1;",
        "SPRING-0006;;;01.02.2020;;",
        "SPRING-0007;;;;;sleeping",
        "SPRING-0008;;;;;frei",
        head=head,
    )

    assert told(shop, one) == [
        ("create", None), ("create", None), ("error", "holder_differs"), ("error", "holder_unknown"),
        ("warning", "code_over"), ("warning", "code_over"), ("error", "unknown_code_state"), ("create", None),
    ]  # fmt: skip
    shop.apply(one)
    first = lookup(shop, "SPRING-0001")
    assert (first["state"], first["customer"]) == ("attached", anna)
    # A day is good to its end, by the clock of the business.
    assert first["valid_until"] == "2099-12-31T23:00:00Z"
    assert [lookup(shop, f"SPRING-000{at}")["state"] for at in (5, 6, 8)] == ["used", "expired", "free"]


def test_an_undo_takes_the_unused_codes_back_and_says_which_stay(shop: Shop) -> None:
    anna = shop.caller.post("/customers", {"name": "Anna", "phones": [ANNA]}).body["id"]
    one = shop.apply(
        check(shop, f"SPRING-0001;{ANNA}", "SPRING-0002;", "SPRING-0003;", head="Code;Phone", name="spring.csv")
    )
    handed = lookup(shop, "SPRING-0002")["id"]
    assert shop.caller.post(f"/codes/{handed}/attach", {"customer": anna}).status == 200

    preview = shop.caller.get(f"/imports/{one['id']}/undo").body
    assert (preview["codes_removed"], preview["codes_kept"]) == (2, 1)
    gone = shop.undo(one)
    assert gone["undo"]["codes_removed"] == 2
    assert gone["undo"]["codes_kept"] == 1
    assert lookup(shop, "SPRING-0002")["state"] == "attached"
    assert shop.caller.post("/codes/lookup", {"code": "SPRING-0001"}).status == 404
    # Their codes are free again: the mended file comes in.
    assert told(shop, check(shop, "SPRING-0001", "SPRING-0002")) == [("create", None), ("error", "code_taken")]


def test_rows_for_which_the_pool_has_no_room_are_named(shop: Shop) -> None:
    shop.caller.post("/code-pools", {"name": "Small", "external_id": "small", "kind": "personal", "codes_max": 2})
    one = check(shop, "SMALL-0001", "SMALL-0002", "SMALL-0003", pool="ext:small")
    assert told(shop, one) == [("create", None), ("create", None), ("error", "code_over_limit")]
    # Somebody else fills the pool between check and apply.
    assert shop.caller.post("/code-pools/ext:small/import", {"codes": ["OTHER-0001", "SMALL-0001"]}).status == 200
    done = shop.apply(one)
    assert done["result"]["created"] == 0
    assert done["result"]["failed"] == 2


def test_a_universal_pool_notes_to_whom_its_codes_were_given(shop: Shop) -> None:
    shop.caller.post("/customers", {"name": "Anna", "phones": [ANNA]})
    shop.caller.post("/code-pools", {"name": "All", "external_id": "all", "kind": "universal"})
    one = check(shop, f"AUTUMN;{ANNA};3", "ABC;;", head="Code;Phone;Uses", pool="ext:all")
    assert told(shop, one) == [("warning", "uses_not_kept"), ("create", None)]
    shop.apply(one)
    assert lookup(shop, "autumn")["state"] == "active"
    assert shop.undo(one)["undo"]["codes_removed"] == 2


def test_what_an_import_of_codes_needs(shop: Shop) -> None:
    refused = shop.upload("Code\nABCDEF1\n", kind="codes", card_type=None, mode=None)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/pool")
    assert shop.upload("Code\nABCDEF1\n", kind="codes", card_type=None, mode=None, pool="ext:none").status == 404
    one = check(shop, "SPRING-0001;red", "SPRING-0002;blue", head="Promo code;Colour")
    assert one["state"] in ("needs_mapping", "checked")
    wrong = shop.caller.send("PUT", f"/imports/{one['id']}/mapping", {"phone": "Colour"})
    assert wrong.code == "code_column_missing", wrong.body
    assert (wrong.status, wrong.code, wrong.body["wanted"]) == (422, "code_column_missing", "code")
    reader = add_caller(shop.caller.chain_id, scopes=frozenset({"imports:read", "imports:write"}))
    assert reader.get(f"/imports/{one['id']}").code == "forbidden"
    assert reader.get("/imports").body["items"] == []
    assert shop.upload("Code\nABCDEF1\n", kind="codes", card_type=None, mode=None, pool="ext:autumn").status == 201


GIFT = "Gift card number;Balance;Value;Type;Valid until;Phone;Status"


def gift_type(shop: Shop, name: str = "Classic", **more: Any) -> str:
    reply = shop.caller.post("/gift-card-types", {"name": name, "value_min": "1.00", "value_max": "500.00"} | more)
    assert reply.status == 201, reply.body
    return str(reply.body["id"])


def check_cards(shop: Shop, *lines: str, head: str = GIFT, **fields: Any) -> dict[str, Any]:
    return shop.check(sheet(*lines, head=head), **({"kind": "gift_cards", "card_type": None, "mode": None} | fields))


def test_gift_cards_of_another_system_come_in_with_what_is_left(shop: Shop) -> None:
    anna = shop.caller.post("/customers", {"name": "Anna", "phones": [ANNA]}).body["id"]
    gift_type(shop)
    gift_type(shop, "Account", with_code=False)
    one = check_cards(
        shop,
        f"6001 2345 6789 0123;12,50;50;classic;2099-12-31;{ANNA};",
        "6001234567890123;5;;Classic;;;",
        "6001234567890999;0;50;Classic;;;",
        "6001234567890998;5;50;Classic;01.01.2020;;",
        "6001234567890997;;50;Classic;;;",
        "6001234567890996;5;50;Golden;;;",
        "1111111111111111;5;50;Classic;;;",
        f";7;;Account;;{ANNA};",
        ";7;;Account;;;",
        "6001234567890995;20;;Classic;;;gesperrt",
        "6001234567890994;-3;;Classic;;;",
    )

    assert told(shop, one) == [
        ("create", None), ("error", "code_doubled"), ("unchanged", "gift_card_empty"), ("unchanged", "gift_card_over"),
        ("error", "balance_missing"), ("error", "gift_type_unknown"), ("error", "gift_code_weak"), ("create", None),
        ("error", "holder_missing"), ("create", None), ("error", "below_zero"),
    ]  # fmt: skip
    done = shop.apply(one)
    assert (done["result"]["created"], done["result"]["unchanged"], done["result"]["left"]) == (3, 2, 6)
    found = shop.caller.post("/gift-cards/lookup", {"code": "6001-2345-6789-0123"}).body
    assert (found["balance"], found["value"], found["state"], found["customer"]) == ("12.50", "50.00", "active", anna)
    blocked = shop.caller.post("/gift-cards/lookup", {"code": "6001234567890995"}).body
    assert (blocked["state"], blocked["balance"]) == ("blocked", "20.00")
    assert broken(shop) == []


def test_an_undo_cancels_the_gift_cards_that_nobody_used(shop: Shop) -> None:
    kind = gift_type(shop)
    lines = ("6001234567890123;12,50", "6001234567890124;20")
    one = shop.apply(check_cards(shop, *lines, head="Number;Balance", gift_card_type=kind))
    used = shop.caller.post("/gift-cards/lookup", {"code": "6001234567890124"}).body["id"]
    assert shop.caller.post(f"/gift-cards/{used}/write-off", {"amount": "5.00"}).status in (200, 201)

    preview = shop.caller.get(f"/imports/{one['id']}/undo").body
    assert (preview["gift_cards_removed"], preview["gift_cards_kept"]) == (1, 1)
    gone = shop.undo(one)
    assert (gone["undo"]["gift_cards_removed"], gone["undo"]["gift_cards_kept"]) == (1, 1)
    assert shop.caller.post("/gift-cards/lookup", {"code": "6001234567890123"}).status == 404
    assert shop.caller.get(f"/gift-cards/{used}").body["balance"] == "15.00"
    assert told(shop, check_cards(shop, *lines, head="Number;Balance", gift_card_type=kind)) == [
        ("create", None), ("error", "code_taken"),
    ]  # fmt: skip
    assert broken(shop) == []


def broken(shop: Shop) -> list[Any]:
    """What `regulars verify` would say of codes and gift cards."""
    with unit_of_work(shop.caller.chain_id):
        return [found for one in (*GIFT_CARD_PROMISES, *CODE_PROMISES) for found in rows(one.statement)]


def test_numbers_in_cells_of_a_workbook_are_codes_as_far_as_their_digits_are_there(shop: Shop) -> None:
    book = openpyxl.Workbook()
    sheet_ = book.active
    assert sheet_ is not None
    for line in (["Gift card number", "Balance", "Valid until"], [123456789012345, 12.5, date(2099, 5, 1)],
                 [1234567890123456, 5, None], ["'0012345678901234", "1.234,50", None], ["Total", 1252, None]):  # fmt: skip
        sheet_.append(line)
    file = io.BytesIO()
    book.save(file)
    kind = gift_type(shop)
    one = shop.check(
        file.getvalue(), kind="gift_cards", card_type=None, mode=None, gift_card_type=kind, decimal=",", name="old.xlsx"
    )
    assert told(shop, one) == [
        ("create", None), ("error", "digits_lost"), ("create", None), ("warning", "totals_row"),
    ]  # fmt: skip
    shop.apply(one)
    found = shop.caller.post("/gift-cards/lookup", {"code": "0012345678901234"}).body
    assert found["balance"] == "1234.50"
    found = shop.caller.post("/gift-cards/lookup", {"code": "123456789012345"}).body
    assert (found["balance"], found["expires_at"]) == ("12.50", "2099-05-01T22:00:00Z")
