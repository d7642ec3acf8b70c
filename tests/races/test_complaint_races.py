"""Complaints of other systems' users about tills at the same instant: each is a test with its number."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.test import Client

from regulars.kernel.ids import encode
from tests.contract.chains import Reply
from tests.ledger_kit import at_once
from tests.order_kit import LATTE, OrderShop, open_order_shop
from tests.races.test_order_races import each_at_once, sound

pytestmark = pytest.mark.committed

FIVE_OFF = {"benefits": [{"kind": "amount_off_order", "amount": "1.00"}]}


@pytest.fixture
def shop(committed_db: None) -> OrderShop:
    return open_order_shop()


def posts_at_once(shop: OrderShop, paths: list[str]) -> list[Reply]:
    """Post to addresses at the same instant, each over a client of its own."""

    def post(number: int, path: str) -> Reply:
        caller = type(shop.caller)(shop.chain_id, shop.caller.staff_id, shop.caller.key)
        caller.client = Client(raise_request_exception=False)
        return caller.post(path, key=f"till-{number}")

    found = at_once([partial(post, number, path) for number, path in enumerate(paths)])
    return [one for one in found if isinstance(one, Reply)]


def given(replies: list[Reply]) -> int:
    """How many of the orders got the discount; all of them were taken."""
    assert {one.status for one in replies} <= {200, 201}, [one.body for one in replies]
    return sum(one.body["discount_total"] != "0.00" for one in replies)


def body(shop: OrderShop, **more: Any) -> dict[str, Any]:
    return shop.order(LATTE, codes=["autumn"], **more)


def test_complaint_28_a_code_for_one_use_is_used_once_by_parallel_orders(shop: OrderShop) -> None:
    shop.run({**FIVE_OFF, "codes": ["AUTUMN"], "limits": {"total": 1}})
    assert given(each_at_once(shop, [body(shop)] * 8)) == 1
    sound()


def test_complaint_29_a_limit_of_ten_never_becomes_eleven(shop: OrderShop) -> None:
    shop.run({**FIVE_OFF, "codes": ["AUTUMN"], "limits": {"total": 10}})
    rounds = [each_at_once(shop, [body(shop)] * 7) for _ in range(2)]
    assert sum(given(replies) for replies in rounds) == 10
    sound()


def test_complaint_30_nobody_who_pays_is_refused_and_an_undo_frees_its_own_use_only(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.run({**FIVE_OFF, "codes": ["AUTUMN"], "limits": {"total": 4}})
    opened = each_at_once(shop, [body(shop, state="open", card=encode("crd", card.id))] * 6)
    kept = [one.body["id"] for one in opened if one.body["discount_total"] == "1.00"]
    assert len(kept) == 4
    # Two of those who hold a use call it off while the others pay and new orders come.
    paths = [f"/orders/{one}/cancel" for one in kept[:2]] + [f"/orders/{one}/pay" for one in kept[2:]]
    replies = posts_at_once(shop, paths)
    assert [one.status for one in replies] == [200] * 4, [one.body for one in replies]
    assert [one.body["discount_total"] for one in replies[2:]] == ["1.00", "1.00"]
    assert given(each_at_once(shop, [body(shop)] * 5)) == 2
    sound()
