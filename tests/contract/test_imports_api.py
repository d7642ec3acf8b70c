"""Imports over HTTP: every sentence of API.md, Imports and exports, is a line here."""

import csv
import io
import itertools
import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from regulars.imports.actions.steps import run_step
from regulars.imports.actions.undoing import run_undo
from regulars.imports.models import Import
from regulars.kernel.ids import decode
from regulars.platform.database import unit_of_work
from tests.contract.chains import Caller, Reply, add_caller
from tests.contract.test_cards_api import adjust

ANNA, BORIS, CLARA = "+4915123456701", "+4915123456702", "+4915123456703"
BROKEN = Path(__file__).parents[2] / "examples" / "broken"
_names = itertools.count(1)


@dataclass
class Shop:
    """A caller with a card type, and how to import into it."""

    caller: Caller

    def upload(self, content: str | bytes, *, key: str | None = None, name: str = "", **fields: Any) -> Reply:
        """POST /imports with a file; `card_type` and `mode` have defaults, None leaves a field out."""
        given = {"kind": "cards", "card_type": "ext:coffee", "mode": "add"} | fields
        data: dict[str, Any] = {
            field: json.dumps(value) if isinstance(value, dict) else value
            for field, value in given.items()
            if value is not None
        }
        file = io.BytesIO(content.encode() if isinstance(content, str) else content)
        file.name = name or f"file-{next(_names)}.csv"
        headers: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {self.caller.key}"}
        if key:
            headers["HTTP_IDEMPOTENCY_KEY"] = key
        response = self.caller.client.post("/api/v1/imports", {**data, "file": file}, **headers)
        return Reply(response.status_code, json.loads(response.content), dict(response.headers))

    def settle(self, identifier: str) -> dict[str, Any]:
        """What the worker does, then the import as it is."""
        steps = {"reading": "read", "checking": "check", "applying": "apply"}
        import_id = decode("imp", identifier)
        assert import_id
        for _ in range(4):
            with unit_of_work(self.caller.chain_id):
                state = Import.objects.values_list("state", flat=True).get(id=import_id)
            if state == "undoing":
                run_undo(self.caller.chain_id, import_id, now=timezone.now())
            elif state in steps:
                run_step(self.caller.chain_id, import_id, steps[state], now=timezone.now())
        return self.read(identifier)

    def read(self, identifier: str) -> dict[str, Any]:
        """GET /imports/{id}."""
        reply = self.caller.get(f"/imports/{identifier}")
        assert reply.status == 200, reply.body
        return dict(reply.body)

    def check(self, content: str | bytes, **fields: Any) -> dict[str, Any]:
        """Upload and let it be checked."""
        reply = self.upload(content, **({"again": "true"} | fields))
        assert reply.status == 201, reply.body
        return self.settle(reply.body["id"])

    def rows(self, one: dict[str, Any], status: str = "") -> list[dict[str, Any]]:
        """GET /imports/{id}/rows."""
        reply = self.caller.get(f"/imports/{one['id']}/rows?status={status}")
        assert reply.status == 200, reply.body
        return list(reply.body["items"])

    def outcome(self, content: str, **fields: Any) -> dict[str, Any]:
        """The last row of a file that was checked."""
        one = self.check(content, **fields)
        assert one["state"] == "checked", one
        return self.rows(one)[-1]

    def apply(self, one: dict[str, Any], body: Any = None) -> dict[str, Any]:
        """Apply and let it be written."""
        reply = self.caller.post(f"/imports/{one['id']}/apply", body)
        assert reply.status == 200, reply.body
        return self.settle(one["id"])

    def bring(self, content: str, **fields: Any) -> dict[str, Any]:
        """Upload, check and apply."""
        return self.apply(self.check(content, **fields))

    def undo(self, one: dict[str, Any]) -> dict[str, Any]:
        """Undo and let it be done."""
        reply = self.caller.post(f"/imports/{one['id']}/undo")
        assert reply.status == 200, reply.body
        return self.settle(one["id"])

    def card(self, phone: str) -> dict[str, Any]:
        """The only card that this phone finds."""
        items = self.caller.get(f"/cards?phone=%2B{phone[1:]}").body["items"]
        assert len(items) == 1, items
        return dict(self.caller.get(f"/cards/{items[0]['id']}").body)

    def total(self, phone: str, balance_type: str = "bonus") -> str:
        """What its balance is."""
        return total_of(self.card(phone), balance_type)


def total_of(card: dict[str, Any], balance_type: str = "bonus") -> str:
    return str(next(b["total"] for b in card["balances"] if b["balance_type"] == balance_type))


@pytest.fixture
def shop(caller: Caller) -> Shop:
    return open_shop(caller)


def open_shop(caller: Caller) -> Shop:
    """A shop with points, a deposit and stamps on one card type, `coffee`."""
    balance_types = [
        {"external_id": "bonus", "name": "Bonus", "kind": "points", "decimals": 2},
        {"external_id": "deposit", "name": "Deposit", "kind": "deposit"},
        {"external_id": "stamps", "name": "Stamps", "kind": "stamps"},
    ]
    program = caller.post("/programs", {"name": "Club", "state": "active", "balance_types": balance_types})
    assert program.status == 201, program.body
    body = {"name": "Coffee card", "program": program.body["id"], "external_id": "coffee", "goal": 8}
    assert caller.post("/card-types", body).status == 201
    return Shop(caller)


def sheet(*rows: str, head: str = "phone;number;name;balance;deposit") -> str:
    return "\n".join([head, *rows]) + "\n"


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


def test_the_same_file_twice_asks_first(shop: Shop) -> None:
    content = sheet(f"{ANNA};;;1;")
    first = shop.bring(content)
    again = shop.upload(content)
    assert (again.status, again.code, again.body["import"]) == (409, "same_file", first["id"])
    assert shop.upload(content, mode="set").status == 201
    assert shop.upload(content, again="true").status == 201
    shop.undo(first)
    assert shop.upload(content).status == 201


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"mode": None}, 422, "mode_required"),
        ({"mode": "both"}, 422, "invalid_request"),
        ({"kind": "elephants"}, 422, "invalid_request"),
        ({"card_type": "ext:nothing"}, 404, "not_found"),
        ({"card_type": None}, 422, "invalid_request"),
        ({"country": "Germany"}, 422, "invalid_request"),
        ({"mapping": "not json"}, 422, "invalid_request"),
        ({"mapping": "[1]"}, 422, "invalid_request"),
        ({"surprise": "1"}, 422, "invalid_request"),
    ],
)
def test_what_an_upload_refuses(shop: Shop, fields: dict[str, Any], status: int, code: str) -> None:
    reply = shop.upload(sheet(f"{ANNA};;;1;"), **fields)
    assert (reply.status, reply.code) == (status, code)


def test_a_mapping_that_does_not_fit(shop: Shop) -> None:
    content = sheet(f"{ANNA};x;1", head="Spalte A;Spalte B;Spalte C")
    one = shop.check(content, header_row="1")
    assert one["state"] == "checked"
    path = f"/imports/{one['id']}/mapping"
    for mapping, code in (
        ({"phone": "Spalte A", "balance": "Spalte A"}, "column_used_twice"),
        ({"phone": "nowhere"}, "column_missing"),
        ({"phone": "Spalte A", "elephant": "Spalte B"}, "field_unknown"),
        ({"balance": "Spalte C"}, "identity_missing"),
    ):
        reply = shop.caller.send("PUT", path, mapping)
        assert (reply.status, reply.code) == (422, code)
    reply = shop.caller.send("PUT", path, {"phone": "Spalte A", "name": "Spalte B", "balance": "Spalte C"})
    assert (reply.status, reply.body["state"]) == (200, "checking")
    done = shop.settle(one["id"])
    assert (done["state"], done["counts"]["create"]) == ("checked", 1)
    remembered = shop.check(sheet(f"{BORIS};y;2", head="Spalte A;Spalte B;Spalte C"), header_row="1")
    assert remembered["mapping"] == {"phone": "Spalte A", "name": "Spalte B", "balance": "Spalte C"}
    bad = shop.upload(content, mapping={"phone": "Spalte A", "balance": "Spalte A"}, header_row="1", again="true")
    end = shop.settle(bad.body["id"]) if bad.status == 201 else None
    assert bad.status == 422 or (end and end["problem"]["code"] == "column_used_twice")


def test_a_file_that_names_nobody_waits_for_its_mapping(shop: Shop) -> None:
    one = shop.check(sheet("red;1", "blue;2", head="Colour;Size"), header_row="1")
    assert (one["state"], [column["guess"] for column in one["columns"]][:1]) == ("needs_mapping", [None])
    assert shop.caller.post(f"/imports/{one['id']}/apply").code == "wrong_import_state"
    assert shop.rows(one) == []


def test_repairs_of_a_group_and_of_one_row(shop: Shop) -> None:
    one = shop.check(
        sheet("8-910-444-17-47;;;1;", "8-921-745-48-30;;;2;", f"{ANNA};;;5x;", f"{BORIS};;;1O;"), country="IN"
    )
    codes = [row["code"] for row in shop.rows(one, "error")]
    assert codes[2:] == ["not_a_number", "not_a_number"]
    path = f"/imports/{one['id']}"
    assert shop.caller.post(f"{path}/repairs", {"code": codes[0]}).codes_at() == {"/country": "choose_one"}
    assert shop.caller.post(f"{path}/repairs", {"code": "no_such", "skip": True}).code == "repair_not_possible"
    mended = shop.caller.post(f"{path}/repairs", {"code": codes[0], "column": "phone", "country": "RU"})
    assert mended.status == 200, mended.body
    assert shop.settle(one["id"])["counts"]["create"] == 2
    assert shop.caller.patch(f"{path}/rows/4", {"balance": "7.5"}).status == 200
    assert shop.settle(one["id"])["counts"]["create"] == 3
    assert shop.caller.patch(f"{path}/rows/4", {"nowhere": "7.5"}).status == 422
    left_out = shop.caller.post(f"{path}/repairs", {"code": "not_a_number", "column": "balance", "skip": True})
    assert left_out.status == 200
    counts = shop.settle(one["id"])["counts"]
    assert (counts["error"], counts["create"], counts["warning"]) == (0, 3, 1)
    done = shop.apply(one)
    assert done["result"]["created"] == 3
    assert shop.total("+79104441747") == "1.00"
    assert shop.total(ANNA) == "7.50"


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_problem_rows_come_back_in_the_users_own_columns(shop: Shop, file_format: str) -> None:
    one = shop.check(sheet(f"{ANNA};;Anna;1;", f"{BORIS};;=1+1;abc;", f"{BORIS};007;Boris;-3;"))
    response = shop.caller.client.get(
        f"/api/v1/imports/{one['id']}/problems?format={file_format}",
        HTTP_AUTHORIZATION=f"Bearer {shop.caller.key}",
    )
    assert response.status_code == 200
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    if file_format == "csv":
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    else:
        cells = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)
        lines = [[str(cell or "") for cell in row] for row in cells]
    assert lines[0] == ["phone", "number", "name", "balance", "deposit", "Problem"]
    assert len(lines) == 3
    assert lines[1][3] == "abc"
    assert lines[1][-1]
    assert not lines[1][2].startswith("=") or file_format == "xlsx"
    again = shop.check(content, name=f"problems.{file_format}")
    assert again["state"] == "checked"
    assert (again["counts"]["rows"], again["counts"]["error"]) == (2, 2)


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
    }  # fmt: skip
    done = shop.undo(one)
    assert done["state"] == "undone"
    assert {name: done["undo"].get(name) for name in preview.body} == preview.body
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


def test_another_chain_sees_nothing(shop: Shop, stranger: Caller) -> None:
    one = shop.check(sheet(f"{ANNA};;;5;"))
    path = f"/imports/{one['id']}"
    assert stranger.get("/imports").body["items"] == []
    for reply in (
        stranger.get(path),
        stranger.get(f"{path}/rows"),
        stranger.get(f"{path}/problems"),
        stranger.get(f"{path}/undo"),
        stranger.post(f"{path}/undo"),
        stranger.post(f"{path}/apply"),
        stranger.post(f"{path}/cancel"),
        stranger.post(f"{path}/repairs", {"code": "not_a_number", "skip": True}),
        stranger.patch(f"{path}/rows/2", {"phone": "1"}),
        stranger.send("PUT", f"{path}/mapping", {"phone": "phone"}),
        shop.caller.get("/imports/imp_nonsense"),
        shop.caller.patch(f"{path}/rows/abc", {"phone": "1"}),
    ):
        assert (reply.status, reply.code) == (404, "not_found")


def test_scopes(shop: Shop) -> None:
    one = shop.check(sheet(f"{ANNA};;;5;"))
    reader = add_caller(shop.caller.chain_id, scopes=frozenset({"imports:read"}))
    assert reader.get(f"/imports/{one['id']}").status == 200
    assert reader.post(f"/imports/{one['id']}/apply").code == "forbidden"
    assert Shop(reader).upload(sheet(f"{ANNA};;;5;")).code == "forbidden"
    nobody = add_caller(shop.caller.chain_id, scopes=frozenset({"cards:read"}))
    assert nobody.get(f"/imports/{one['id']}").status == 403


def test_an_upload_with_a_key_is_made_once(shop: Shop) -> None:
    content = sheet(f"{ANNA};;;5;")
    first = shop.upload(content, key="upload-1", name="a.csv")
    again = shop.upload(content, key="upload-1", name="a.csv")
    assert (first.status, again.status) == (201, 201)
    assert again.body["id"] == first.body["id"]
    other = shop.upload(content + "x", key="upload-1", name="a.csv")
    assert other.status in (409, 422)
    assert len(shop.caller.get("/imports").body["items"]) == 1


def test_pasted_cells(shop: Shop) -> None:
    data = {"kind": "cards", "card_type": "ext:coffee", "mode": "add", "text": f"phone\tbalance\n{ANNA}\t7\n"}
    headers: dict[str, Any] = {"HTTP_AUTHORIZATION": f"Bearer {shop.caller.key}"}
    response = shop.caller.client.post("/api/v1/imports", data, **headers)
    assert response.status_code == 201, response.content
    one = shop.settle(response.json()["id"])
    assert (one["state"], one["counts"]["create"]) == ("checked", 1)
    nothing = shop.caller.client.post("/api/v1/imports", {"kind": "customers"}, **headers)
    assert nothing.status_code == 422


def test_customers(shop: Shop) -> None:
    content = sheet(
        f"{ANNA};Anna;a@example.com;", ";Only Mail;b@example.com;", ";Nobody;;x", head="phone;name;email;notes"
    )
    one = shop.check(content, kind="customers", card_type=None, mode=None)
    assert (one["state"], one["counts"]["create"], one["counts"]["error"]) == ("checked", 2, 1)
    done = shop.apply(one)
    assert done["result"]["created"] == 2
    assert len(shop.caller.get("/customers").body["items"]) == 2
    same = shop.check(content, kind="customers", card_type=None, mode=None)
    assert same["counts"]["unchanged"] == 2
    shop.undo(one)
    assert shop.caller.get("/customers").body["items"] == []


@pytest.mark.parametrize("path", sorted(p for p in BROKEN.iterdir() if p.suffix != ".py"), ids=lambda p: p.name)
def test_a_broken_file_is_refused_in_words(shop: Shop, path: Path) -> None:
    reply = shop.upload(path.read_bytes(), name=path.name)
    if reply.status in (422, 413):
        assert reply.code
        assert reply.body["detail"]
        return
    assert reply.status == 201, reply.body
    one = shop.settle(reply.body["id"])
    assert one["state"] in ("failed", "needs_mapping", "checked")
    if one["state"] == "failed":
        assert one["problem"]["code"] != "internal"
        assert len(one["problem"]["detail"]) > 20
    else:
        for row in shop.rows(one) if one["state"] == "checked" else ():
            assert row["status"] != "error" or row["detail"]
    assert shop.caller.post(f"/imports/{one['id']}/apply").status in (200, 409)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("salon-altegio-clients.xlsx", {"mode": "set"}),
        ("salon-deposits.xlsx", {"mode": "add"}),
        ("cafe-7stamp-cards.csv", {"mode": "set"}),
        ("shop-lightspeed-customers.csv", {"kind": "customers", "card_type": None, "mode": None}),
        ("hindi-customers.ods", {"kind": "customers", "card_type": None, "mode": None}),
    ],
)
def test_the_examples_come_in(shop: Shop, name: str, fields: dict[str, Any]) -> None:
    one = shop.check((BROKEN.parent / name).read_bytes(), name=name, **fields)
    assert one["state"] == "checked", one
    assert one["counts"]["create"] > one["counts"]["rows"] * 0.9
    assert shop.rows(one)
