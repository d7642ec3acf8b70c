"""Receipt codes over HTTP (TIL-4), and stamps only where a card is valid."""

import pytest
from django.test import Client
from django.utils import timezone

from regulars.chains.actions import create_location
from regulars.chains.rules import LocationDraft
from regulars.kernel.codes import code_key
from regulars.kernel.ids import encode
from regulars.platform.database import row, unit_of_work
from tests.order_kit import OrderShop, open_order_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> OrderShop:
    return open_order_shop()


def test_a_code_for_a_receipt_is_made_read_scanned_and_claimed(shop: OrderShop) -> None:
    card = shop.counter.issue("+4915112345678")
    made = shop.caller.post("/receipt-codes", {"external_id": "4711", "amount": "12.50"})
    assert made.status == 201, made.body
    assert (made.body["amount"], made.body["stamps"], made.body["state"]) == ("12.50", None, "open")
    assert made.body["url"].endswith(f"/r/{code_key(made.body['code'])}")
    again = shop.caller.post("/receipt-codes", {"external_id": "4711", "stamps": 1})
    assert (again.status, again.body["code"]) == (409, "external_id_taken")
    scanned = shop.caller.post("/cards/scan", {"payload": made.body["code"]})
    assert scanned.body["receipt"]["id"] == made.body["id"]
    Client().post(f"/r/{code_key(made.body['code'])}", {"card": card.number})
    read = shop.caller.get("/receipt-codes/ext:4711").body
    assert (read["state"], read["card"]) == ("claimed", encode("crd", card.id))


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/stamps"),
        ({"stamps": 1, "amount": "2"}, "/stamps"),
        ({"stamps": 0}, "/stamps"),
        ({"stamps": 101}, "/stamps"),
        ({"amount": "-1"}, "/amount"),
        ({"amount": "1.234"}, "/amount"),
        ({"stamps": 1, "expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"stamps": 1, "external_id": "a b"}, "/external_id"),
        ({"stamps": 1, "location": "loc_x"}, "/location"),
    ],
)
def test_what_no_code_can_be_worth_is_refused(shop: OrderShop, body: dict[str, object], pointer: str) -> None:
    reply = shop.caller.post("/receipt-codes", body)
    assert reply.status == 422, reply.body
    assert [one["pointer"] for one in reply.body["errors"]] == [pointer]


def test_stamps_are_given_only_where_the_card_is_valid(shop: OrderShop) -> None:
    card = shop.counter.issue("+4915112345678")
    here = shop.counter.shop.location_id
    draft = LocationDraft(name="Harbour", time_zone="Europe/Berlin")
    harbour = create_location(shop.counter.actor, draft, now=timezone.now())
    with unit_of_work(shop.counter.chain_id):
        row("UPDATE card_types SET location_ids = ARRAY[%s::uuid] RETURNING 1", [harbour.id])
    path = f"/cards/{encode('crd', card.id)}/stamps"
    refused = shop.caller.post(path, {"count": 1, "location": encode("loc", here)})
    assert (refused.status, refused.body["code"], refused.body["places"]) == (409, "not_valid_here", "Harbour")
    assert shop.caller.post(path, {"count": 1, "location": encode("loc", harbour.id)}).status == 201
