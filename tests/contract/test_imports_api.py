"""Imports over HTTP: every sentence of API.md, Imports and exports, is a line here."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from regulars.imports.actions.steps import run_step
from regulars.imports.models import Import
from regulars.kernel.ids import decode
from regulars.platform.database import unit_of_work
from tests.contract.cards_kit import adjust
from tests.contract.chains import Caller
from tests.contract.import_shop import ANNA, BORIS, CLARA, Shop, open_shop, sheet, total_of


@pytest.fixture
def shop(caller: Caller) -> Shop:
    return open_shop(caller)


def test_a_long_list_of_imports_asks_no_more_than_a_short_one(shop: Shop) -> None:
    asked = []
    for more in (1, 4):
        for number in range(more):
            shop.check(sheet(f"{ANNA};;Anna;{more}.{number};"))
        with CaptureQueriesContext(connection) as captured:
            reply = shop.caller.get("/imports")
        asked.append(len(captured))
    assert len(reply.body["items"]) == 5
    assert all(one["effect"][0]["plus"] for one in reply.body["items"])
    assert asked[0] == asked[1]


def test_pages_of_imports_show_every_import_once(shop: Shop) -> None:
    made = [shop.upload(sheet(f"{ANNA};;;{number};")).body["id"] for number in range(5)]
    seen: list[str] = []
    address = "/imports?limit=2"
    while address:
        body = shop.caller.get(address).body
        seen += [one["id"] for one in body["items"]]
        address = f"/imports?limit=2&cursor={body['next_cursor']}" if body["next_cursor"] else ""
    assert seen == made[::-1]


def test_an_import_is_read_checked_and_applied(shop: Shop) -> None:
    reply = shop.upload(sheet(f"{ANNA};;Anna;10.50;3", f"{BORIS};B-1;;;"))
    assert (reply.status, reply.body["state"]) == (201, "reading")
    one = shop.settle(reply.body["id"])
    assert one["state"] == "checked"
    assert one["counts"] == {
        "rows": 2, "create": 2, "change": 0, "unchanged": 0, "warning": 0, "error": 0, "conflict": 0,
    }  # fmt: skip
    assert one["effect"] == [
        {"balance_type": "bonus", "plus": "10.50", "minus": "0.00"},
        {"balance_type": "deposit", "plus": "3.00", "minus": "0.00"},
    ]
    assert [column["header"] for column in one["columns"]] == ["phone", "number", "name", "balance", "deposit"]
    assert one["mapping"]["phone"] == "phone"
    row = shop.rows(one, "create")[0]
    assert (row["row"], row["phone"], row["card"]) == (2, ANNA, None)
    assert row["after"] == {"bonus": "10.50", "deposit": "3.00"}
    done = shop.apply(one)
    assert (done["state"], done["progress"]["done"] > 0) == ("applied", True)
    assert done["result"] == {"created": 2, "changed": 0, "unchanged": 0, "left": 0, "failed": 0}
    anna = shop.card(ANNA)
    assert (anna["customer"]["name"], total_of(anna), total_of(anna, "deposit")) == ("Anna", "10.50", "3.00")
    assert anna["number"]
    boris = shop.card(BORIS)
    assert (boris["number"], boris["customer"], boris["unclaimed"]) == ("B-1", None, True)
    assert [item["id"] for item in shop.caller.get("/imports").body["items"]] == [one["id"]]


def test_add_changes_by_the_signed_number_and_set_makes_it_the_total(shop: Shop) -> None:
    shop.bring(sheet(f"{ANNA};;Anna;20;"))
    for number, mode, status, after in (
        ("5", "add", "change", "25.00"),
        ("-5.25", "add", "change", "14.75"),
        ("0", "add", "unchanged", None),
        ("", "add", "unchanged", None),
        ("5", "set", "change", "5.00"),
        ("0", "set", "change", "0.00"),
        ("", "set", "unchanged", None),
        ("20", "set", "unchanged", None),
    ):
        row = shop.outcome(sheet(f"{ANNA};;;{number};"), mode=mode)
        assert (row["status"], mode, number) == (status, mode, number)
        if after:
            assert row["before"]["bonus"] == "20.00"
            assert row["after"]["bonus"] == after
    shop.bring(sheet(f"{ANNA};;;-5.25;"))
    assert shop.total(ANNA) == "14.75"
    shop.bring(sheet(f"{ANNA};;;3;"), mode="set")
    assert shop.total(ANNA) == "3.00"


@pytest.mark.parametrize(
    ("line", "fields", "status", "code"),
    [
        (f"{BORIS};;;-1;", {}, "error", "negative_opening"),
        (f"{ANNA};;;-20.01;", {}, "error", "insufficient_balance"),
        (f"{ANNA};;;1.2345;", {}, "error", "too_many_decimals"),
        (f"{ANNA};;;10.100000000000001;", {}, "change", None),
        (f"{ANNA};;;abc;", {}, "error", "not_a_number"),
        (f"{BORIS};A-1;;1;", {}, "error", "number_taken"),
        (f"{ANNA};Z-9;;1;", {}, "warning", "number_differs"),
        ("+12;;;1;", {}, "error", "invalid_phone"),
        (";N-1;;1;", {}, "error", "phone_missing"),
        (";A-1;;1;", {}, "change", None),
        (f"{BORIS};;;1;", {"missing": "skip"}, "unchanged", "not_created"),
        (f"{ANNA};;;1;", {"existing": "skip"}, "unchanged", "card_left"),
        (f"{ANNA};;;1;", {"existing": "issue_another"}, "error", "card_exists"),
    ],
)
def test_the_table_of_one_row(shop: Shop, line: str, fields: dict[str, str], status: str, code: str | None) -> None:
    shop.bring(sheet(f"{ANNA};A-1;Anna;20;"))
    row = shop.outcome(sheet(line), **fields)
    assert (row["status"], row["code"]) == (status, code)
    assert bool(row["detail"]) == (code is not None)


def test_a_person_is_made_where_the_file_names_one(shop: Shop) -> None:
    shop.bring(sheet(f"{ANNA};;Anna;1;", f"{BORIS};;;1;"))
    shop.bring(sheet(f"{CLARA};;Clara;1;"), customers="never")
    assert shop.card(ANNA)["customer"]["name"] == "Anna"
    assert (shop.card(BORIS)["customer"], shop.card(CLARA)["customer"]) == (None, None)
    # A name that comes later makes the customer of the unclaimed card.
    shop.bring(sheet(f"{BORIS};;Борис;0;"))
    assert shop.card(BORIS)["customer"]["name"] == "Борис"


def test_rows_that_mean_the_same_card_or_number(shop: Shop) -> None:
    one = shop.check(sheet(f"{ANNA};X-1;Anna;1;", f"{ANNA};;Anna;2;", f"{BORIS};x1;;3;"))
    assert [(row["row"], row["status"], row["code"]) for row in shop.rows(one)] == [
        (2, "create", None),
        (3, "error", "duplicate_row"),
        (4, "error", "number_taken"),
    ]
    assert shop.rows(one)[1]["detail"]
    done = shop.apply(one)
    assert done["result"] == {"created": 1, "changed": 0, "unchanged": 0, "left": 2, "failed": 0}
    twice = shop.check(sheet(f"{ANNA};;;1;", ";X-1;;2;"))
    assert [row["code"] for row in shop.rows(twice)] == [None, "duplicate_row"]


def test_several_cards_and_a_blocked_one(shop: Shop) -> None:
    shop.caller.patch("/card-types/ext:coffee", {"several_per_customer": True})
    shop.bring(sheet(f"{ANNA};A-1;Anna;1;"))
    shop.bring(sheet(f"{ANNA};A-2;Anna;1;"), existing="issue_another")
    row = shop.outcome(sheet(f"{ANNA};;;1;"))
    assert (row["status"], row["code"]) == ("error", "several_cards")
    assert "A-1" in row["detail"]
    assert "A-2" in row["detail"]
    cards = shop.caller.get(f"/cards?phone=%2B{ANNA[1:]}").body["items"]
    blocked = next(card for card in cards if card["number"] == "A-2")
    assert shop.caller.post(f"/cards/{blocked['id']}/block", {"reason": "lost"}).status == 200
    row = shop.outcome(sheet(f"{ANNA};A-2;;1;"))
    assert (row["status"], row["code"], row["after"]["bonus"]) == ("warning", "card_blocked", "2.00")


def test_a_deposit_for_a_type_that_has_none(shop: Shop) -> None:
    body = {"name": "P", "state": "active", "balance_types": [{"external_id": "p", "name": "P", "kind": "points"}]}
    program = shop.caller.post("/programs", body).body
    shop.caller.post("/card-types", {"name": "Plain", "program": program["id"], "external_id": "plain"})
    rows = shop.rows(shop.check(sheet(f"{ANNA};;;1;5", f"{BORIS};;;1;0"), card_type="ext:plain"))
    assert [(row["status"], row["code"]) for row in rows] == [("error", "no_such_balance"), ("create", None)]


def test_several_balances_at_once_and_a_conversion(shop: Shop) -> None:
    head = "phone;balance:bonus;balance:stamps"
    done = shop.bring(sheet(f"{ANNA};1250;3", head=head), conversion={"rate": "0.01", "rounding": "down"})
    assert done["result"]["created"] == 1
    assert (shop.total(ANNA), shop.total(ANNA, "stamps")) == ("12.50", "3")
    bad = shop.upload(sheet(f"{ANNA};1;1", head=head), conversion={"rate": "-1"})
    assert (bad.status, bad.codes_at()) == (422, {"/conversion/rate": "invalid_rate"})


def test_details_of_known_customers(shop: Shop) -> None:
    head = "phone;name;email;notes"
    shop.bring(sheet(f"{ANNA};Anna;;", head=head))
    for fields, name, email in (
        ("ignore", "Anna", None),
        ("fill", "Anna", "a@example.com"),
        ("overwrite", "Anne", "a@example.com"),
    ):
        shop.bring(sheet(f"{ANNA};Anne;a@example.com;", head=head), fields=fields)
        customer = shop.caller.get(f"/customers/{shop.card(ANNA)['customer']['id']}").body
        assert (customer["name"], customer["email"]) == (name, email)
    shop.bring(sheet(f"{ANNA};;;", head=head), fields="overwrite")
    assert shop.caller.get(f"/customers/{shop.card(ANNA)['customer']['id']}").body["email"] == "a@example.com"


def test_set_against_a_fresh_truth(shop: Shop) -> None:
    shop.bring(sheet(f"{ANNA};;Anna;20;5", f"{BORIS};;Boris;20;5"))
    head = "number;balance:bonus;balance:deposit;version"
    numbers = {phone: shop.card(phone)["number"] for phone in (ANNA, BORIS)}
    adjust(shop.caller, shop.card(ANNA)["id"], "4", "bonus")
    # Exported at position 2; Anna's bonus moved on since, her deposit did not.
    edited = sheet(f"{numbers[ANNA]};50;6;2", f"{numbers[BORIS]};30;5;2", head=head)
    one = shop.check(edited, mode="set")
    assert [(row["status"], row["code"]) for row in shop.rows(one)] == [
        ("conflict", "changed_since"),
        ("change", None),
    ]
    assert one["counts"]["conflict"] == 1
    only_deposit = sheet(f"{numbers[ANNA]};20;6;2", head=head)
    row = shop.outcome(only_deposit, mode="set")
    assert (row["status"], row["after"]["deposit"]) == ("change", "6.00")
    left = shop.apply(one)
    assert left["result"] == {"created": 0, "changed": 1, "unchanged": 0, "left": 1, "failed": 0}
    assert (shop.total(ANNA), shop.total(BORIS)) == ("24.00", "30.00")
    shop.apply(shop.check(sheet(f"{numbers[ANNA]};50;5;2", head=head), mode="set"), {"conflicts": "overwrite"})
    assert shop.total(ANNA) == "50.00"
    assert shop.caller.post(f"/imports/{one['id']}/apply", {"conflicts": "maybe"}).status == 422


def test_apply_twice_writes_once(shop: Shop) -> None:
    one = shop.check(sheet(f"{ANNA};;;5;"))
    first = shop.caller.post(f"/imports/{one['id']}/apply")
    second = shop.caller.post(f"/imports/{one['id']}/apply")
    assert (first.status, second.status, second.body["state"]) == (200, 200, "applying")
    shop.settle(one["id"])
    shop.apply(one)
    run_step(shop.caller.chain_id, decode("imp", one["id"]), "apply", now=timezone.now())  # type: ignore[arg-type]
    assert shop.total(ANNA) == "5.00"
    assert shop.caller.post(f"/imports/{one['id']}/cancel").code == "wrong_import_state"


def test_every_row_is_decided_again_when_it_is_written(shop: Shop) -> None:
    shop.bring(sheet(f"{ANNA};;;5;"))
    one = shop.check(sheet(f"{ANNA};;;-5;", f"{BORIS};;;1;"))
    assert one["counts"]["change"] == 1
    adjust(shop.caller, shop.card(ANNA)["id"], "-3", "bonus")
    done = shop.apply(one)
    assert done["result"] == {"created": 1, "changed": 0, "unchanged": 0, "left": 0, "failed": 1}
    assert shop.total(ANNA) == "2.00"
    assert [(row["row"], row["code"]) for row in shop.rows(one, "error")] == [(2, "insufficient_balance")]


def test_cancel_before_anything_is_written(shop: Shop) -> None:
    reply = shop.upload(sheet(f"{ANNA};;;5;"))
    cancelled = shop.caller.post(f"/imports/{reply.body['id']}/cancel")
    assert (cancelled.status, cancelled.body["state"], cancelled.body["problem"]["code"]) == (
        200,
        "cancelled",
        "cancelled",
    )
    assert shop.settle(reply.body["id"])["state"] == "cancelled"
    assert shop.caller.post(f"/imports/{reply.body['id']}/apply").code == "wrong_import_state"
    assert shop.caller.get("/cards").body["items"] == []


def test_undo_takes_back_its_own_amounts_and_leaves_what_was_used(shop: Shop) -> None:
    shop.bring(sheet(f"{ANNA};A-1;Anna;20;"))
    before = shop.caller.get(f"/customers/{shop.card(ANNA)['customer']['id']}").body
    head = "phone;number;name;balance;email"
    one = shop.bring(
        sheet(f"{ANNA};;;10;anna@example.com", f"{BORIS};B-1;Boris;8;", f"{CLARA};C-1;Clara;6;", head=head)
    )
    adjust(shop.caller, shop.card(ANNA)["id"], "-25", "bonus")
    adjust(shop.caller, shop.card(BORIS)["id"], "1", "bonus")
    preview = shop.caller.get(f"/imports/{one['id']}/undo")
    assert preview.status == 200
    assert preview.body == {
        "reversed": 3, "cards_removed": 1, "cards_kept": 1, "customers_removed": 1, "customers_restored": 1,
        "amounts_left": 1,
        "orders_removed": 0,
        "orders_kept": 0,
        "codes_removed": 0,
        "codes_kept": 0,
        "gift_cards_removed": 0,
        "gift_cards_kept": 0,
    }  # fmt: skip
    done = shop.undo(one)
    assert done["state"] == "undone"
    assert {name: done["undo"].get(name, 0) for name in preview.body} == preview.body
    assert (shop.total(ANNA), shop.total(BORIS)) == ("0.00", "1.00")
    after = shop.caller.get(f"/customers/{before['id']}").body
    assert (after["email"], after["name"]) == (before["email"], "Anna")
    assert shop.caller.get(f"/cards?phone=%2B{CLARA[1:]}").body["items"] == []
    assert shop.caller.get(f"/customers?phone=%2B{CLARA[1:]}").body["items"] == []
    freed = shop.caller.post("/cards", {"card_type": "ext:coffee", "phone": CLARA, "number": "C-1"})
    assert freed.status == 201, freed.body
    assert shop.undo(one)["state"] == "undone"


def test_an_undo_gives_back_what_the_file_took(shop: Shop) -> None:
    shop.bring(sheet(f"{ANNA};;Anna;20;"))
    one = shop.bring(sheet(f"{ANNA};;;-15;"))
    adjust(shop.caller, shop.card(ANNA)["id"], "2", "bonus")
    shop.undo(one)
    assert shop.total(ANNA) == "22.00"


def test_after_thirty_days_an_import_stays(shop: Shop) -> None:
    one = shop.bring(sheet(f"{ANNA};;;5;"))
    with unit_of_work(shop.caller.chain_id):
        Import.objects.update(applied_at=timezone.now() - timedelta(days=30, minutes=1))
    reply = shop.caller.post(f"/imports/{one['id']}/undo")
    assert (reply.status, reply.code) == (409, "undo_window_over")
