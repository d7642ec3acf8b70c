"""Holds over HTTP: reserve, then capture or release (PRG-5)."""

import pytest

from regulars.platform.database import execute, unit_of_work
from tests.contract.cards_kit import adjust, issue, make_program
from tests.contract.chains import Caller, Reply

YEAR = 365 * 24 * 3600


@pytest.fixture
def shop(caller: Caller) -> Caller:
    program = make_program(caller)
    caller.post("/card-types", {"name": "Coffee card", "program": program["id"], "external_id": "coffee"})
    return caller


@pytest.fixture
def card(shop: Caller) -> str:
    identifier = str(issue(shop)["id"])
    adjust(shop, identifier, "100")
    return identifier


def hold(shop: Caller, card: str, amount: object = "30", seconds: object = 600, **more: object) -> Reply:
    return shop.post(f"/cards/{card}/holds", {"balance_type": "points", "amount": amount, "seconds": seconds, **more})


def points(shop: Caller, card: str) -> tuple[str, str, str]:
    """Total, available and held."""
    balance = shop.get(f"/cards/{card}").body["balances"][0]
    return balance["total"], balance["available"], balance["held"]


def end_all_holds(caller: Caller) -> None:
    """Let the time of every hold be over, as if it had been made earlier."""
    with unit_of_work(caller.chain_id):
        execute("UPDATE holds SET expires_at = made_at - interval '1 second'")


def test_what_is_held_cannot_be_spent_and_is_captured_or_given_back(shop: Caller, card: str) -> None:
    first = hold(shop, card, external_id="till-7")
    assert (first.status, first.body["state"], first.body["amount"]) == (201, "active", "30")
    assert points(shop, card) == ("100", "70", "30")
    refused = adjust(shop, card, "-71")
    assert (refused.code, refused.body["available"]) == ("insufficient_balance", "70")
    assert hold(shop, card, "71").body["available"] == "70"
    captured = shop.post(f"/holds/{first.body['id']}/capture", {"amount": "20"})
    assert (captured.status, captured.body["state"], captured.body["captured"]) == (200, "captured", "20")
    assert points(shop, card) == ("80", "80", "0")
    line = shop.get(f"/transactions/{captured.body['transaction']}").body
    assert (line["kind"], line["amount"], line["source"]) == ("redeem", "-20", "hold")
    second = hold(shop, card)
    released = shop.post(f"/holds/{second.body['id']}/release", {})
    assert (released.status, released.body["state"]) == (200, "released")
    assert shop.post(f"/holds/{second.body['id']}/release", {}).status == 200
    assert points(shop, card) == ("80", "80", "0")
    assert shop.get("/holds/ext:till-7").body == captured.body


def test_a_hold_ends_once(shop: Caller, card: str) -> None:
    first, second = hold(shop, card).body["id"], hold(shop, card).body["id"]
    assert shop.post(f"/holds/{first}/capture", {}).body["captured"] == "30"
    again = shop.post(f"/holds/{first}/capture", {})
    assert (again.status, again.code, again.body["state"]) == (409, "hold_ended", "captured")
    assert shop.post(f"/holds/{first}/release", {}).code == "hold_ended"
    shop.post(f"/holds/{second}/release", {})
    assert shop.post(f"/holds/{second}/capture", {}).code == "hold_ended"


def test_a_hold_whose_time_is_over_is_free_at_once_and_no_longer_captured(shop: Caller, card: str) -> None:
    late = hold(shop, card, "100").body["id"]
    end_all_holds(shop)
    assert points(shop, card) == ("100", "100", "0")
    assert shop.get(f"/holds/{late}").body["state"] == "expired"
    refused = shop.post(f"/holds/{late}/capture", {})
    assert (refused.status, refused.code) == (409, "hold_expired")
    assert adjust(shop, card, "-100").status == 201
    assert shop.post(f"/holds/{late}/capture", {}).code == "hold_expired"
    assert shop.post(f"/holds/{late}/release", {}).body["state"] == "expired"


def test_a_deleted_card_holds_nothing(shop: Caller, card: str) -> None:
    held = hold(shop, card).body["id"]
    assert shop.delete(f"/cards/{card}").code == "balance_left"
    assert shop.delete(f"/cards/{card}?write_off=true").status == 200
    assert shop.get(f"/holds/{held}").body["state"] == "released"
    assert hold(shop, card).code == "card_not_active"
    assert shop.post(f"/cards/{card}/restore", {}).status == 200
    assert points(shop, card) == ("100", "100", "0")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"amount": "0.5"}, "/amount"),
        ({"amount": "-1"}, "/amount"),
        ({"amount": "x"}, "/amount"),
        ({"amount": "9999999999999999999"}, "/amount"),
        ({"seconds": 0}, "/seconds"),
        ({"seconds": YEAR}, "/seconds"),
        ({"seconds": "60"}, "/seconds"),
        ({"external_id": "ü"}, "/external_id"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_a_bad_hold_is_told_to_the_field(shop: Caller, card: str, body: dict[str, object], pointer: str) -> None:
    wanted = {"balance_type": "points", "amount": "1", "seconds": 60, **body}
    refused = shop.post(f"/cards/{card}/holds", wanted)
    assert (refused.status, list(refused.codes_at())) == (422, [pointer])


def test_what_a_hold_refuses(shop: Caller, card: str, stranger: Caller) -> None:
    assert hold(shop, card, "0").code == "zero_amount"
    assert hold(shop, card, "101").code == "insufficient_balance"
    assert hold(shop, "crd_0", "1").code == "not_found"
    assert hold(shop, card, external_id="once").status == 201
    assert hold(shop, card, external_id="once").code == "external_id_taken"
    unknown = shop.post(f"/cards/{card}/holds", {"balance_type": "gold", "amount": "1", "seconds": 60})
    assert unknown.code == "no_such_balance"
    more = shop.post("/holds/ext:once/capture", {"amount": "31"})
    assert (more.code, more.body["held"]) == ("more_than_held", "30")
    assert stranger.get("/holds/ext:once").code == "not_found"
    assert stranger.post("/holds/ext:once/release", {}).code == "not_found"
    shop.post(f"/cards/{card}/block", {"reason": "lost"})
    assert hold(shop, card).code == "card_not_active"


def test_a_paused_program_holds_nothing_new_and_keeps_its_word(shop: Caller, card: str) -> None:
    held = hold(shop, card).body["id"]
    shop.patch("/programs/ext:coffee-club", {"state": "paused"})
    assert hold(shop, card).code == "program_not_active"
    assert shop.post(f"/holds/{held}/capture", {}).status == 200
