"""Files over HTTP: broken ones, pasted cells, customers, examples, and what an upload refuses (IMP-1, IMP-9, IMP-10)."""

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.contract.chains import Caller, add_caller
from tests.contract.import_shop import ANNA, BORIS, BROKEN, Shop, open_shop, sheet


@pytest.fixture
def shop(caller: Caller) -> Shop:
    return open_shop(caller)


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
