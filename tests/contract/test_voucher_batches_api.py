"""Vouchers for many at once over HTTP: all or none (RWD-3)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from regulars.kernel.ids import encode
from regulars.platform.actor import RIGHTS_OF_ROLE
from regulars.platform.database import rows, unit_of_work
from regulars.vouchers.actions import issue as issuing
from regulars.vouchers.actions import many
from regulars.vouchers.actions.many import run_batch
from regulars.vouchers.api import batches
from tests.contract.cards_kit import issue, make_program
from tests.contract.chains import Caller, add_caller, open_chain

pytestmark = pytest.mark.django_db
COFFEE = {"title": "A coffee"}


@pytest.fixture
def shop(caller: Caller) -> Caller:
    program = make_program(caller)
    made = caller.post("/card-types", {"name": "Coffee card", "program": program["id"], "external_id": "coffee"})
    assert made.status == 201, made.body
    return caller


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Do what was put into the background, once it is committed."""
    waiting: list[tuple[UUID, UUID]] = []
    monkeypatch.setattr(batches, "defer_batch", lambda chain, batch: waiting.append((chain, batch)))

    def do() -> None:
        while waiting:
            run_batch(*waiting.pop(0), now=timezone.now)

    return do


def customers(shop: Caller, count: int) -> list[str]:
    return [
        str(shop.post("/customers", {"phone": f"+4915123456{number:03}", "external_id": f"c{number}"}).body["id"])
        for number in range(count)
    ]


def vouchers(shop: Caller, batch: str) -> list[dict[str, Any]]:
    return list(shop.get(f"/vouchers?batch={batch}&limit=100").body["items"])


def count_all(shop: Caller) -> list[tuple[int, ...]]:
    with unit_of_work(shop.chain_id):
        return rows("SELECT (SELECT count(*) FROM vouchers), (SELECT count(*) FROM voucher_batches)")


def test_so_many_for_whoever_has_their_codes(shop: Caller) -> None:
    sent = COFFEE | {"count": 3, "validity": {"kind": "months", "value": 1}, "benefit": {"percent": "10"}}
    made = shop.post("/voucher-batches", sent, key="once")
    assert made.status == 201, made.body
    told = {name: made.body[name] for name in ("title", "state", "total", "done", "issued", "skipped")}
    assert told == {"title": "A coffee", "state": "done", "total": 3, "done": 3, "issued": 3, "skipped": 0}
    found = vouchers(shop, made.body["id"])
    assert len({one["code"] for one in found}) == 3
    assert {(one["state"], one["benefit"]["percent"], one["customer"]) for one in found} == {("active", "10", None)}
    assert shop.post(f"/vouchers/{found[0]['id']}/redeem", {}).status == 200
    again = shop.post("/voucher-batches", sent, key="once")
    assert (again.body, again.headers["Idempotent-Replay"]) == (made.body, "true")
    assert shop.post("/voucher-batches", sent | {"count": 4}, key="once").code == "idempotency_key_reused"
    assert shop.send("POST", "/voucher-batches", sent).code == "idempotency_key_required"
    assert count_all(shop) == [(3, 1)]
    assert shop.get(f"/voucher-batches/{made.body['id']}").body == made.body
    assert shop.get("/voucher-batches").body["items"] == [made.body]
    with unit_of_work(shop.chain_id):
        assert rows("SELECT draft, holder_ids FROM voucher_batches") == [(None, None)]


def test_one_for_each_of_these_cards_or_customers(shop: Caller) -> None:
    people = customers(shop, 3)
    named = [people[2], "ext:c0"]
    made = shop.post("/voucher-batches", COFFEE | {"customers": named, "customer_may_redeem": True}).body
    found = vouchers(shop, made["id"])
    assert [one["customer"] for one in reversed(found)] == [people[2], people[0]]
    assert all(one["customer_may_redeem"] for one in found)
    card = issue(shop, phone="+4915123456000")
    shop.post(f"/cards/{card['id']}/block", {"reason": "lost"})
    of_cards = shop.post("/voucher-batches", COFFEE | {"cards": [card["id"]]}).body
    assert [(one["card"], one["customer"]) for one in vouchers(shop, of_cards["id"])] == [(card["id"], people[0])]


def test_all_or_none_and_each_that_is_wrong_by_its_place(shop: Caller) -> None:
    (anna,) = customers(shop, 1)
    card, gone = issue(shop, phone="+4915123456777"), issue(shop, phone="+4915123456778")
    shop.delete(f"/cards/{gone['id']}")
    elsewhere = customers(open_chain("Kaffee Süd"), 1)[0]
    sent = COFFEE | {"cards": [card["id"], gone["id"], "crd_nonsense", card["id"], "x" * 30]}
    refused = shop.post("/voucher-batches", sent)
    assert (refused.status, refused.codes_at()) == (
        422,
        {
            "/cards/1": "card_not_active",
            "/cards/2": "unknown_card",
            "/cards/3": "duplicate",
            "/cards/4": "unknown_card",
        },
    )
    refused = shop.post(
        "/voucher-batches", COFFEE | {"customers": [anna, elsewhere, "ext:nobody", "ext:c0", "ext:bad id"]}
    )
    assert refused.codes_at() == {
        "/customers/1": "unknown_customer",
        "/customers/2": "unknown_customer",
        "/customers/3": "duplicate",
        "/customers/4": "unknown_customer",
    }
    assert count_all(shop) == [(0, 0)]


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({}, {"/cards": "one_of"}),
        ({"count": 2, "customers": ["cus_x"]}, {"/count": "one_of"}),
        ({"count": 0}, {"/count": "out_of_range"}),
        ({"count": many.COUNT_MAX + 1}, {"/count": "out_of_range"}),
        ({"count": 2, "title": " "}, {"/title": "required"}),
        ({"count": 2, "customer_may_redeem": True}, {"/customer_may_redeem": "holder_required"}),
        ({"count": 2, "benefit": {"percent": 101}}, {"/benefit/percent": "out_of_range"}),
        ({"count": 2, "benefit": {"promotion": "ext:none"}}, {"/benefit/promotion": "unknown_promotion"}),
        ({"count": 2, "locations": ["ext:none"]}, {"/locations/0": "unknown_location"}),
        ({"count": 2, "code": "SPRING-OPENING-2026"}, {"/code": "unknown_field"}),
    ],
)
def test_what_is_no_batch(shop: Caller, more: dict[str, Any], wrong: dict[str, str]) -> None:
    refused = shop.post("/voucher-batches", COFFEE | more)
    assert refused.status == 422
    told = refused.codes_at()
    assert set(told) == set(wrong)
    assert count_all(shop) == [(0, 0)]


def test_a_list_is_not_empty(shop: Caller) -> None:
    assert set(shop.post("/voucher-batches", COFFEE | {"cards": []}).codes_at()) == {"/cards"}


def test_very_many_are_made_in_the_background(
    shop: Caller, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "IN_REQUEST_MAX", 4)
    monkeypatch.setattr(many, "CHUNK", 2)
    people = customers(shop, 5)
    begun = shop.post("/voucher-batches", COFFEE | {"customers": people, "description": "Dear guest"})
    assert (begun.status, begun.body["state"], begun.body["done"], begun.body["total"]) == (202, "waiting", 0, 5)
    batch = begun.body["id"]
    assert vouchers(shop, batch) == []
    # Of who left meanwhile nothing is made, and nobody else is hindered.
    assert shop.delete(f"/customers/{people[1]}").status == 204
    ended = timezone.now() + timedelta(days=3)
    chunks = many._issue_chunk
    monkeypatch.setattr(many, "_issue_chunk", lambda *args, now: chunks(*args, now=ended))
    work()
    done = shop.get(f"/voucher-batches/{batch}").body
    assert [done[name] for name in ("state", "done", "issued", "skipped")] == ["done", 5, 4, 1]
    found = vouchers(shop, batch)
    assert {one["customer"] for one in found} == {*people} - {people[1]}
    assert {one["issued_at"] for one in found} == {begun.body["created_at"]}
    work()
    assert count_all(shop) == [(4, 1)]
    with unit_of_work(shop.chain_id):
        assert rows("SELECT draft, holder_ids FROM voucher_batches") == [(None, None)]


def test_a_chunk_that_breaks_is_made_again_and_none_twice(
    shop: Caller, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "IN_REQUEST_MAX", 0)
    monkeypatch.setattr(many, "CHUNK", 2)
    batch = shop.post("/voucher-batches", COFFEE | {"count": 5}).body["id"]
    written, made = issuing.write_vouchers, list[list[UUID]]()

    def breaks(*args: Any, **more: Any) -> list[UUID]:
        made.append(written(*args, **more))
        if len(made) == 2:
            raise RuntimeError("killed")
        return made[-1]

    monkeypatch.setattr(many, "write_vouchers", breaks)
    with pytest.raises(RuntimeError):
        work()
    assert shop.get(f"/voucher-batches/{batch}").body["done"] == 2
    (row,) = shop.get("/voucher-batches").body["items"]
    with unit_of_work(shop.chain_id):
        ((batch_id,),) = rows("SELECT id FROM voucher_batches")
    run_batch(shop.chain_id, batch_id, now=timezone.now)
    assert row["state"] == "running"
    assert len(vouchers(shop, batch)) == shop.get(f"/voucher-batches/{batch}").body["issued"] == 5


def test_who_may_give_away_so_much(shop: Caller) -> None:
    cashier = add_caller(shop.chain_id, role="cashier", scopes=RIGHTS_OF_ROLE["cashier"])
    shop.patch(f"/staff/{encode('stf', cashier.staff_id)}", {"adjust_limit": 10})
    five = COFFEE | {"benefit": {"amount": "5.00"}}
    assert cashier.post("/voucher-batches", five | {"count": 2}).status == 201
    assert cashier.post("/voucher-batches", five | {"count": 3}).code == "above_limit"
    assert cashier.post("/voucher-batches", COFFEE | {"count": 1, "benefit": {"percent": 1}}).code == "forbidden"
    batch = shop.get("/voucher-batches").body["items"][0]["id"]
    reader = add_caller(shop.chain_id, scopes=frozenset({"rewards:read"}))
    assert reader.get(f"/voucher-batches/{batch}").status == 200
    assert reader.post("/voucher-batches", COFFEE | {"count": 1}).code == "forbidden"
    no_customers = add_caller(shop.chain_id, scopes=frozenset({"rewards:read", "rewards:write"}))
    assert no_customers.post("/voucher-batches", COFFEE | {"customers": ["cus_x"]}).code == "forbidden"
    other = open_chain("Kaffee Süd")
    for reply in (other.get(f"/voucher-batches/{batch}"), other.get(f"/vouchers?batch={batch}")):
        assert (reply.status, reply.code) == (404, "not_found")
