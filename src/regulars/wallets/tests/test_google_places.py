"""Google is told of the places near which a phone offers the card (WAL-4), in a form that its own description takes."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from regulars.chains.actions import archive_location, change_location, create_location
from regulars.chains.rules import LocationDraft
from regulars.kernel.ids import encode
from tests.google_kit import GoogleShop, google_is_there, open_google_shop
from tests.google_stand_in import discovery, problems_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Iterator[GoogleShop]:
    with google_is_there() as told:
        opened = open_google_shop(told)
        yield opened
        opened.provider.close()


def place(name: str, latitude: float | None = None, longitude: float | None = None) -> LocationDraft:
    return LocationDraft(name=name, latitude=latitude, longitude=longitude)


def open_place(shop: GoogleShop, draft: LocationDraft) -> str:
    return encode("loc", create_location(shop.counter.actor, draft, now=timezone.now()).id)


def places(shop: GoogleShop, object_id: str) -> list[tuple[float, float]]:
    """Where Google offers the card."""
    return [(one["latitude"], one["longitude"]) for one in shop.told.objects[object_id].get("merchantLocations", [])]


def send_all(shop: GoogleShop) -> None:
    """Make rounds until nothing is left to tell."""
    while shop.send():
        pass


def test_google_knows_the_places_that_have_coordinates(shop: GoogleShop) -> None:
    open_place(shop, place("North", 53.55, 9.993))
    open_place(shop, place("Online"))
    open_place(shop, place("South", -33.86, 151.2))
    object_id = shop.take(shop.counter.issue("+4915112345678"))
    assert places(shop, object_id) == [(53.55, 9.993), (-33.86, 151.2)]
    sent = next(body for body in shop.told.bodies if "classId" in body)
    assert problems_of("LoyaltyObject", sent) == []
    known = discovery()["schemas"]["MerchantLocation"]["properties"]
    assert {name for one in sent["merchantLocations"] for name in one} == set(known), "nothing else, nothing less"


def test_of_many_places_google_gets_as_many_as_it_takes(shop: GoogleShop) -> None:
    for number in range(12):
        open_place(shop, place(f"Shop {number:02}", 50 + number / 10, 13.0))
    object_id = shop.take(shop.counter.issue("+4915112345678"))
    assert len(places(shop, object_id)) == 10
    assert "ten" in discovery()["schemas"]["LoyaltyObject"]["properties"]["merchantLocations"]["description"]


def test_a_place_that_moves_opens_or_closes_reaches_google(shop: GoogleShop) -> None:
    north = open_place(shop, place("North", 53.55, 9.993))
    object_id = shop.take(shop.counter.issue("+4915112345678"))
    send_all(shop)
    actor, now = shop.counter.actor, timezone.now
    change_location(actor, north, place("North", 54.32, 10.12), version=None, now=now())
    send_all(shop)
    assert places(shop, object_id) == [(54.32, 10.12)]
    south = open_place(shop, place("South", 48.1, 11.6))
    send_all(shop)
    assert places(shop, object_id) == [(54.32, 10.12), (48.1, 11.6)]
    archive_location(actor, north, now=now())
    send_all(shop)
    assert places(shop, object_id) == [(48.1, 11.6)]
    change_location(actor, south, place("South"), version=None, now=now())
    send_all(shop)
    assert places(shop, object_id) == [], "the last one is taken away too"
