"""Cards, card types, programs and balances over HTTP, as API.md promises them."""

import pytest

from tests.contract.cards_kit import PHONE, adjust, issue, make_program
from tests.contract.chains import Caller


@pytest.fixture
def shop(caller: Caller) -> Caller:
    program = make_program(caller)
    made = caller.post(
        "/card-types", {"name": "Coffee card", "program": program["id"], "external_id": "coffee", "goal": 8}
    )
    assert made.status == 201, made.body
    return caller


def test_a_program_and_its_card_type(shop: Caller) -> None:
    program = shop.get("/programs").body["items"][0]
    assert shop.get(f"/programs/{program['id']}").body == program
    assert [part["kind"] for part in program["balance_types"]] == ["points", "deposit", "stamps"]
    assert [part["decimals"] for part in program["balance_types"]] == [0, 2, 0]
    assert shop.get("/card-types/ext:coffee").body["program"] == program["id"]
    assert shop.post("/programs", {"name": "x", "external_id": program["external_id"]}).code == "external_id_taken"
    assert shop.post("/card-types", {"name": "x", "program": "ext:nothing"}).code == "not_found"
    assert shop.patch(f"/programs/{program['id']}", {"state": "draft"}).code == "state_change_refused"
    changed = shop.patch("/card-types/ext:coffee", {"goal": None, "name": "Café-Karte"})
    assert (changed.body["goal"], changed.body["name"], changed.body["version"]) == (None, "Café-Karte", 2)


def test_a_type_says_which_balance_stands_for_its_cards(shop: Caller) -> None:
    assert shop.get("/card-types/ext:coffee").body["shown_balance"] is None
    assert shop.patch("/card-types/ext:coffee", {"shown_balance": "deposit"}).body["shown_balance"] == "deposit"
    unknown = shop.patch("/card-types/ext:coffee", {"shown_balance": "gold"})
    assert unknown.codes_at() == {"/shown_balance": "unknown_value"}
    assert shop.patch("/card-types/ext:coffee", {"goal": 9}).body["shown_balance"] == "deposit"
    assert shop.patch("/card-types/ext:coffee", {"shown_balance": None}).body["shown_balance"] is None
    made = {"name": "x", "program": "ext:coffee-club", "shown_balance": "points"}
    assert shop.post("/card-types", made).body["shown_balance"] == "points"


def test_a_card_for_a_phone_that_nobody_has_is_unclaimed(shop: Caller) -> None:
    card = issue(shop, "0151 23456789")
    assert (card["phone"], card["unclaimed"], card["customer"]) == (PHONE, True, None)
    assert card["status"] == "active"
    assert card["progress"] == {"stamps": 0, "goal": 8}
    assert card["balances"][1] == {  # type: ignore[index]
        "balance_type": "deposit",
        "kind": "deposit",
        "total": "0.00",
        "available": "0.00",
        "pending": "0.00",
        "held": "0.00",
        "expires_next": None,
    }
    again = shop.post("/cards", {"card_type": "ext:coffee", "phone": PHONE})
    assert (again.status, again.code, again.body["card"]) == (409, "card_exists", card["id"])
    customer = shop.post("/customers", {"phone": PHONE, "name": "Анна"}).body
    claimed = shop.get(f"/cards/{card['id']}").body
    assert (claimed["customer"], claimed["unclaimed"]) == ({"id": customer["id"], "name": "Анна"}, False)


def test_a_card_needs_exactly_one_holder_and_a_free_number(shop: Caller) -> None:
    assert shop.post("/cards", {"card_type": "ext:coffee"}).code == "holder_required"
    issue(shop, number="A-100")
    taken = shop.post("/cards", {"card_type": "ext:coffee", "phone": "+4915123456780", "number": "a 100"})
    assert (taken.status, taken.code) == (409, "number_taken")
    unreadable = shop.post("/cards", {"card_type": "ext:coffee", "phone": "12"})
    assert unreadable.codes_at() == {"/phone": "invalid_phone"}
    elsewhere = shop.post("/cards", {"card_type": "ext:coffee", "phone": "+4915123456781", "location": "ext:nowhere"})
    assert elsewhere.codes_at() == {"/location": "unknown_location"}


def test_amounts_are_read_exactly_from_strings_and_numbers(shop: Caller) -> None:
    card = issue(shop)["id"]
    for raw, after in (
        (b'"12.50"', "12.50"),
        (b"0.1", "12.60"),
        (b"-2", "10.60"),
        (b"1e1", "20.60"),
        (b"0.29", "20.89"),
    ):
        reply = shop.post(
            f"/cards/{card}/adjustments", raw=b'{"balance_type": "deposit", "reason": "x", "amount": ' + raw + b"}"
        )
        assert (reply.status, reply.body["balance_after"]) == (201, after), reply.body


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("0.001", "too_many_decimals"),
        ("1.00000000000000000000000000000000001", "not_a_number"),
        ("1234567890123.000000000000000001", "too_many_decimals"),
        ("1e3", "not_a_number"),
        ("", "not_a_number"),
        ("NaN", "not_a_number"),
        ("1,50", "not_a_number"),
        ("٣", "not_a_number"),
        (True, "not_a_number"),
        (None, "not_a_number"),
        ([], "not_a_number"),
        ("99999999999999999999", "out_of_range"),
        (10**30, "not_a_number"),
    ],
)
def test_what_is_no_amount_points_to_the_amount(shop: Caller, amount: object, code: str) -> None:
    card = issue(shop)["id"]
    assert adjust(shop, card, amount, "deposit").codes_at() == {"/amount": code}


def test_nothing_goes_below_zero_and_zero_is_no_change(shop: Caller) -> None:
    card = issue(shop)["id"]
    adjust(shop, card, "5")
    refused = adjust(shop, card, "-5.01", "deposit")
    assert (refused.status, refused.code, refused.body["available"]) == (409, "insufficient_balance", "0.00")
    assert adjust(shop, card, "-6").body["available"] == "5"
    assert adjust(shop, card, "0").code == "zero_amount"
    assert adjust(shop, card, "1", "nothing").code == "no_such_balance"
    assert adjust(shop, card, "999999999999995").status == 201
    assert adjust(shop, card, "1").code == "balance_too_large"


def test_an_adjustment_needs_a_key_and_happens_once(shop: Caller) -> None:
    card = issue(shop)["id"]
    body = {"balance_type": "points", "amount": "5", "reason": "test"}
    without = shop.send("POST", f"/cards/{card}/adjustments", body)
    assert (without.status, without.code) == (422, "idempotency_key_required")
    first = adjust(shop, card, "5", key="one")
    again = adjust(shop, card, "5", key="one")
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert again.headers["Idempotent-Replay"] == "true"
    assert adjust(shop, card, "6", key="one").code == "idempotency_key_reused"
    refused = adjust(shop, card, "-50", key="two")
    adjust(shop, card, "100", key="three")
    again = adjust(shop, card, "-50", key="two")
    assert (again.status, again.body) == (409, refused.body)
    assert again.headers["Idempotent-Replay"] == "true"
    assert shop.get(f"/cards/{card}").body["balances"][0]["total"] == "105"


def test_history_explanation_and_reversal(shop: Caller) -> None:
    card = issue(shop)["id"]
    made = [adjust(shop, card, amount).body for amount in ("10", "-3", "2")]
    history = shop.get(f"/cards/{card}/transactions").body["items"]
    assert [(line["amount"], line["balance_after"]) for line in history] == [("2", "9"), ("-3", "7"), ("10", "10")]
    assert history[0] == made[2]
    assert shop.get(f"/transactions/{made[0]['id']}").body == made[0]
    explained = shop.get(f"/cards/{card}/explain?balance_type=points").body
    assert sum(int(part["amount"]) for part in explained["sentences"]) == int(explained["total"]) == 9
    assert all(part["text"] for part in explained["sentences"])
    reversal = shop.post(f"/transactions/{made[1]['id']}/reverse", {"reason": "mistake"})
    assert (reversal.status, reversal.body["amount"], reversal.body["reverses"]) == (201, "3", made[1]["id"])
    assert shop.post(f"/transactions/{made[1]['id']}/reverse", {"reason": "again"}).code == "already_reversed"
    assert shop.post(f"/transactions/{reversal.body['id']}/reverse", {"reason": "again"}).code == "not_reversible"
    assert shop.get(f"/cards/{card}/expiring").body == {"items": [], "next_cursor": None}


def test_history_pages_with_cursors_that_only_their_list_takes(shop: Caller) -> None:
    card, other = issue(shop)["id"], issue(shop, "+4915123456780")["id"]
    for amount in range(1, 6):
        adjust(shop, card, str(amount))
    first = shop.get(f"/cards/{card}/transactions?limit=2").body
    second = shop.get(f"/cards/{card}/transactions?limit=2&cursor={first['next_cursor']}").body
    third = shop.get(f"/cards/{card}/transactions?limit=2&cursor={second['next_cursor']}").body
    assert [line["amount"] for page in (first, second, third) for line in page["items"]] == ["5", "4", "3", "2", "1"]
    assert third["next_cursor"] is None
    cursor = first["next_cursor"]
    for wrong in (f"/cards/{other}/transactions?cursor={cursor}", f"/cards?cursor={cursor}"):
        assert shop.get(wrong).code == "invalid_cursor"
    for tampered in (cursor[:-1] + "_", "A" * 40, "é", "."):
        assert shop.get(f"/cards/{card}/transactions?cursor={tampered}").code == "invalid_cursor"
    for limit in ("0", "201", "-1", "x", "1.5", "9" * 30):
        assert shop.get(f"/cards/{card}/transactions?limit={limit}").status == 422
    assert shop.get(f"/cards/{card}/transactions?kind=adjust&from=2020-01-01T00:00:00Z").body["items"]
    assert not shop.get(f"/cards/{card}/transactions?kind=import").body["items"]
    assert shop.get(f"/cards/{card}/transactions?from=yesterday").codes_at() == {"/query/from": "invalid_time"}


def test_transfers_move_between_cards(shop: Caller) -> None:
    card, other = issue(shop)["id"], issue(shop, "+4915123456780")["id"]
    adjust(shop, card, "10")
    body = {"to": other, "balance_type": "points", "amount": "4", "reason": "lost"}
    moved = shop.post(f"/cards/{card}/transfers", body)
    assert (moved.status, moved.body["amount"], moved.body["balance_after"]) == (201, "-4", "6")
    assert shop.get(f"/cards/{other}").body["balances"][0]["total"] == "4"
    assert shop.post(f"/cards/{card}/transfers", {**body, "to": card}).code == "same_card"
    assert shop.post(f"/cards/{card}/transfers", {**body, "amount": "7"}).code == "insufficient_balance"
    assert shop.post(f"/cards/{card}/transfers", {**body, "to": "crd_x"}).code == "not_found"
    assert shop.post(f"/cards/{card}/transfers", {**body, "amount": "-1"}).codes_at() == {"/amount": "out_of_range"}


def test_the_life_of_a_card(shop: Caller) -> None:
    made = issue(shop)
    card = made["id"]
    blocked = shop.post(f"/cards/{card}/block", {"reason": "lost"}).body
    assert (blocked["status"], blocked["status_reason"]) == ("blocked", "lost")
    assert shop.post(f"/cards/{card}/unblock").body["status"] == "active"
    replaced = shop.post(f"/cards/{card}/replace", {"reason": "lost", "number": "N-1"}).body
    assert (replaced["id"], replaced["number"]) == (card, "N-1")
    assert replaced["link"] != made["link"]
    old = shop.get(f"/cards?number={made['number']}")
    assert (old.status, old.code) == (409, "card_replaced")
    assert "balances" not in old.body
    assert shop.post("/cards/scan", {"payload": made["number"]}).code == "card_replaced"
    for payload in ("n1", replaced["link"], str(replaced["link"]).rpartition("/")[2], replaced["short_number"], card):
        assert shop.post("/cards/scan", {"payload": payload}).body["card"]["id"] == card, payload
    for payload in (made["link"], "nothing", "https://[", "ext:\u0085"):
        assert shop.post("/cards/scan", {"payload": payload}).status == 404, payload
    renewed = shop.post(f"/cards/{card}/renew-link").body
    assert renewed["link"] != replaced["link"]
    adjust(shop, card, "5")
    left = shop.delete(f"/cards/{card}")
    assert (left.code, left.body["balances"]) == (
        "balance_left",
        [{"balance_type": "points", "kind": "points", "total": "5"}],
    )
    assert shop.delete(f"/cards/{card}?write_off=true").body["status"] == "deleted"
    assert shop.delete(f"/cards/{card}?write_off=true").code == "card_not_active"
    assert adjust(shop, card, "1").code == "card_not_active"
    assert shop.get("/cards").body["items"] == []
    assert [one["id"] for one in shop.get("/cards?status=deleted").body["items"]] == [card]
    restored = shop.post(f"/cards/{card}/restore").body
    assert (restored["status"], restored["balances"][0]["total"]) == ("active", "5")
    shop.post(f"/cards/{card}/block", {"reason": "stolen"})
    assert shop.delete(f"/cards/{card}?write_off=true").status == 200
    blocked = shop.post(f"/cards/{card}/restore").body
    assert (blocked["status"], blocked["status_reason"], blocked["balances"][0]["total"]) == ("blocked", "stolen", "5")
    shop.post(f"/cards/{card}/unblock")
    adjust(shop, card, "1", "deposit")
    assert shop.delete(f"/cards/{card}?write_off=true").code == "balance_left"


def test_cards_are_found_by_everything_that_names_them(shop: Caller) -> None:
    customer = shop.post("/customers", {"phone": PHONE, "name": "Анна Вебер", "email": "Anna@Example.com"}).body
    made = shop.post("/cards", {"card_type": "ext:coffee", "customer": customer["id"]}).body
    issue(shop, "+4915123456780")
    for query in (
        f"number={made['number']}",
        f"short_number={made['short_number']}",
        "phone=0151%2023456789",
        f"customer={customer['id']}",
        "search=вебер",
        "search=anna@example.com",
        f"search={made['id']}",
        "search=456789&card_type=ext:coffee&status=active&platform=web&order=name",
    ):
        found = shop.get(f"/cards?{query}")
        assert [one["id"] for one in found.body["items"]] == [made["id"]], query
    assert shop.get("/cards?customer=cus_x").code == "not_found"
    assert shop.get("/cards?card_type=ext:x").code == "not_found"
    assert shop.get("/cards?status=lost").codes_at() == {"/query/status": "unknown_value"}
    for order in ("-issued", "issued", "number", "-number", "name", "-name"):
        first = shop.get(f"/cards?limit=1&order={order}").body
        second = shop.get(f"/cards?limit=1&order={order}&cursor={first['next_cursor']}").body
        assert {first["items"][0]["id"]} != {second["items"][0]["id"]}
        assert second["next_cursor"] is None


def test_blank_cards_are_made_in_batches_and_given_to_people(shop: Caller) -> None:
    batch = shop.post("/card-batches", {"card_type": "ext:coffee", "count": 3})
    assert (batch.status, batch.body["issued"], batch.body["state"]) == (201, 3, "done")
    printed = shop.post("/card-batches", {"card_type": "ext:coffee", "numbers": ["P-1", "P-2"]})
    cards = shop.get(f"/card-batches/{printed.body['id']}/cards").body["items"]
    assert [card["number"] for card in cards] == ["P-1", "P-2"]
    assert {(card["phone"], card["customer"], card["unclaimed"]) for card in cards} == {(None, None, False)}
    taken = shop.post("/card-batches", {"card_type": "ext:coffee", "numbers": ["P-3", "p 1"]})
    assert (taken.status, taken.code) == (409, "numbers_taken")
    assert shop.post("/card-batches", {"card_type": "ext:coffee"}).codes_at() == {"/count": "out_of_range"}
    assert shop.post("/card-batches", {"card_type": "ext:coffee", "count": 0}).codes_at() == {"/count": "out_of_range"}
    path = f"/cards/{cards[0]['id']}/assign"
    assert shop.post(path, {"phone": PHONE}).body["phone"] == PHONE
    assert shop.post(path, {"phone": PHONE}).code == "card_assigned"
    assert shop.post(f"/cards/{cards[1]['id']}/assign", {"phone": PHONE}).code == "card_exists"
    assert shop.post(f"/cards/{cards[1]['id']}/assign", {}).code == "holder_required"
    assert [one["id"] for one in shop.get("/card-batches").body["items"]] == [printed.body["id"], batch.body["id"]]
    first = shop.get(f"/card-batches/{batch.body['id']}/cards?limit=2").body
    assert len(first["items"]) == 2
    assert len(shop.get(f"/card-batches/{batch.body['id']}/cards?cursor={first['next_cursor']}").body["items"]) == 1


def test_thousands_of_blank_cards_begin_in_the_background(shop: Caller) -> None:
    begun = shop.post("/card-batches", {"card_type": "ext:coffee", "count": 100_000})
    assert (begun.status, begun.body["state"], begun.body["total"], begun.body["done"]) == (202, "waiting", 100_000, 0)
    assert shop.get(f"/card-batches/{begun.body['id']}").body["state"] == "waiting"
    assert shop.post(f"/card-batches/{begun.body['id']}/undo").code == "bulk_issue_not_finished"
    assert shop.post("/card-batches", {"card_type": "ext:coffee", "count": 100_001}).status == 422


def test_a_bulk_issue_begins_in_the_background(shop: Caller) -> None:
    shop.post("/customers", {"phone": PHONE, "name": "Anna", "tags": ["vip"]})
    begun = shop.post("/bulk-issues", {"card_type": "ext:coffee", "filter": {"tag": "vip"}})
    assert (begun.status, begun.body["state"], begun.body["total"]) == (202, "waiting", 1)
    path = f"/bulk-issues/{begun.body['id']}"
    assert shop.get(path).body == begun.body
    assert shop.post(f"{path}/undo").code == "bulk_issue_not_finished"
    assert shop.get(f"{path}/cards").body == {"items": [], "next_cursor": None}
    assert shop.get("/bulk-issues").body["items"] == [begun.body]
    nobody = shop.post("/bulk-issues", {"card_type": "ext:coffee", "customers": ["cus_x"]})
    assert nobody.codes_at() == {"/customers": "out_of_range"}


def test_a_type_issues_only_where_and_while_it_may(shop: Caller) -> None:
    here = shop.post("/locations", {"name": "Here"}).body["id"]
    there = shop.post("/locations", {"name": "There", "external_id": "there"}).body["id"]
    shop.patch("/card-types/ext:coffee", {"locations": [here]})
    card = {"card_type": "ext:coffee", "phone": PHONE}
    assert shop.post("/cards", {**card, "location": there}).code == "not_valid_here"
    assert shop.post("/cards", {**card, "location": "ext:there"}).code == "not_valid_here"
    assert shop.patch("/card-types/ext:coffee", {"locations": ["ext:x"]}).codes_at() == {
        "/locations/0": "unknown_location"
    }
    shop.patch("/card-types/ext:coffee", {"state": "archived"})
    assert shop.post("/cards", card).code == "card_type_archived"
    draft = shop.post("/programs", {"name": "Draft"}).body
    shop.post("/card-types", {"name": "Early", "program": draft["id"], "external_id": "early"})
    assert shop.post("/cards", {"card_type": "ext:early", "phone": PHONE}).code == "program_not_active"


def test_a_balance_moves_only_to_a_card_that_has_it(shop: Caller) -> None:
    tea = {"external_id": "leaves", "name": "Leaves", "kind": "points"}
    program = shop.post("/programs", {"name": "Tea club", "state": "active", "balance_types": [tea]}).body["id"]
    shop.post("/card-types", {"name": "Tea card", "program": program, "external_id": "tea"})
    other = shop.post("/cards", {"card_type": "ext:tea", "phone": PHONE}).body["id"]
    card = issue(shop)["id"]
    adjust(shop, card, "5")
    body = {"to": other, "balance_type": "points", "amount": "1", "reason": "x"}
    assert shop.post(f"/cards/{card}/transfers", body).code == "different_balance"
