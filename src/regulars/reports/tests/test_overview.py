"""The first page after the sign-in, over the real database."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from regulars.cards.actions.balances import AdjustCommand, adjust_balance
from regulars.cards.actions.issue import IssueCommand, issue_card
from regulars.chains.actions import create_location
from regulars.chains.rules import LocationDraft
from regulars.customers.tests.people import enter, issue, stamp_card
from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from regulars.reports.actions import count_places, refresh_figures
from regulars.reports.models import ChainFigures
from regulars.reports.queries.activity import list_activity
from regulars.reports.queries.figures import find_figures
from tests.people import Shop, hire, open_shop, sign_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """Three customers; a card with seven of eight stamps, a full one, an empty one and one that waits."""
    card_type = stamp_card(shop)
    for name, stamps in (("Anna", 7), ("Ben", 9), ("Cleo", 0)):
        card = issue(shop, card_type, enter(shop, name))
        if stamps:
            adjust(shop, card.id, str(stamps))
    issue(shop, card_type, phone="0151 23450009")
    return shop


def adjust(shop: Shop, card_id: object, amount: str) -> None:
    command = AdjustCommand(card=encode("crd", card_id), balance_type="stamps", amount=amount, reason="Test")  # type: ignore[arg-type]
    adjust_balance(shop.actor, command, now=timezone.now())


def test_everything_is_counted(busy: Shop) -> None:
    found = refresh_figures(busy.actor, now=timezone.now())
    assert (found.customers, found.cards, found.unclaimed) == (3, 4, 1)
    assert (found.new_cards[-1], found.new_customers[-1], sum(found.new_cards)) == (4, 3, 4)
    (stamps,) = found.outstanding
    assert (stamps.kind, stamps.total, stamps.cards) == ("stamps", 16, 2)
    assert dict(found.stamps[0].missing) == {0: 1, 1: 1, 8: 2}


def test_in_a_location_its_own_cards_customers_and_events_count(client: Client, busy: Shop) -> None:
    altona = create_location(busy.actor, LocationDraft(name="Altona", time_zone="Europe/Berlin"), now=timezone.now())
    card_type = stamp_card(busy, "Tea card")
    used = issue(busy, card_type, enter(busy, "Dora"))
    command = AdjustCommand(
        card=encode("crd", used.id),
        balance_type=used.balances[0].external_id,
        amount="3",
        reason="Test",
        location_id=altona.id,
    )
    adjust_balance(busy.actor, command, now=timezone.now())
    issued = IssueCommand(card_type=encode("ctp", card_type.id), phone="0151 23450008", location_id=altona.id)
    issue_card(busy.actor, issued, country="DE", now=timezone.now())
    with unit_of_work(busy.chain_id):
        found = count_places(busy.actor, [altona.id], now=timezone.now(), seconds_max=10)
        events = list_activity(busy.actor, places=[altona.id])
    assert (found.customers, found.cards, found.unclaimed) == (1, 2, 1)
    assert (found.new_cards[-1], found.new_customers[-1]) == (1, 1)
    assert sum(one.total for one in found.outstanding) == 3
    assert [(one.kind, one.place_name) for one in events] == [("card.issued", ""), ("balance.changed", "Altona")]
    manager = sign_in_client(client, hire(busy, "manager", locations=frozenset({altona.id})))
    page = " ".join(manager.get("/").content.decode().split())
    assert re.search(r"<strong><bdi>2</bdi></strong><span><bdi>cards", page)
    assert "Dora" in page
    assert "Cleo" not in page


def test_another_chains_figures_are_its_own(busy: Shop) -> None:
    other = open_shop()
    refresh_figures(busy.actor, now=timezone.now())
    assert refresh_figures(other.actor, now=timezone.now()).cards == 0
    with unit_of_work(other.chain_id):
        assert ChainFigures.objects.count() == 1


def test_the_page_shows_how_the_business_stands(client: Client, busy: Shop) -> None:
    page = sign_in_client(client, busy).get("/").content.decode()
    for expected in (
        "Overview",
        "Who is near the reward?",
        "1 to go",
        "Stamps held",
        "on 2 cards",
        "What happened last",
    ):
        assert expected in page
    assert "1 waits for its customer" in page


def test_a_new_business_sees_its_first_steps(client: Client, shop: Shop) -> None:
    browser = sign_in_client(client, shop)
    page = browser.get("/").content.decode()
    assert "Get started" in page
    assert "0 of 4" in page
    stamp_card(shop)
    assert "1 of 4" in browser.get("/").content.decode()
    browser.post("/set-up-list", {"hidden": "1"})
    assert "Get started" not in browser.get("/").content.decode()


@pytest.mark.parametrize("weeks", ["4", "12", "26", "", "0", "-1", "999999999999", "😀", "x" * 5_000])
def test_any_period_is_answered(client: Client, busy: Shop, weeks: str) -> None:
    assert sign_in_client(client, busy).get("/", {"weeks": weeks}).status_code == 200


def test_kept_figures_are_shown_for_a_minute_and_then_counted_again(client: Client, busy: Shop) -> None:
    browser = sign_in_client(client, busy)
    browser.get("/")
    enter(busy, "Dora")
    with unit_of_work(busy.chain_id):
        kept = find_figures(busy.actor)
        assert kept
        assert kept.customers == 3
    browser.get("/")
    with unit_of_work(busy.chain_id):
        assert find_figures(busy.actor) == kept
        ChainFigures.objects.update(at=timezone.now() - timedelta(minutes=2))
    browser.get("/")
    with unit_of_work(busy.chain_id):
        counted = find_figures(busy.actor)
        assert counted
        assert counted.customers == 4


def test_a_large_chain_is_counted_in_the_background_while_old_figures_are_shown(client: Client, busy: Shop) -> None:
    refresh_figures(busy.actor, now=timezone.now())
    with unit_of_work(busy.chain_id):
        ChainFigures.objects.update(at=timezone.now() - timedelta(hours=2), took_ms=4_000)
    enter(busy, "Dora")
    page = sign_in_client(client, busy).get("/").content.decode()
    assert "<strong><bdi>3</bdi></strong>" in page
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'reports.refresh_figures'")
        assert cursor.fetchone() == (1,)
    assert sign_in_client(client, busy).get("/").status_code == 200


def test_what_happened_last_is_told_newest_first(busy: Shop) -> None:
    with unit_of_work(busy.chain_id):
        found = list_activity(busy.actor, limit=4)
    assert [(one.kind, one.customer_name, one.amount) for one in found] == [
        ("card.issued", "+4915123450009", None),
        ("card.issued", "Cleo", None),
        ("balance.changed", "Ben", 9),
        ("card.issued", "Ben", None),
    ]


def test_a_cashier_sees_no_figures(client: Client, busy: Shop) -> None:
    page = sign_in_client(client, hire(busy, "cashier")).get("/").content.decode()
    assert "Stamps held" not in page
    assert "What happened last" in page


def test_queries_do_not_grow(client: Client, busy: Shop) -> None:
    browser = sign_in_client(client, busy)
    browser.get("/")
    with CaptureQueriesContext(connection) as few:
        browser.get("/")
    card_type = stamp_card(busy, "Second card")
    for number in range(12):
        issue(busy, card_type, enter(busy, f"Person {number}"))
    with CaptureQueriesContext(connection) as many:
        browser.get("/")
    assert len(many) == len(few) <= 14
