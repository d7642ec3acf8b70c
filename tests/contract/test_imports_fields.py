"""Fields that a chain added to its customers, filled by spreadsheets: stored as a person would have entered them."""

from typing import Any

import pytest
from django.utils import timezone

from regulars.customers.actions import add_custom_field
from regulars.platform.actor import system_actor
from tests.contract.chains import Caller
from tests.contract.import_shop import ANNA, BORIS, Shop, open_shop

HEAD = "phone;name;shoe;joined;size;vip"


@pytest.fixture
def shop(caller: Caller) -> Shop:
    actor, now = system_actor(caller.chain_id), timezone.now()
    for key, kind, choices in (
        ("shoe", "number", ()),
        ("joined", "date", ()),
        ("size", "choice", ("Small", "Large")),
        ("vip", "yes_no", ()),
        ("motto", "text", ()),
    ):
        add_custom_field(actor, name=key.title(), kind=kind, choices=choices, key=key, now=now)
    return open_shop(caller)


def customs(shop: Shop, phone: str) -> dict[str, Any]:
    (found,) = shop.caller.get(f"/customers?phone=%2B{phone[1:]}").body["items"]
    return dict(found["custom"])


def test_values_are_stored_as_the_kind_of_their_field(shop: Shop) -> None:
    shop.bring(f"{HEAD}\n{ANNA};Anna;42,5;31.12.2024;large;ja\n{BORIS};Boris;;;;\n", kind="customers", card_type=None)

    assert customs(shop, ANNA) == {"shoe": "42.5", "joined": "2024-12-31", "size": "Large", "vip": True}
    assert customs(shop, BORIS) == {}


def test_what_does_not_fit_a_field_is_left_out_with_a_warning(shop: Shop) -> None:
    one = shop.bring(f"{HEAD}\n{ANNA};Anna;big;32.13.2024;huge;perhaps\n", kind="customers", card_type=None)

    (row,) = shop.rows(one)
    assert (row["status"], row["code"]) == ("warning", "value_ignored")
    assert customs(shop, ANNA) == {}


def test_some_empty_fields_leave_no_trace_beside_the_filled_ones(shop: Shop) -> None:
    shop.bring(f"{HEAD}\n{ANNA};Anna;42;;;\n", kind="customers", card_type=None)

    assert customs(shop, ANNA) == {"shoe": "42"}


def test_what_was_imported_reads_back_as_unchanged_and_can_be_edited(shop: Shop) -> None:
    file = f"{HEAD}\n{ANNA};Anna;42,5;31.12.2024;large;no\n"
    shop.bring(file, kind="customers", card_type=None)

    again = shop.check(file, kind="customers", card_type=None, fields="overwrite")

    assert [row["status"] for row in shop.rows(again)] == ["unchanged"]
    (found,) = shop.caller.get(f"/customers?phone=%2B{ANNA[1:]}").body["items"]
    edited = shop.caller.send("PATCH", f"/customers/{found['id']}", {"custom": found["custom"]})
    assert edited.status == 200, edited.body


def test_a_field_that_the_chain_does_not_have_is_refused(shop: Shop) -> None:
    file = f"phone;name;shoe size\n{ANNA};Anna;42\n"
    given = {"phone": "phone", "name": "name", "custom:nosuch": "shoe size"}

    one = shop.check(file, kind="customers", card_type=None, mapping=given)
    assert (one["state"], one["problem"]["code"]) == ("failed", "field_unknown")

    checked = shop.check(file, kind="customers", card_type=None)
    chosen = shop.caller.send("PUT", f"/imports/{checked['id']}/mapping", given)
    assert (chosen.status, chosen.code) == (422, "field_unknown")


def test_a_column_of_a_field_that_was_taken_away_is_ignored(shop: Shop) -> None:
    one = shop.check(f"phone;name;custom:old\n{ANNA};Anna;42\n", kind="customers", card_type=None)

    assert one["state"] == "checked"
    assert [column["guess"] for column in one["columns"]] == ["phone", "name", None]
