"""What an undo of an import gives back, says before, and costs."""

import re

import pytest
from django.db import connection

from regulars.imports.actions import undoing
from regulars.kernel.ids import decode
from regulars.platform.database import unit_of_work
from tests.contract.chains import Caller
from tests.contract.import_shop import ANNA, BORIS, CLARA, Shop, open_shop


@pytest.fixture
def shop(caller: Caller) -> Shop:
    return open_shop(caller)


def test_finding_what_to_take_back_scans_no_table_of_lots(shop: Shop) -> None:
    one = shop.bring(f"phone;balance:bonus\n{ANNA};10\n{BORIS};20\n")
    values = {"import": decode("imp", one["id"]), "cards": [decode("crd", shop.card(ANNA)["id"])]}

    with unit_of_work(shop.caller.chain_id), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {undoing.MOVES}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert re.search(r"Index (Only )?Scan (using|on) lot_(live|pending|of_entry)", plan), plan
    assert "Seq Scan on lots" not in plan


def test_an_undo_in_small_steps_is_the_same_as_in_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undoing, "CARDS_PER_STEP", 2)
    monkeypatch.setattr(undoing, "CARDS_AHEAD", 3)
    phones = [f"+49151234567{number:02d}" for number in range(10, 18)]
    shop.bring("phone;balance:bonus\n" + "".join(f"{phone};10\n" for phone in phones[:3]))
    one = shop.bring("phone;balance:bonus;deposit\n" + "".join(f"{phone};5;1\n" for phone in phones))

    undone = shop.undo(one)

    assert undone["state"] == "undone"
    assert undone["undo"]["reversed"] == 16
    assert undone["undo"]["cards_removed"] == 5
    assert {shop.total(phone) for phone in phones[:3]} == {"10.00"}


def test_a_file_that_two_people_uploaded_is_added_once(shop: Shop) -> None:
    file = f"phone;balance:bonus\n{ANNA};10\n"
    first, second = (shop.check(file, again=None) for _ in range(2))
    meant_twice = shop.check(file, again="true")
    shop.apply(first)

    refused = shop.caller.post(f"/imports/{second['id']}/apply")

    assert (refused.status, refused.code, refused.body["import"]) == (409, "same_file", first["id"])
    assert shop.total(ANNA) == "10.00"
    shop.apply(meant_twice)
    assert shop.total(ANNA) == "20.00"
    shop.undo(first)
    shop.undo(meant_twice)
    assert shop.apply(second)["state"] == "applied"


def test_an_import_that_was_stopped_says_how_far_it_came(shop: Shop) -> None:
    one = shop.check(f"phone;balance:bonus\n{ANNA};10\n{BORIS};10\n{CLARA};\n")
    shop.caller.post(f"/imports/{one['id']}/apply")
    shop.caller.post(f"/imports/{one['id']}/cancel")

    stopped = shop.settle(one["id"])

    assert (stopped["state"], stopped["problem"]) == ("cancelled", None)
    assert stopped["progress"] == {"done": 0, "total": 3}
    assert stopped["result"]["created"] == 0
    assert shop.caller.post(f"/imports/{one['id']}/apply").code == "wrong_import_state"
    assert shop.upload(f"phone;balance:bonus\n{ANNA};10\n{BORIS};10\n{CLARA};\n", again=None).code == "same_file"
    shop.undo(one)
    assert shop.caller.get(f"/imports/{one['id']}").body["state"] == "undone"


def test_an_import_that_ran_to_its_end_says_so(shop: Shop) -> None:
    assert shop.bring(f"phone;balance:bonus\n{ANNA};10\n;;\n{BORIS};x\n")["progress"] == {"done": 2, "total": 2}


def blanks(shop: Shop, *numbers: str) -> None:
    made = shop.caller.post("/card-batches", {"card_type": "ext:coffee", "numbers": list(numbers)})
    assert made.status == 201, made.body


def test_an_undo_makes_a_blank_card_blank_again(shop: Shop) -> None:
    blanks(shop, "BL-1", "BL-2", "BL-3")
    wrong = shop.bring(f"phone;number;name;balance:bonus\n{ANNA};BL-1;Anna;5\n{BORIS};BL-2;;\n{CLARA};BL-3;Clara;\n")
    clara = shop.card(CLARA)
    shop.caller.post(f"/cards/{clara['id']}/adjustments", {"balance_type": "bonus", "amount": "1", "reason": "Visit"})

    shop.undo(wrong)

    found = {number: shop.caller.get(f"/cards?number={number}").body["items"][0] for number in ("BL-1", "BL-2", "BL-3")}
    assert [found["BL-1"]["customer"], found["BL-1"]["phone"], found["BL-2"]["phone"]] == [None, None, None]
    assert found["BL-3"]["customer"] is not None, "who used the card since keeps it"
    assert shop.caller.get(f"/customers?phone=%2B{ANNA[1:]}").body["items"] == []
    right = shop.bring(f"phone;number;name;balance:bonus\n{BORIS};BL-1;Boris;5\n")
    assert right["result"]["changed"] == 1
    assert shop.card(BORIS)["number"] == "BL-1"


def test_a_blank_card_is_no_second_card_for_who_holds_one(shop: Shop) -> None:
    blanks(shop, "BL-1", "BL-2", "BL-3")
    shop.bring(f"phone;name;balance:bonus\n{ANNA};Anna;5\n{BORIS};;5\n")

    one = shop.bring(
        f"phone;number;name;balance:bonus\n{ANNA};BL-1;;5\n{BORIS};BL-1;;5\n{CLARA};BL-2;Clara;5\n{CLARA};BL-3;;5\n"
    )

    assert [row["code"] for row in shop.rows(one)] == ["card_exists", "card_exists", None, "card_exists"]
    assert shop.card(CLARA)["number"] == "BL-2"
    issued = shop.caller.post("/cards", {"card_type": "ext:coffee", "phone": CLARA})
    assert (issued.status, issued.code) == (409, "card_exists")


def test_the_preview_counts_what_the_undo_then_does(shop: Shop) -> None:
    shop.bring(f"phone;balance:bonus\n{BORIS};10\n{CLARA};10\n")
    one = shop.bring(f"phone;balance:bonus;deposit\n{ANNA};5;1\n{BORIS};5;\n{CLARA};-5;\n")
    anna, boris = shop.card(ANNA), shop.card(BORIS)
    for card, amount in ((anna, "-5"), (boris, "-13")):
        adjustment = {"balance_type": "bonus", "amount": amount, "reason": "Spent"}
        assert shop.caller.post(f"/cards/{card['id']}/adjustments", adjustment).status == 201
    (newest, *_) = shop.caller.get(f"/cards/{shop.card(CLARA)['id']}/transactions").body["items"]
    assert shop.caller.post(f"/transactions/{newest['id']}/reverse", {"reason": "By hand"}).status == 201

    preview = shop.caller.get(f"/imports/{one['id']}/undo").body
    undone = shop.undo(one)["undo"]

    assert (preview["reversed"], preview["amounts_left"]) == (2, 2)
    assert {name: undone.get(name, 0) for name in preview} == preview
    assert [shop.total(phone) for phone in (ANNA, BORIS, CLARA)] == ["0.00", "0.00", "10.00"]


def test_an_undo_keeps_cards_and_customers_with_a_membership(shop: Shop) -> None:
    one = shop.bring(f"phone;name;balance:bonus\n{ANNA};Anna;10\n{BORIS};Boris;20\n")
    kind = shop.caller.post("/membership-types", {"name": "Ten", "visits": 10, "price": "90"}).body["id"]
    sold = shop.caller.post("/memberships", {"type": kind, "card": shop.card(ANNA)["id"]})
    assert sold.status == 201, sold.body

    undone = shop.undo(one)

    assert (undone["state"], undone["undo"]["cards_removed"], undone["undo"]["customers_removed"]) == ("undone", 1, 1)
    assert shop.card(ANNA)["id"] == sold.body["card"]


def test_an_undo_keeps_whoever_holds_vouchers_codes_or_gift_cards(shop: Shop) -> None:
    dora, emil = "+4915123456704", "+4915123456705"
    one = shop.bring(f"phone;name\n{ANNA};Anna\n{BORIS};Boris\n{CLARA};Clara\n{dora};Dora\n{emil};Emil\n")
    people = {phone: shop.card(phone)["customer"]["id"] for phone in (ANNA, BORIS, CLARA, dora, emil)}
    call = shop.caller
    pool = call.post("/code-pools", {"name": "Friends"}).body["id"]
    gift = call.post(
        "/gift-card-types", {"name": "Gift", "with_code": False, "value_min": "1", "value_max": "50"}
    ).body["id"]
    for path, body in (
        ("/vouchers", {"title": "On its card", "card": shop.card(ANNA)["id"]}),
        ("/vouchers", {"title": "Hers", "customer": people[BORIS]}),
        (f"/code-pools/{pool}/import", {"codes": ["FRIEND-CLARA-0001"]}),
        (f"/code-pools/{pool}/attach", {"customers": [people[CLARA]]}),
        ("/gift-cards", {"type": gift, "value": "20", "customer": people[dora]}),
    ):
        reply = call.post(path, body)
        assert reply.status in (200, 201), (path, reply.body)

    undone = shop.undo(one)

    assert (undone["state"], undone["undo"]["customers_removed"]) == ("undone", 1)
    kept = [call.get(f"/customers/{person}").status for person in people.values()]
    assert kept == [200, 200, 200, 200, 404]
