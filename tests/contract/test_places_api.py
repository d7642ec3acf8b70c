"""Locations over HTTP: where things happen, and how far staff of some locations see (ORG-1, ORG-2, TYP-2)."""

from uuid import UUID

import pytest

from regulars.kernel.ids import decode, encode
from tests.contract.cards_kit import make_program
from tests.contract.chains import Caller, add_caller


@pytest.fixture
def shop(caller: Caller) -> Caller:
    """A shop with two locations and a card that newcomers at the first one get by themselves."""
    make_program(caller)
    for name in ("Altona", "Eimsbuettel"):
        assert caller.post("/locations", {"name": name, "external_id": name.lower()}).status == 201
    made = caller.post(
        "/card-types",
        {
            "name": "Coffee card",
            "program": "ext:coffee-club",
            "external_id": "coffee",
            "automatic_issue": "locations",
            "issue_locations": ["ext:altona"],
        },
    )
    assert made.status == 201, made.body
    return caller


def place(shop: Caller, name: str) -> UUID:
    found = decode("loc", shop.get(f"/locations/ext:{name}").body["id"])
    assert found
    return found


def limited(shop: Caller, *names: str, role: str = "cashier") -> Caller:
    """A key whose staff login is limited to these locations."""
    return add_caller(shop.chain_id, role=role, location_ids=[place(shop, name) for name in names])


def cards_of(shop: Caller, customer: str) -> list[str]:
    return [card["id"] for card in shop.get(f"/cards?customer={customer}").body["items"]]


def names(caller: Caller, query: str = "") -> list[str]:
    return sorted(one["name"] for one in caller.get(f"/customers?{query}").body["items"])


def test_newcomers_get_a_card_at_the_chosen_locations_only(shop: Caller) -> None:
    here = shop.post("/customers", {"phone": "+4915100000001", "location": "ext:altona"}).body["id"]
    there = shop.post("/customers", {"phone": "+4915100000002", "location": "ext:eimsbuettel"}).body["id"]
    nowhere = shop.post("/customers", {"phone": "+4915100000003"}).body["id"]
    assert [len(cards_of(shop, one)) for one in (here, there, nowhere)] == [1, 0, 0]
    unknown = shop.post("/customers", {"phone": "+4915100000004", "location": "ext:nowhere"})
    assert unknown.codes_at() == {"/location": "unknown_location"}


def test_the_only_location_of_a_key_is_where_it_acts(shop: Caller) -> None:
    till = limited(shop, "altona")
    made = till.post("/customers", {"phone": "+4915100000001"}).body["id"]
    card = cards_of(shop, made)[0]
    body = {"balance_type": "points", "amount": "5", "reason": "x"}
    assert till.post(f"/cards/{card}/adjustments", body).body["location"] == encode("loc", place(shop, "altona"))
    elsewhere = till.post(f"/cards/{card}/adjustments", {**body, "location": "ext:eimsbuettel"})
    assert elsewhere.codes_at() == {"/location": "unknown_location"}
    assert limited(shop, "altona", "eimsbuettel").post(f"/cards/{card}/adjustments", body).body["location"] is None


def test_staff_of_one_location_see_its_customers_and_whoever_stands_at_the_till(shop: Caller) -> None:
    till = limited(shop, "altona")
    shop.post("/customers", {"phone": "+4915100000001", "name": "Anna Far", "email": "far@example.com"})
    for number, name in enumerate(("Anna Entered", "Anna Issued", "Anna Used")):
        where = {"location": "ext:altona"} if name == "Anna Entered" else {}
        shop.post("/customers", {"phone": f"+491510000001{number}", "name": name, **where})
    issued = {"card_type": "ext:coffee", "phone": "+4915100000011", "location": "ext:altona"}
    assert shop.post("/cards", issued).status == 201
    used = shop.post("/cards", {"card_type": "ext:coffee", "phone": "+4915100000012"}).body
    change = {"balance_type": "points", "amount": "5", "reason": "x", "location": "ext:altona"}
    assert shop.post(f"/cards/{used['id']}/adjustments", change).status == 201
    far = shop.post("/cards", {"card_type": "ext:coffee", "phone": "+4915100000001", "number": "FAR-1"}).body
    own = ["Anna Entered", "Anna Issued", "Anna Used"]
    assert names(till) == names(till, "search=anna") == own
    assert names(shop) == sorted(["Anna Far", *own])
    assert names(till, "search=far") == names(till, "search=far@") == names(till, "search=FAR-") == []
    assert names(till, "search=0151000") == own
    for query in (
        "search=0151%200000%200001",
        "search=far@example.com",
        "search=far%201",
        f"search={far['short_number']}",
        f"search={far['customer']['id']}",
        "phone=%2B4915100000001",
        "email=far@example.com",
    ):
        assert names(till, query) == ["Anna Far"], query


def test_what_staff_of_one_location_issue_to_all_they_see_reaches_nobody_else(shop: Caller) -> None:
    manager = limited(shop, "altona", role="manager")
    shop.post("/customers", {"phone": "+4915100000001", "location": "ext:eimsbuettel"})
    shop.post("/customers", {"phone": "+4915100000002", "location": "ext:altona"})
    begun = manager.post("/bulk-issues", {"card_type": "ext:coffee"})
    assert (begun.status, begun.body["total"]) == (202, 1)


def test_an_import_over_http_happens_at_a_location(shop: Caller) -> None:
    fields = {"text": "phone;points\n+4915123456781;5\n", "kind": "cards", "card_type": "ext:coffee", "mode": "add"}
    headers = {"authorization": f"Bearer {shop.key}"}
    response = shop.client.post("/api/v1/imports", fields | {"location": "ext:altona"}, headers=headers)
    assert response.status_code == 201, response.content
    refused = shop.client.post(
        "/api/v1/imports", fields | {"location": "ext:nowhere", "again": "true"}, headers=headers
    )
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/location"
