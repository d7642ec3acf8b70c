"""Limits of the till, and stamps after an undo (TIL-6, TIL-2)."""

import pytest
from django.test import Client

from regulars.cards.queries.cards import CardView
from regulars.chains.actions import create_location
from regulars.chains.rules import LocationDraft
from regulars.kernel.ids import encode
from regulars.platform.clock import real_now
from regulars.platform.database import row, unit_of_work
from regulars.till.tests.till_kit import Till, card_id, open_till
from tests.people import hire, sign_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def till() -> Till:
    return open_till()


@pytest.fixture
def card(till: Till) -> CardView:
    return till.shop.counter.issue("+4915112345678")


def limit(till: Till, card: int, staff: int) -> None:
    sent = {"card_a_day": str(card), "staff_an_hour": str(staff)}
    assert till.client.post("/settings/tills/limits", sent).status_code == 303


def press(till: Till, card: CardView, key: str) -> str:
    sent = {"kind": "stamps", "card": card_id(card), "count": "1", "again": "1", "once": key}
    return till.client.post("/till/press", sent, follow=True).content.decode()


def test_a_card_gets_something_only_so_often_a_day(till: Till, card: CardView) -> None:
    limit(till, 3, 100)
    pages = [press(till, card, f"key-{number}") for number in range(4)]
    assert ['data-state="done"' in page for page in pages] == [True, True, True, False]
    assert "3 times in 24 hours" in pages[3]
    assert till.shop.stamps(card) == 3
    # The same press again is no further one; and what is taken back makes room.
    assert 'data-state="done"' in press(till, card, "key-2")
    till.undo(pages[2])
    assert 'data-state="done"' in press(till, card, "key-5")
    page = till.client.get("/settings/tills/limits").content.decode()
    assert "the limit of a card" in page
    assert "3 times" in page


def test_one_of_the_staff_gives_only_so_often_an_hour(till: Till) -> None:
    limit(till, 100, 2)
    cards = [till.shop.counter.issue(f"+491511234567{number}") for number in range(3)]
    pages = [press(till, one, f"key-{number}") for number, one in enumerate(cards)]
    assert "2 times within an hour" in pages[2]
    assert till.shop.stamps(cards[2]) == 0
    with unit_of_work(till.shop.counter.chain_id):
        row("UPDATE till_presses SET pressed_at = pressed_at - interval '61 minutes' RETURNING 1")
    assert 'data-state="done"' in press(till, cards[2], "key-9")


def test_limits_are_set_by_who_may_and_are_numbers(till: Till) -> None:
    for wrong in ("0", "-1", "x", "10001", ""):
        answer = till.client.post("/settings/tills/limits", {"card_a_day": wrong, "staff_an_hour": "5"})
        assert answer.status_code == 422, wrong
    cashier = sign_in_client(Client(), hire(till.shop.counter.shop, "cashier"))
    assert cashier.get("/settings/tills/limits").status_code == 403
    assert "None in the last 30 days." in till.client.get("/settings/tills/limits").content.decode()


def test_after_an_undo_the_next_stamp_is_not_asked_about(till: Till, card: CardView) -> None:
    done = till.press(till.scan(card.number), "+1 stamp")
    till.undo(done)
    assert 'data-state="done"' in till.press(till.scan(card.number), "+1 stamp")
    # That one stands, so the next is.
    second = till.press(till.scan(card.number), "+1 stamp")
    assert 'data-state="again"' in second
    third = till.press(second, "Yes, stamp again")
    till.undo(third)
    assert 'data-state="again"' in till.press(till.scan(card.number), "+1 stamp")
    assert till.shop.stamps(card) == 1


def test_a_card_is_stamped_only_where_it_is_valid(till: Till, card: CardView) -> None:
    shop = till.shop.counter.shop
    draft = LocationDraft(name="Harbour", time_zone="Europe/Berlin")
    harbour = create_location(shop.actor, draft, now=real_now())
    with unit_of_work(till.shop.counter.chain_id):
        row("UPDATE card_types SET location_ids = ARRAY[%s::uuid] RETURNING 1", [harbour.id])
    till.client.post("/till/place", {"location": encode("loc", shop.location_id)})
    assert "Harbour" in till.scan(card.number)
    assert 'data-state="trouble"' in press(till, card, "key-1")
    assert till.shop.stamps(card) == 0
