"""Cards find their people, and newcomers their card, whichever way somebody comes (CUS-3, TYP-2)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.chains import Caller
from tests.contract.import_shop import Shop
from tests.contract.test_imports_api import shop as shop  # noqa: PLC0414 (the fixture)

PHONE = "+4915177700001"
OTHER = "+4915177700002"
Way = Callable[[Shop], Any]


def enter(shop: Shop, **fields: Any) -> str:
    reply = shop.caller.post("/customers", fields)
    assert reply.status == 201, reply.body
    return str(reply.body["id"])


def edit(shop: Shop, *phones: str, **fields: Any) -> None:
    reply = shop.caller.patch(f"/customers/{enter(shop, email='edited@example.com', **fields)}", {"phones": phones})
    assert reply.status == 200, reply.body


def fill(shop: Shop) -> None:
    enter(shop, email="filled@example.com")
    shop.bring(f"phone;email\n{PHONE};filled@example.com\n", kind="customers", card_type=None, mode=None)


WAYS: dict[str, Way] = {
    "entered": lambda shop: enter(shop, phone="0151 77700001"),
    "entered as a second number": lambda shop: enter(shop, phones=[OTHER, PHONE]),
    "edited": lambda shop: edit(shop, PHONE),
    "edited as a second number": lambda shop: edit(shop, OTHER, PHONE, name="Anna"),
    "imported": lambda shop: shop.bring(f"phone;name\n{PHONE};Anna\n", kind="customers", card_type=None, mode=None),
    "imported with another card": lambda shop: shop.bring(f"phone;name;points\n{PHONE};Anna;5\n", card_type="ext:tea"),
    "filled in by an import": fill,
}


@pytest.fixture
def club(shop: Shop) -> Shop:
    """A shop whose newcomers get a coffee card everywhere; tea cards are only issued by hand."""
    caller: Caller = shop.caller
    assert caller.patch("/card-types/ext:coffee", {"automatic_issue": "everywhere"}).status == 200
    tea = [{"external_id": "leaves", "name": "Leaves", "kind": "points"}]
    program = caller.post("/programs", {"name": "Tea", "state": "active", "balance_types": tea}).body["id"]
    assert caller.post("/card-types", {"name": "Tea", "program": program, "external_id": "tea"}).status == 201
    return shop


def coffee_cards(shop: Shop, phone: str = PHONE) -> list[dict[str, Any]]:
    found = shop.caller.get(f"/cards?card_type=ext:coffee&phone=%2B{phone[1:]}").body["items"]
    return [dict(card) for card in found]


@pytest.mark.parametrize("way", WAYS)
def test_a_waiting_card_is_claimed_whichever_way_its_phone_comes(club: Shop, way: str) -> None:
    waiting = club.caller.post("/cards", {"card_type": "ext:coffee", "phone": PHONE}).body
    assert waiting["unclaimed"]
    WAYS[way](club)
    cards = coffee_cards(club)
    # It becomes theirs before automatic issue looks. Who was there before already has the card of a newcomer: both stay.
    was_known = way in ("edited", "edited as a second number", "filled in by an import")
    assert len(cards) == (2 if was_known else 1)
    assert {card["unclaimed"] for card in cards} == {False}
    assert waiting["id"] in {card["id"] for card in cards}
    assert len({card["customer"]["id"] for card in cards}) == 1


@pytest.mark.parametrize("way", WAYS)
def test_newcomers_get_one_card_whichever_way_they_come(club: Shop, way: str) -> None:
    WAYS[way](club)
    assert len(coffee_cards(club)) == 1


def test_nobody_gets_a_second_card_by_itself(club: Shop) -> None:
    anna = enter(club, phone=PHONE, email="anna@example.com")
    card = coffee_cards(club)[0]["id"]
    # A relative with the same e-mail holds one by it; a card that was deleted was theirs all the same.
    enter(club, phone=OTHER, email="Anna@Example.com")
    assert coffee_cards(club, OTHER) == []
    assert club.caller.delete(f"/cards/{card}").status == 200
    club.caller.patch(f"/customers/{anna}", {"phones": [PHONE, "+4915177700003"]})
    assert coffee_cards(club) == []


def test_an_import_of_cards_of_a_type_is_itself_their_issue(club: Shop) -> None:
    club.bring(f"phone;name;number;points\n{PHONE};Anna;A-1;5\n")
    assert [card["number"] for card in coffee_cards(club)] == ["A-1"]


def test_a_phone_that_is_taken_away_leaves_the_card(club: Shop) -> None:
    anna = enter(club, phone=PHONE)
    card = coffee_cards(club)[0]["id"]
    assert club.caller.patch(f"/customers/{anna}", {"phones": [], "email": "anna@example.com"}).status == 200
    assert club.caller.get(f"/cards/{card}").body["customer"]["id"] == anna
    other = enter(club, phone=PHONE)
    assert [one["customer"]["id"] for one in coffee_cards(club)] == [other]
