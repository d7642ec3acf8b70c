"""Sample data in a chain of one's own: added at one press, marked, removed at one press, nothing of it in the figures (UX 8)."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from regulars.cards.actions.balances import AdjustCommand, adjust_balance
from regulars.cards.queries.types import list_card_types
from regulars.customers.actions import enter_customer
from regulars.customers.rules import CustomerDraft
from regulars.imports.actions import sample_data
from regulars.imports.actions.sample_data import add_sample, remove_sample, run_adding, run_removing
from regulars.imports.errors import SampleNeedsEmpty
from regulars.imports.models import Import, SampleData
from regulars.imports.rules.samples import FILES
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Forbidden, NotFound, Refused
from regulars.platform.database import row, rows, unit_of_work
from regulars.programs.queries import list_programs
from regulars.reports.actions import refresh_figures
from regulars.reports.queries.activity import list_activity
from regulars.reports.queries.set_up import find_set_up
from tests.people import Shop, hire, open_shop, sign_in_client

pytestmark = pytest.mark.django_db
SHORT = (FILES[1], FILES[4], FILES[5])


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the short ones of the examples: one adds to balances, one has stamps."""
    monkeypatch.setattr(sample_data, "FILES", SHORT)


def defer_nothing(chain_id: UUID, what: str) -> None:
    """The tests do the work themselves."""


def add(shop: Shop) -> None:
    add_sample(shop.actor, word="Sample", defer=defer_nothing, now=timezone.now())
    run_adding(shop.chain_id, now=timezone.now())


def remove(shop: Shop, *, days: int = 0) -> SampleData:
    at = timezone.now() + timedelta(days=days)
    remove_sample(shop.actor, defer=defer_nothing, now=at)
    run_removing(shop.chain_id, now=at)
    with unit_of_work(shop.chain_id):
        return SampleData.objects.get(chain_id=shop.chain_id)


def count(shop: Shop, query: str) -> int:
    with unit_of_work(shop.chain_id):
        found = row(query)
    assert found
    return int(found[0])


def test_it_comes_marked_and_goes_without_a_trace(client: Client, shop: Shop) -> None:
    add(shop)
    added = refresh_figures(shop.actor, now=timezone.now())
    assert added.cards > 3_000
    assert added.customers > 2_000
    assert count(shop, "SELECT count(*) FROM customers WHERE NOT 'Sample' = ANY(tags)") == 0
    assert count(shop, "SELECT count(*) FROM customer_tags WHERE tag = 'Sample'") == added.customers
    with unit_of_work(shop.chain_id):
        names = [one.name for one in list_card_types(shop.actor)] + [one.name for one in list_programs(shop.actor)]
        assert {name.partition(":")[0] for name in names} == {"Sample"}
        assert find_set_up(shop.actor).done == 0
    page = sign_in_client(client, shop).get("/").content.decode()
    assert "There is sample data here" in page
    assert "Add sample data" not in page
    # Thirty days are for imports; sample data may go whenever its owner likes.
    assert remove(shop, days=45).kept == {"cards": 0, "customers": 0, "types": 0}
    gone = refresh_figures(shop.actor, now=timezone.now())
    assert (gone.cards, gone.customers, gone.outstanding, sum(gone.new_cards)) == (0, 0, (), 0)
    for table in ("customers", "customer_tags", "card_numbers", "card_slots", "opening_figures"):
        assert count(shop, f"SELECT count(*) FROM {table}") == 0, table
    assert count(shop, "SELECT coalesce(sum(abs(balance)), 0) FROM accounts") == 0
    with unit_of_work(shop.chain_id):
        assert list_card_types(shop.actor) == []
        assert list_programs(shop.actor) == []
        assert list_activity(shop.actor) == []
        assert find_set_up(shop.actor).done == 0
        assert set(Import.objects.values_list("state", flat=True)) == {"undone"}
        told = rows("SELECT kind, facts FROM notifications")
    assert [kind for kind, _ in told] == ["sample.removed"]
    assert "Add sample data" in client.get("/").content.decode()


@pytest.mark.usefixtures("few")
def test_what_was_really_used_is_kept_and_told(shop: Shop) -> None:
    add(shop)
    with unit_of_work(shop.chain_id):
        club = next(one for one in list_card_types(shop.actor) if "Club" in one.name)
        (card_id, customer_id), *_ = rows(
            "SELECT id, customer_id FROM cards WHERE card_type_id = %s AND customer_id IS NOT NULL ORDER BY id LIMIT 1",
            [club.id],
        )
    command = AdjustCommand(card=encode("crd", card_id), balance_type="sample-bonus", amount="5", reason="A real visit")
    adjust_balance(shop.actor, command, now=timezone.now())
    own = CustomerDraft(name="Own Person", phones=("0171 5550001",))
    enter_customer(shop.actor, own, country="DE", today=timezone.now().date(), now=timezone.now())
    assert remove(shop).kept == {"cards": 1, "customers": 1, "types": 1}
    left = refresh_figures(shop.actor, now=timezone.now())
    assert (left.cards, left.customers) == (1, 2)
    with unit_of_work(shop.chain_id):
        assert [one.name for one in list_card_types(shop.actor)] == [club.name]
        assert rows("SELECT id FROM customers WHERE id = %s", [customer_id])
        # What the file brought is gone from the card, what the visit brought is on it.
        bonus = rows(
            "SELECT a.balance FROM accounts a JOIN balance_types b ON b.id = a.balance_type_id"
            " WHERE a.card_id = %s AND b.external_id = 'sample-bonus'",
            [card_id],
        )
        assert bonus == [(500,)]


@pytest.mark.usefixtures("few")
def test_it_can_come_again_after_it_went_and_stop_while_it_comes(shop: Shop) -> None:
    add_sample(shop.actor, word="Sample", defer=defer_nothing, now=timezone.now())
    remove_sample(shop.actor, defer=defer_nothing, now=timezone.now())
    run_adding(shop.chain_id, now=timezone.now())
    run_removing(shop.chain_id, now=timezone.now())
    with unit_of_work(shop.chain_id):
        assert not Import.objects.exists()
    add(shop)
    # Run again, as after a kill: nothing is doubled.
    with unit_of_work(shop.chain_id):
        SampleData.objects.update(state="adding")
    run_adding(shop.chain_id, now=timezone.now())
    with unit_of_work(shop.chain_id):
        assert Import.objects.count() == len(SHORT)
    assert remove(shop).kept == {"cards": 0, "customers": 0, "types": 0}
    add(shop)
    with unit_of_work(shop.chain_id):
        assert {one.external_id for one in list_card_types(shop.actor)} == {"sample-club", "sample-coffee"}


def test_only_an_empty_business_gets_it_and_only_who_may_make_all_of_it(client: Client, shop: Shop) -> None:
    for role in ("cashier", "analyst"):
        with pytest.raises(Refused) as caught:
            add_sample(hire(shop, role).actor, word="Sample", defer=defer_nothing, now=timezone.now())
        assert isinstance(caught.value.refusal, Forbidden)
    with pytest.raises(Refused) as caught:
        remove_sample(shop.actor, defer=defer_nothing, now=timezone.now())
    assert caught.value.refusal == NotFound()
    own = CustomerDraft(name="Own Person", phones=("0171 5550001",))
    enter_customer(shop.actor, own, country="DE", today=timezone.now().date(), now=timezone.now())
    with pytest.raises(Refused) as caught:
        add_sample(shop.actor, word="Sample", defer=defer_nothing, now=timezone.now())
    assert caught.value.refusal == SampleNeedsEmpty()
    browser = sign_in_client(client, shop)
    assert "Add sample data" not in browser.get("/").content.decode()
    assert browser.post("/sample-data/add").status_code == 409


@pytest.mark.usefixtures("few")
def test_the_presses_and_the_notice_that_says_how_far_it_is(client: Client, shop: Shop) -> None:
    browser = sign_in_client(client, shop)
    assert browser.post("/sample-data/add").headers["Location"] == "/"
    assert browser.post("/sample-data/add").status_code == 303
    assert "Sample data is being added" in browser.get("/").content.decode()
    notice = browser.get("/sample-data", headers={"HX-Request": "true", "HX-Target": "sample-data"})
    assert 'data-poll="/sample-data"' in notice.content.decode()
    assert browser.get("/sample-data").status_code == 302
    assert browser.get("/sample-data/add").status_code == 405
    run_adding(shop.chain_id, now=timezone.now())
    over = browser.get("/sample-data", headers={"HX-Request": "true", "HX-Target": "sample-data"})
    assert over.headers["HX-Refresh"] == "true"
    assert "It is all here: look around." in browser.get("/notifications").content.decode()
    assert browser.post("/sample-data/remove").status_code == 303
    run_removing(shop.chain_id, now=timezone.now())
    assert "It is gone, all of it." in browser.get("/notifications").content.decode()
