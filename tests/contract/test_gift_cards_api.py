"""Gift cards over HTTP: sell, find, pay, give back, and every refusal by its code (RWD-5, RWD-9)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from regulars.codes.actions.lookup import SOURCE
from regulars.giftcards.actions.due import expire_gift_cards
from regulars.kernel.ids import decode
from regulars.platform.actor import RIGHTS_OF_ROLE
from regulars.platform.database import rows, unit_of_work
from tests.contract.chains import Caller, Reply, add_caller, open_chain

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Caller:
    return open_chain()


def new_type(shop: Caller, **fields: Any) -> str:
    body = {"name": "Gift card", "value_min": "10", "value_max": "200", **fields}
    if "values" in fields:
        del body["value_min"], body["value_max"]
    made = shop.post("/gift-card-types", body)
    assert made.status == 201, made.body
    return str(made.body["id"])


def sell(shop: Caller, kind: str, value: str = "50", **fields: Any) -> dict[str, Any]:
    sold = shop.post("/gift-cards", {"type": kind, "value": value, **fields})
    assert sold.status == 201, sold.body
    assert isinstance(sold.body, dict)
    return sold.body


def write_off(shop: Caller, card: dict[str, Any], amount: str, **more: Any) -> Reply:
    return shop.post(f"/gift-cards/{card['id']}/write-off", {"amount": amount}, **more)


def test_a_gift_card_from_sale_to_the_last_cent(shop: Caller) -> None:
    card = sell(shop, new_type(shop), "50")
    assert (card["state"], card["value"], card["balance"]) == ("active", "50.00", "50.00")
    assert card["code"].replace("-", "").endswith(card["code_end"])
    typed = card["code"].lower().replace("-", " ")
    found = shop.post("/gift-cards/lookup", {"code": typed})
    assert (found.status, found.body["id"]) == (200, card["id"])
    assert "code" not in found.body
    paid = write_off(shop, card, "12.5")
    assert paid.status == 201
    assert (paid.body["kind"], paid.body["amount"], paid.body["balance"]) == ("write_off", "-12.50", "37.50")
    topped = shop.post(f"/gift-cards/{card['id']}/top-up", {"amount": 20, "note": "birthday"})
    assert (topped.status, topped.body["balance"]) == (201, "57.50")
    back = shop.post(f"/gift-cards/{card['id']}/give-back", {"entry": paid.body["entry"], "amount": "2.5"})
    assert (back.status, back.body["amount"], back.body["balance"]) == (201, "2.50", "60.00")
    assert shop.get("/gift-cards/outstanding").body == {"gift_cards": 1, "balance": "60.00"}
    lines = shop.get(f"/gift-cards/{card['id']}/entries?limit=3")
    assert [(one["kind"], one["amount"]) for one in lines.body["items"]] == [
        ("give_back", "2.50"),
        ("top_up", "20.00"),
        ("write_off", "-12.50"),
    ]
    assert lines.body["items"][1]["note"] == "birthday"
    assert lines.body["items"][2]["left"] == "10.00"
    rest = shop.get(f"/gift-cards/{card['id']}/entries?limit=3&cursor={lines.body['next_cursor']}")
    assert [one["kind"] for one in rest.body["items"]] == ["sale"]
    assert write_off(shop, card, "60").body["state"] == "used_up"
    assert [one["id"] for one in shop.get("/gift-cards?state=used_up").body["items"]] == [card["id"]]
    assert shop.get("/gift-cards?state=active").body["items"] == []


def test_one_key_pays_once(shop: Caller) -> None:
    card = sell(shop, new_type(shop))
    first = write_off(shop, card, "30", key="receipt-7")
    again = write_off(shop, card, "30", key="receipt-7")
    assert (first.status, first.body) == (again.status, again.body)
    assert shop.get(f"/gift-cards/{card['id']}").body["balance"] == "20.00"
    assert write_off(shop, card, "31", key="receipt-7").code == "idempotency_key_reused"
    refused = write_off(shop, card, "99", key="receipt-8")
    assert (refused.status, refused.code, refused.body["available"]) == (409, "gift_card_short", "20.00")
    assert write_off(shop, card, "99", key="receipt-8").body["code"] == "gift_card_short"
    assert shop.send("POST", f"/gift-cards/{card['id']}/write-off", {"amount": "1"}).code == "idempotency_key_required"


def test_every_wrong_code_has_the_same_answer_and_trying_is_limited(shop: Caller) -> None:
    other = open_chain()
    foreign = sell(other, new_type(other))
    wrong = [shop.post("/gift-cards/lookup", {"code": text}) for text in ("nonsense", foreign["code"], "-")]
    assert {(one.status, one.code, one.body["detail"]) for one in wrong} == {
        (404, "unknown_code", wrong[0].body["detail"])
    }
    for _ in range(30):
        last = shop.post("/gift-cards/lookup", {"code": "7K3M-9PQX-2WRT-A8FD"})
    assert (last.status, last.code) == (429, "too_many_attempts")


def test_what_is_refused_when_selling(shop: Caller) -> None:
    fixed = new_type(shop, values=["25", "50"])
    unsold = shop.post("/gift-cards", {"type": fixed, "value": "30"})
    assert (unsold.status, unsold.code, unsold.body["allowed"]) == (409, "value_not_sold", "25.00, 50.00")
    card = sell(shop, fixed, "25", code="Spring-Opening-2027")
    assert card["code"] == "Spring-Opening-2027"
    taken = shop.post("/gift-cards", {"type": fixed, "value": "25", "code": "SPRING OPENING 2O27"})
    assert (taken.status, taken.code) == (409, "code_taken")
    short = shop.post("/gift-cards", {"type": fixed, "value": "25", "code": "SPRING"})
    assert (short.status, short.code, short.body["least"]) == (409, "code_too_short", 13)
    blank = new_type(shop, with_code=False)
    nobody = shop.post("/gift-cards", {"type": blank, "value": "25"})
    assert (nobody.status, nobody.code) == (409, "gift_card_needs_customer")
    customer = shop.post("/customers", {"name": "Anna", "phones": ["+49 151 11111111"]}).body["id"]
    coded = shop.post(
        "/gift-cards", {"type": blank, "value": "25", "customer": customer, "code": "7K3M-9PQX-2WRT-A8FD"}
    )
    assert (coded.status, coded.code) == (409, "gift_card_has_no_code")
    owned = sell(shop, blank, "25", customer=customer)
    assert (owned["code"], owned["customer"]) == (None, customer)
    assert [one["id"] for one in shop.get(f"/gift-cards?customer={customer}").body["items"]] == [owned["id"]]
    shop.delete(f"/gift-card-types/{fixed}")
    archived = shop.post("/gift-cards", {"type": fixed, "value": "25"})
    assert (archived.status, archived.code) == (409, "gift_card_type_archived")
    over = new_type(shop, validity={"kind": "until", "value": "2020-12-31"})
    late = shop.post("/gift-cards", {"type": over, "value": "25"})
    assert (late.status, late.code, late.body["until"]) == (409, "gift_card_type_over", "2020-12-31")
    for body, pointer, code in (
        ({"type": "gct_0", "value": "25"}, "/type", "unknown_type"),
        ({"type": blank, "value": "0"}, "/value", "out_of_range"),
        ({"type": blank, "value": "1.001"}, "/value", "too_many_decimals"),
        ({"type": blank, "value": "25", "customer": "cus_0"}, "/customer", "unknown_customer"),
        ({"type": blank, "value": "25", "location": "loc_0"}, "/location", "unknown_location"),
    ):
        wrong = shop.post("/gift-cards", body)
        assert (wrong.status, wrong.codes_at()) == (422, {pointer: code})


def test_what_is_refused_of_a_gift_card(shop: Caller) -> None:
    card = sell(shop, new_type(shop), "50")
    path = f"/gift-cards/{card['id']}"
    assert shop.post(f"{path}/top-up", {"amount": "150.01"}).code == "gift_card_too_large"
    assert shop.post(f"{path}/unblock").code == "gift_card_not_blocked"
    payment = write_off(shop, card, "20").body["entry"]
    more = shop.post(f"{path}/give-back", {"entry": payment, "amount": "20.01"})
    assert (more.status, more.code, more.body["left"]) == (409, "nothing_to_give_back", "20.00")
    unknown = shop.post(f"{path}/give-back", {"entry": "gce_0"})
    assert (unknown.status, unknown.codes_at()) == (422, {"/entry": "unknown_entry"})
    assert shop.post(f"{path}/block", {"note": "lost"}).body["state"] == "blocked"
    assert write_off(shop, card, "1").code == "gift_card_blocked"
    assert shop.post(f"{path}/top-up", {"amount": "1"}).code == "gift_card_blocked"
    assert shop.post(f"{path}/unblock").body["state"] == "active"
    gone = shop.post(f"{path}/cancel", {"pay_out": True})
    assert (gone.status, gone.body["kind"], gone.body["amount"], gone.body["state"]) == (
        201,
        "pay_out",
        "-30.00",
        "cancelled",
    )
    for answer in (
        write_off(shop, card, "1"),
        shop.post(f"{path}/give-back", {"entry": payment}),
        shop.post(f"{path}/cancel", {"pay_out": False}),
    ):
        assert (answer.status, answer.code) == (409, "gift_card_cancelled")
    single = sell(shop, new_type(shop, single_use=True), "50")
    assert shop.post(f"/gift-cards/{single['id']}/top-up", {"amount": "1"}).code == "gift_card_single_use"
    used = write_off(shop, single, "10").body
    assert (used["amount"], used["forfeited"], used["state"]) == ("-10.00", "40.00", "used_up")
    assert write_off(shop, single, "1").code == "gift_card_used_up"
    for nothing in ("gcd_0", "ext:7"):
        assert shop.post(f"/gift-cards/{nothing}/write-off", {"amount": "1"}).status == 404
    bad = write_off(shop, single, "-1")
    assert (bad.status, bad.codes_at()) == (422, {"/amount": "out_of_range"})


def test_a_gift_card_is_good_where_and_as_long_as_its_type_says(shop: Caller) -> None:
    here = shop.post("/locations", {"name": "Nord", "external_id": "nord"}).body["id"]
    shop.post("/locations", {"name": "South", "external_id": "south"})
    kind = new_type(shop, locations=["ext:nord"], validity={"kind": "days", "value": 1})
    card = sell(shop, kind)
    assert write_off(shop, card, "1").code == "gift_card_not_here"
    path = f"/gift-cards/{card['id']}/write-off"
    assert shop.post(path, {"amount": "1", "location": "ext:south"}).code == "gift_card_not_here"
    assert shop.post(path, {"amount": "1", "location": here}).status == 201
    expire_gift_cards(shop.chain_id, timezone.now() + timedelta(days=3))
    ended = shop.post(path, {"amount": "1", "location": here})
    assert (ended.status, ended.code, ended.body["expired_at"][:2]) == (409, "gift_card_expired", "20")
    assert shop.get("/gift-cards?state=expired").body["items"][0]["balance"] == "0.00"


def test_types_are_read_changed_and_put_away(shop: Caller) -> None:
    made = shop.post(
        "/gift-card-types",
        {
            "name": " Beauty ",
            "values": ["50", "25", "50"],
            "limits": {"goods": "none", "services": ["Cut"]},
            "validity": {"kind": "months", "value": 12},
        },
    )
    assert made.body["values"] == ["25.00", "50.00"]
    assert made.body["limits"] == {"goods": "none", "services": ["Cut"]}
    path = f"/gift-card-types/{made.body['id']}"
    changed = shop.patch(path, {"value_min": "10", "value_max": "99", "name": "Beauty day"})
    assert (changed.body["values"], changed.body["value_max"]) == ([], "99.00")
    assert changed.body["limits"] == {"goods": "none", "services": ["Cut"]}
    assert shop.patch(path, {"name": "x"}, HTTP_IF_MATCH='"1"').status == 412
    assert shop.delete(path).body["archived_at"] is not None
    assert shop.get("/gift-card-types").body["items"] == []
    assert len(shop.get("/gift-card-types?archived=true").body["items"]) == 1
    assert shop.patch(path, {"archived": False}).body["archived_at"] is None
    for body, pointer, code in (
        ({"name": "x"}, "/value_min", "required"),
        ({"name": "x", "values": ["5"], "value_min": "1"}, "/values", "values_or_range"),
        ({"name": "x", "value_min": "5", "value_max": "4"}, "/value_max", "out_of_range"),
        ({"name": "x", "values": ["0"]}, "/values/0", "out_of_range"),
        ({"name": "x", "values": ["5"], "limits": {"goods": "none", "services": "none"}}, "/limits", "pays_nothing"),
        ({"name": "x", "values": ["5"], "validity": {"kind": "weeks"}}, "/validity/kind", "unknown_value"),
        ({"name": "x", "values": ["5"], "validity": {"kind": "months"}}, "/validity/value", "out_of_range"),
        ({"name": "x", "values": ["5"], "locations": ["loc_0"]}, "/locations/0", "unknown_location"),
    ):
        wrong = shop.post("/gift-card-types", body)
        assert (wrong.status, wrong.codes_at()) == (422, {pointer: code})


def test_a_cashier_sells_and_pays_but_changes_no_type(shop: Caller) -> None:
    kind = new_type(shop)
    cashier = add_caller(shop.chain_id, role="cashier", scopes=RIGHTS_OF_ROLE["cashier"])
    card = sell(cashier, kind)
    assert write_off(cashier, card, "1").status == 201
    assert cashier.post(f"/gift-cards/{card['id']}/show-code").body["code"] == card["code"]
    assert cashier.patch(f"/gift-card-types/{kind}", {"name": "x"}).status == 403
    analyst = add_caller(shop.chain_id, role="analyst", scopes=RIGHTS_OF_ROLE["analyst"])
    assert analyst.get(f"/gift-cards/{card['id']}").status == 200
    assert write_off(analyst, card, "1").status == 403
    assert analyst.post(f"/gift-cards/{card['id']}/show-code").status == 403


def test_a_till_moves_money_without_a_sale_only_within_its_limit(shop: Caller) -> None:
    kind = new_type(shop)
    cashier = add_caller(shop.chain_id, role="cashier", scopes=RIGHTS_OF_ROLE["cashier"])
    card = sell(cashier, kind, "50")
    top_up, cancel = f"/gift-cards/{card['id']}/top-up", f"/gift-cards/{card['id']}/cancel"
    for forbidden in (cashier.post(top_up, {"amount": "1"}), cashier.post(cancel, {"pay_out": True})):
        assert (forbidden.status, forbidden.code, forbidden.body["needs"]) == (403, "forbidden", "promotions:write")
    with unit_of_work(shop.chain_id):
        rows("UPDATE staff SET adjust_limit = '20' WHERE id = %s RETURNING 1", [cashier.staff_id])
    for above in (cashier.post(top_up, {"amount": "20.01"}), cashier.post(cancel, {"pay_out": True})):
        assert (above.status, above.code, above.body["limit"]) == (403, "above_limit", "20")
    assert cashier.post(top_up, {"amount": "20"}).status == 201
    assert write_off(cashier, card, "50").status == 201
    assert cashier.post(cancel, {"pay_out": True}).body["amount"] == "-20.00"
    assert shop.post(f"/gift-cards/{sell(shop, kind, '200')['id']}/cancel", {"pay_out": True}).status == 201


def test_who_works_in_one_location_gives_back_what_was_paid_there(shop: Caller) -> None:
    here, there = (shop.post("/locations", {"name": name}).body["id"] for name in ("Mitte", "Nord"))
    place_id = decode("loc", here)
    assert place_id is not None
    local = add_caller(shop.chain_id, role="cashier", scopes=RIGHTS_OF_ROLE["cashier"], location_ids=[place_id])
    card = sell(shop, new_type(shop), "50")
    path = f"/gift-cards/{card['id']}"
    for location, status in ((there, 403), (None, 403), (here, 201)):
        paid = shop.post(f"{path}/write-off", {"amount": "1", **({"location": location} if location else {})}).body
        assert local.post(f"{path}/give-back", {"entry": paid["entry"]}).status == status


def test_a_scanner_finds_the_gift_card_and_counts_no_card_numbers(shop: Caller) -> None:
    card = sell(shop, new_type(shop), "50")
    for at in range(SOURCE.free + 5):
        assert shop.post("/cards/scan", {"payload": f"4807{at:012d}"}).code == "not_found"
        assert shop.post("/cards/scan", {"payload": f"half-typed{at}"}).code == "not_found"
    for _ in range(3):
        found = shop.post("/cards/scan", {"payload": card["code"].lower()}).body["gift_card"]
        assert (found["id"], found["balance"], "code" in found) == (card["id"], "50.00", False)
    answers = [shop.post("/cards/scan", {"payload": f"GUESS-{at:08d}-XYZ"}).code for at in range(SOURCE.free + 1)]
    assert answers == ["not_found"] * SOURCE.free + ["too_many_attempts"]


@pytest.mark.parametrize("code", ["\u200b" * 13, "A" * 13, "ABCDEABCDEABCDE", "ГДЖЗИЙЛПФЦЧШЩЪ", "e\u0301" * 7])
def test_a_code_that_anybody_tries_cannot_be_chosen(shop: Caller, code: str) -> None:
    refused = shop.post("/gift-cards", {"type": new_type(shop), "value": "50", "code": code})
    assert (refused.status, refused.code) in ((409, "code_too_short"), (422, "invalid")), refused.body


def test_a_chain_with_gift_cards_keeps_its_currency(shop: Caller) -> None:
    new_type(shop)
    assert shop.patch("/chain", {"currency": "JPY"}).code == "currency_in_use"
