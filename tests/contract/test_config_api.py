"""What a till keeps of a chain: one small answer, and none while it is still right (API-4; complaint 53)."""

import pytest

from regulars.kernel.ids import decode, encode
from tests.contract.chains import add_caller
from tests.order_kit import TEN_OFF, OrderShop, back, open_order_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: object) -> OrderShop:
    shop = open_order_shop()
    shop.run(TEN_OFF, {**back(), "codes": ["AUTUMN"]})
    return shop


def test_a_till_reads_all_it_needs_and_hears_when_it_changes(shop: OrderShop) -> None:
    first = shop.caller.get("/config")
    assert first.status == 200, first.body
    config = first.body
    assert (config["name"], config["currency"], config["currency_decimals"]) == ("Café Sonne", "EUR", 2)
    (program,) = config["programs"]
    assert [(one["external_id"], one["kind"], one["pays"]) for one in program["balance_types"]] == [
        ("bonus", "points", True),
        ("stamps", "stamps", False),
        ("deposit", "deposit", True),
    ]
    (card_type,) = config["card_types"]
    assert card_type["program"] == program["id"]
    assert card_type["spend_limits"]["percent"] is None
    assert [(one["needs_code"], one["needs_card"]) for one in config["promotions"]] == [(False, False), (True, True)]
    known = {"HTTP_IF_NONE_MATCH": first.headers["ETag"]}
    again = shop.caller.get("/config", **known)
    assert (again.status, again.body, again.headers["ETag"]) == (304, None, first.headers["ETag"])

    place = shop.caller.post("/locations", {"name": "Ku’damm"}).body["id"]
    changed = shop.caller.get("/config", **known)
    assert changed.status == 200
    assert place in [one["id"] for one in changed.body["locations"]]
    assert changed.body["version"] > config["version"]


@pytest.mark.parametrize("tag", ["", "*", '"x"', '"99999999999999999999999"', '"0"', "0"])
def test_a_tag_that_is_not_ours_is_answered_with_everything(shop: OrderShop, tag: str) -> None:
    assert shop.caller.get("/config", HTTP_IF_NONE_MATCH=tag).status == 200


def test_it_does_not_grow_with_the_cards(shop: OrderShop) -> None:
    """Complaint 53: all cards were pushed to the till at opening."""
    before = shop.caller.get("/config")
    for number in range(5):
        card = shop.counter.issue(f"+49 151 1111111{number}")
        shop.record(shop.order(card=encode("crd", card.id)))
    after = shop.caller.get("/config", HTTP_IF_NONE_MATCH=before.headers["ETag"])
    assert after.status == 304, "neither cards nor orders are part of it"


def test_who_works_at_one_place_gets_this_one_and_a_key_for_something_else_gets_nothing(shop: OrderShop) -> None:
    place = shop.caller.post("/locations", {"name": "Ku’damm"}).body["id"]
    here = decode("loc", place)
    assert here
    cashier = add_caller(shop.chain_id, role="cashier", location_ids=[here])
    assert [one["id"] for one in cashier.get("/config").body["locations"]] == [place]
    refused = add_caller(shop.chain_id, scopes=frozenset({"cards:read"})).get("/config")
    assert (refused.status, refused.code) == (403, "forbidden")


def test_another_business_is_not_in_it(shop: OrderShop) -> None:
    other = open_order_shop(name="Café Mond")
    other.run(TEN_OFF)
    config = other.caller.get("/config").body
    assert config["name"] == "Café Mond"
    assert len(config["promotions"]) == len(config["programs"]) == len(config["card_types"]) == 1
