"""The till with memberships, and with cards whose time is over (TIL-2)."""

from datetime import timedelta

import pytest
from django.test import Client

from regulars.platform.clock import real_now
from regulars.platform.database import row, unit_of_work
from regulars.rewards.tests.reward_kit import RewardShop
from regulars.till.tests.till_kit import Till, card_id, open_till
from tests.membership_kit import Studio
from tests.order_kit import open_order_shop
from tests.people import sign_in_client

pytestmark = pytest.mark.django_db


def test_a_visit_of_a_membership_is_used_and_taken_back() -> None:
    shop = open_order_shop()
    studio, card = Studio(shop.caller), shop.counter.issue("+4915112345678")
    sold = studio.sell(studio.type(), card=card_id(card))
    till = Till(RewardShop(shop.counter), sign_in_client(Client(), shop.counter.shop))
    page = till.scan(card.number)
    assert "10 visits left" in page
    done = till.press(page, "Use one visit")
    assert 'data-state="done"' in done
    assert "9 visits left" in done
    assert 'data-state="undone"' in till.undo(done)
    read = shop.caller.get(f"/memberships/{sold['id']}").body
    assert read["remaining"] == 10


def test_a_card_whose_time_is_over_gets_nothing() -> None:
    till = open_till()
    card = till.shop.counter.issue("+4915112345678")
    with unit_of_work(till.shop.counter.chain_id):
        row("UPDATE cards SET expires_at = %s RETURNING 1", [real_now() - timedelta(minutes=1)])
    page = till.scan(card.number)
    assert 'data-state="trouble"' in page
    assert "This card has expired" in page
    sent = {"kind": "stamps", "card": card_id(card), "count": "1", "once": "a-key-of-its-own"}
    assert 'data-state="trouble"' in till.client.post("/till/press", sent).content.decode()
    assert till.presses() == []
