"""A promotion that is published while tills record orders: every order is priced by one version, whole (ORD-1, ORD-13)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from regulars.kernel.ids import encode
from regulars.platform.clock import real_now
from regulars.project.proofs import verify
from tests.contract.chains import Reply
from tests.crowd import twin
from tests.order_kit import OrderShop, open_order_shop

pytestmark = pytest.mark.committed

VERSIONS = 8
TILLS = 6
LINE = {"sku": "beans", "quantity": "1", "price": "100.00"}


def rule(number: int) -> dict[str, Any]:
    """Version by version another percentage off, and another back: both have to be of one version."""
    return {
        "benefits": [{"kind": "percent_off_order", "percent": str(number)}],
        "earnings": [{"kind": "per_order", "balance_type": "ext:stamps", "units": str(number)}],
    }


def test_each_order_is_priced_by_one_version_and_never_by_an_older_one_than_was_told(committed_db: object) -> None:
    shop = open_order_shop()
    (promotion,) = shop.run(rule(1))
    cards = [encode("crd", shop.counter.issue(f"+49 151 7777777{number}").id) for number in range(TILLS)]
    told, over = [1], threading.Event()

    def till(card: str) -> list[tuple[int, Reply]]:
        caller, replies = twin(shop.caller), []
        try:
            while not over.is_set():
                least = told[0]
                replies.append((least, caller.post("/orders", shop.order(LINE, card=card))))
        finally:
            connections.close_all()
        return replies

    with ThreadPoolExecutor(TILLS) as pool:
        tills = [pool.submit(till, card) for card in cards]
        try:
            for number in range(2, VERSIONS + 1):
                publish(shop, promotion, number)
                told[0] = number
        finally:
            over.set()
        replies = [one for done in tills for one in done.result(60)]
    versions = set()
    for least, reply in replies:
        assert reply.status == 201, reply.body
        (said,) = reply.body["promotions"]
        assert said["version"] >= least, "what was published counts from then on"
        assert Decimal(said["discount"]) == said["version"], reply.body
        assert [Decimal(one["amount"]) for one in said["earn"]] == [said["version"]], reply.body
        versions.add(said["version"])
    assert len(versions) > 1, "orders came while it was published"
    stamps = sum(shop.counter.read("SELECT sum(amount)::int FROM entries WHERE kind = 'earn'")[0])
    assert stamps == sum(reply.body["promotions"][0]["version"] for _, reply in replies)
    assert verify(now=real_now()).is_sound


def publish(shop: OrderShop, promotion: str, number: int) -> None:
    """Write the next version and publish it."""
    changed = shop.caller.patch(f"/promotions/{promotion}", rule(number))
    assert changed.status == 200, changed.body
    published = shop.caller.post(f"/promotions/{promotion}/publish")
    assert published.status == 200, published.body
    assert published.body["version"] >= number
