"""One card and one earning, however many tills and workers act at the same instant (ORD-3, TYP-2)."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from regulars.kernel.ids import decode, encode
from regulars.orders.actions.take_over import take_over_orders
from regulars.project.proofs import verify
from tests.contract.chains import Reply
from tests.ledger_kit import at_once
from tests.order_kit import OrderShop, back, open_order_shop

TILLS = 5
PHONE = "+49 151 11111111"

pytestmark = pytest.mark.committed


@pytest.fixture
def shop(committed_db: None) -> OrderShop:
    shop = open_order_shop()
    shop.run({**back(), "limits": {"per_customer": 3}})
    return shop


def sound() -> None:
    found = verify(now=timezone.now())
    assert found.is_sound, [breach.text() for breach in found.breaches]


def test_tills_at_the_same_instant_issue_one_card(shop: OrderShop) -> None:
    type_id = encode("ctp", shop.counter.card_type.id)
    customer = shop.caller.post("/customers", {"phone": PHONE}).body["id"]
    assert shop.caller.patch(f"/card-types/{type_id}", {"automatic_issue": "everywhere"}).status == 200

    def till(number: int, body: dict[str, Any]) -> Reply:
        caller = type(shop.caller)(shop.chain_id, shop.caller.staff_id, shop.caller.key)
        caller.client = Client(raise_request_exception=False)
        return caller.post("/orders", body, key=f"till-{number}")

    replies = at_once([partial(till, number, shop.order(customer=customer)) for number in range(TILLS)])
    assert [getattr(one, "status", one) for one in replies] == [201] * TILLS
    (card,) = shop.caller.get(f"/cards?customer={customer}").body["items"]
    earned = [one["amount"] for reply in replies if isinstance(reply, Reply) for one in reply.body["earn"]]
    assert earned == ["0.60"] * 3
    assert shop.counter.read("SELECT count(*) FROM accounts a WHERE a.balance = 180") == [(1,)]
    assert card["card_type"]["id"] == type_id
    sound()


def test_workers_at_the_same_instant_take_each_order_over_once(shop: OrderShop) -> None:
    type_id = encode("ctp", shop.counter.card_type.id)
    customer = shop.caller.post("/customers", {"phone": PHONE}).body["id"]
    for _ in range(4):
        assert shop.record(shop.order(customer=customer)).body["earn"] == []
    assert shop.caller.patch(f"/card-types/{type_id}", {"take_over_days": 7}).status == 200
    card = decode("crd", shop.caller.post("/cards", {"card_type": type_id, "customer": customer}).body["id"])
    assert card is not None
    now = timezone.now()
    done = at_once([partial(take_over_orders, shop.chain_id, card, at=now, now=now)] * 3)
    assert all(isinstance(one, int) for one in done), done
    # The limit lets three of the four.
    assert sum(one for one in done if isinstance(one, int)) == 3
    assert shop.counter.read("SELECT count(*), sum(amount) FROM entries WHERE card_id = %s", [card]) == [(3, 180)]
    sound()
