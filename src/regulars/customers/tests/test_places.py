"""In a chosen location the list of customers and what is exported are those of the location (ORG-1)."""

import pytest
from django.test import Client
from django.utils import timezone

from regulars.cards.actions.issue import IssueCommand, issue_card
from regulars.cards.models import BulkIssue
from regulars.chains.actions import create_location
from regulars.chains.rules import LocationDraft
from regulars.customers.tests.people import enter, stamp_card
from regulars.exports.models import Export
from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from tests.people import Shop, open_shop, sign_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def altona(shop: Shop) -> str:
    """A second location: Hanna holds a card that was issued there, Anna has nothing to do with it."""
    place = create_location(shop.actor, LocationDraft(name="Altona", time_zone="Europe/Berlin"), now=timezone.now())
    hanna = enter(shop, "Hanna Here", "0151 23450001")
    enter(shop, "Anna Elsewhere", "0151 23450002")
    command = IssueCommand(
        card_type=encode("ctp", stamp_card(shop).id), customer=encode("cus", hanna.id), location_id=place.id
    )
    issue_card(shop.actor, command, country="DE", now=timezone.now())
    return encode("loc", place.id)


def in_location(client: Client, shop: Shop, place: str) -> Client:
    browser = sign_in_client(client, shop)
    assert browser.post(f"/place/{encode('chn', shop.chain_id)}/{place}").status_code in (302, 303)
    return browser


def test_the_list_has_its_customers_and_whoever_is_named_in_full(client: Client, shop: Shop, altona: str) -> None:
    browser = in_location(client, shop, altona)
    page = browser.get("/customers").content.decode()
    assert "Hanna Here" in page
    assert "Anna Elsewhere" not in page
    assert "1 customer" in page
    assert "Anna Elsewhere" not in browser.get("/customers?q=Anna").content.decode()
    assert "Anna Elsewhere" in browser.get("/customers?q=0151+23450002").content.decode()
    # What an address says of a location gives nobody more than the frame shows.
    assert "Anna Elsewhere" not in browser.get("/customers?location=").content.decode()


@pytest.mark.usefixtures("altona")
def test_a_location_without_customers_says_so(client: Client, shop: Shop) -> None:
    empty = create_location(shop.actor, LocationDraft(name="Fleet", time_zone="Europe/Berlin"), now=timezone.now())
    page = in_location(client, shop, encode("loc", empty.id)).get("/customers").content.decode()
    assert "No customer of Fleet yet" in page
    assert "Hanna Here" not in page


def test_all_that_match_are_those_of_the_location(client: Client, shop: Shop, altona: str) -> None:
    browser = in_location(client, shop, altona)
    assert f"location={altona}" in browser.get("/customers").content.decode()
    tea = stamp_card(shop, "Tea card")
    given = {"all": "1", "query": f"location={altona}"}
    assert "New cards: 1" in browser.get("/cards/bulk", given).content.decode()
    answer = browser.post("/cards/bulk", {**given, "type": encode("ctp", tea.id)})
    assert answer.status_code in (302, 303), answer.content
    with unit_of_work(shop.chain_id):
        assert BulkIssue.objects.get().query == f"location={altona}"


@pytest.mark.parametrize("kind", ["cards", "customers", "transactions"])
def test_an_export_is_of_the_location(client: Client, shop: Shop, altona: str, kind: str) -> None:
    browser = in_location(client, shop, altona)
    page = browser.get(f"/exports/new?kind={kind}").content.decode()
    assert "Altona" in page
    column = "name" if kind == "customers" else "number"
    answer = browser.post(f"/exports/new?kind={kind}", {"format": "csv", "columns": [column]})
    assert answer.status_code in (302, 303), answer.content
    with unit_of_work(shop.chain_id):
        assert Export.objects.get().filter["location"] == altona
