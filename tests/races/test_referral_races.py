"""Invitations at the same instant: nobody closes a circle, and a first order is rewarded once (RWD-7)."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from regulars.kernel.ids import new_id
from regulars.orders.actions.referrals import reward_inviters
from regulars.platform.database import rows, unit_of_work
from regulars.platform.dispatch.delivery import NumberedEvent
from regulars.project.proofs import verify
from tests.contract.chains import Reply
from tests.ledger_kit import at_once, dispatcher
from tests.order_kit import LATTE, OrderShop, open_order_shop

pytestmark = pytest.mark.committed

ANNA, BORIS = "+4915100000001", "+4915100000002"
BONUS = {"trigger": {"event": "invited_order", "balance_type": "ext:bonus", "amount": "5.00"}}


@pytest.fixture
def shop(committed_db: None) -> OrderShop:
    return open_order_shop()


def send(shop: OrderShop, path: str, body: dict[str, Any], key: str) -> Reply:
    caller = type(shop.caller)(shop.chain_id, shop.caller.staff_id, shop.caller.key)
    caller.client = Client(raise_request_exception=False)
    return caller.post(path, body, key=key)


def test_two_who_claim_to_have_invited_each_other_are_no_circle(shop: OrderShop) -> None:
    one, other = (shop.caller.post("/customers", {"phone": phone}).body["id"] for phone in (ANNA, BORIS))

    found = at_once([
        partial(send, shop, f"/customers/{one}/referral", {"referred_by": other}, "a"),
        partial(send, shop, f"/customers/{other}/referral", {"referred_by": one}, "b"),
    ])  # fmt: skip

    assert sorted(reply.status for reply in found if isinstance(reply, Reply)) == [200, 409], found
    with unit_of_work(shop.chain_id):
        assert rows("SELECT count(*) FROM referrals") == [(1,)]


def test_several_first_orders_at_once_bring_one_bonus(shop: OrderShop) -> None:
    shop.run(BONUS)
    card = shop.counter.issue(ANNA)
    inviter = shop.caller.post("/customers", {"phone": ANNA}).body["id"]
    shop.caller.post("/customers", {"phone": BORIS, "referred_by": inviter})
    body = {"phone": BORIS, "lines": [LATTE]}

    found = at_once([partial(send, shop, "/orders", body, f"till-{number}") for number in range(4)])
    assert [reply.status for reply in found if isinstance(reply, Reply)] == [201] * 4, found
    at_once([dispatcher().make_round, dispatcher().make_round])
    dispatcher().make_round()

    assert shop.balance(card) == 500
    with unit_of_work(shop.chain_id):
        assert rows("SELECT count(*) FROM referral_bonuses") == [(1,)]
    assert verify(now=timezone.now()).is_sound


def test_one_event_that_is_handed_out_twice_at_once_gives_once(shop: OrderShop) -> None:
    shop.run(BONUS)
    card = shop.counter.issue(ANNA)
    inviter = shop.caller.post("/customers", {"phone": ANNA}).body["id"]
    shop.caller.post("/customers", {"phone": BORIS, "referred_by": inviter})
    order = shop.caller.post("/orders", {"phone": BORIS, "lines": [LATTE]}).body["id"]

    def handle() -> None:
        event = NumberedEvent(1, new_id(), timezone.now(), "order.recorded", (), (), {"order_id": order})
        with unit_of_work(shop.chain_id):
            reward_inviters(shop.chain_id, [event])

    assert all(not isinstance(one, BaseException) for one in at_once([handle, handle, handle]))

    assert shop.balance(card) == 500
