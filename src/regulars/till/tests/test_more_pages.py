"""The till with memberships, gift cards and dated vouchers, and with cards whose time is over (TIL-2)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from regulars.giftcards.tests.kit import open_till as open_gift_till
from regulars.platform.clock import real_now
from regulars.platform.database import row, unit_of_work
from regulars.rewards.tests.reward_kit import RewardShop
from regulars.till.tests.queue_kit import Device
from regulars.till.tests.till_kit import Till, card_id, open_till
from regulars.vouchers.actions.by_hand import IssueByHand, issue_by_hand
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


def test_a_membership_that_cannot_be_used_says_why() -> None:
    shop = open_order_shop()
    studio = Studio(shop.caller)
    sold = studio.sell(studio.type(visits=1), with_code=True)
    till = Till(RewardShop(shop.counter), sign_in_client(Client(), shop.counter.shop))
    assert "1 visit left" in till.scan(sold["code"])
    studio.use(sold["id"])
    page = till.scan(sold["code"])
    assert 'data-state="trouble"' in page
    assert "All its visits are used." in page


def test_a_gift_card_tells_what_is_on_it_and_when_nothing_is() -> None:
    till = open_till()
    gifts = open_gift_till(till.shop.counter.chain_id)
    card = gifts.sell(gifts.type("Beauty day"), "50")
    gifts.pay(card, "12.50")
    assert card.code
    page = till.scan(card.code)
    assert 'data-state="gift_card"' in page
    assert "Beauty day" in page
    assert "€37.50" in page
    assert "Enter the order" in page
    gifts.pay(card, "37.50")
    page = till.scan(card.code)
    assert 'data-state="trouble"' in page
    assert "Nothing is left on this gift card." in page
    assert "Enter the order" not in page


def test_a_voucher_is_good_to_the_end_of_the_day_that_the_till_names() -> None:
    till = open_till()
    card = till.shop.counter.issue("+4915112345678")
    begun = datetime(2026, 1, 10, 12, tzinfo=UTC)
    issued = IssueByHand(title="A coffee", validity={"kind": "until", "value": "2026-01-20"})
    (over,) = issue_by_hand(till.shop.counter.actor, issued, now=begun)
    assert "This voucher ended 20 Jan 2026." in till.scan(over.code)
    issued = IssueByHand(title="A tea", card=card_id(card), validity={"kind": "until", "value": "2027-03-31"})
    (good,) = issue_by_hand(till.shop.counter.actor, issued, now=real_now())
    for text in (good.code, card.number):
        page = till.scan(text)
        assert "31 Mar 2027" in page
        assert "1 Apr 2027" not in page


def test_what_was_not_counted_is_told_at_the_till_until_somebody_decides() -> None:
    till = open_till()
    device = Device(till.client)
    device.register()
    assert "needs a look" not in till.client.get("/till").content.decode()
    assert device.send(device.note("nobody knows this"))[0][0] == "conflict"
    assert "1 note without a connection needs a look" in till.client.get("/till").content.decode()


def test_a_card_whose_time_is_over_gets_nothing() -> None:
    till = open_till()
    card = till.shop.counter.issue("+4915112345678")
    with unit_of_work(till.shop.counter.chain_id):
        row("UPDATE cards SET expires_at = %s RETURNING 1", [real_now() - timedelta(minutes=1)])
    page = till.scan(card.number)
    assert 'data-state="trouble"' in page
    assert "This card has expired" in page
    # The number of a card is nobody's phone.
    assert f'value="{card.number}"' not in page
    sent = {"kind": "stamps", "card": card_id(card), "count": "1", "once": "a-key-of-its-own"}
    assert 'data-state="trouble"' in till.client.post("/till/press", sent).content.decode()
    assert till.presses() == []
