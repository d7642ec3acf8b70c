"""Whatever orders bring, however many tills: nobody waits for somebody who waits for them (ADR 19)."""

from __future__ import annotations

import random
import time
from collections import Counter as Tally
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from regulars.kernel.ids import encode
from regulars.orders.actions.lapsed import release_lapsed_orders
from regulars.platform.database import execute, rows, unit_of_work
from regulars.platform.embedded import DatabaseUrls
from regulars.vouchers.actions.due import expire_vouchers
from tests.contract.chains import Caller, Reply
from tests.ledger_kit import at_once
from tests.order_kit import TEN_OFF, OrderShop, back, open_order_shop
from tests.races.test_order_races import sound
from tests.tokens_kit import Tokens, pool_id

TILLS = 8
HAT = {"sku": "hat", "name": "Hat", "quantity": "2", "price": "50.00"}
EXPECTED = {
    # What a quieter shop answers as well: somebody was quicker, or there is nothing to do.
    200, 201, 404, 409, 422,
}  # fmt: skip

pytestmark = pytest.mark.committed


@dataclass
class Till:
    """One till in the storm, with what all of them share."""

    shop: OrderShop
    caller: Caller
    number: int
    dice: random.Random
    shared: dict[str, list[str]]
    told: Tally[str] = field(default_factory=Tally)

    def work(self) -> Tally[str]:
        deck: list[Callable[[str], Reply | None]] = [
            self.buy, self.buy, self.buy, self.reserve, self.reserve, self.reserve, self.pay, self.pay, self.change,
            self.change, self.release, self.cancel, self.cancel, self.refund, self.refund, self.redeem, self.undo,
            self.write_off, self.top_up, self.adjust, self.quote, self.lapse, self.lapse,
        ]  # fmt: skip
        self.dice.shuffle(deck)
        for at, act in enumerate(deck):
            reply = act(f"{self.number}-{at}")
            if reply is not None:
                assert reply.status in EXPECTED, (act.__name__, reply.status, reply.body)
                assert reply.code != "busy", (act.__name__, reply.body)
                self.told[f"{act.__name__} {reply.status}"] += 1
        return self.told

    def some(self, kind: str, most: int = 3) -> list[str]:
        found = self.dice.sample(self.shared[kind], k=min(most, len(self.shared[kind])))
        return found[: self.dice.randint(0, most)]

    def body(self, **more: Any) -> dict[str, Any]:
        codes = [*self.some("codes", 2), *self.some("vouchers")]
        self.dice.shuffle(codes)
        spend: list[dict[str, str]] = [{"code": one, "amount": "0.50"} for one in self.some("gifts", 2)]
        if self.dice.random() < 0.5:
            spend.append({"balance_type": "ext:bonus", "amount": "0.10"})
        card = self.dice.choice(self.shared["cards"])
        return self.shop.order(HAT, codes=codes, spend=spend, card=card, **more)

    def kept(self, reply: Reply, kind: str = "orders") -> Reply:
        if reply.status == 201:
            self.shared[kind].append(reply.body["id"])
        return reply

    def buy(self, key: str) -> Reply:
        return self.kept(self.caller.post("/orders", self.body(), key=key))

    def reserve(self, key: str) -> Reply:
        return self.kept(self.caller.post("/orders", self.body(state="open", reserve_seconds=600), key=key), "open")

    def of_order(self, key: str, what: str, body: Any = None) -> Reply | None:
        kinds = ("open", "orders") if what in ("cancel", "refunds") else ("open",)
        orders = [one for kind in kinds for one in self.shared[kind]]
        return self.caller.post(f"/orders/{self.dice.choice(orders)}/{what}", body, key=key) if orders else None

    def pay(self, key: str) -> Reply | None:
        return self.of_order(key, "pay")

    def release(self, key: str) -> Reply | None:
        return self.of_order(key, "release")

    def cancel(self, key: str) -> Reply | None:
        return self.of_order(key, "cancel")

    def refund(self, key: str) -> Reply | None:
        return self.of_order(key, "refunds", {"lines": [{"index": 0, "quantity": "1"}]})

    def change(self, key: str) -> Reply | None:
        if not self.shared["open"]:
            return None
        codes = [*self.some("vouchers"), *self.some("codes", 2)]
        return self.caller.patch(f"/orders/{self.dice.choice(self.shared['open'])}", {"codes": codes})

    def redeem(self, key: str) -> Reply:
        return self.caller.post(f"/vouchers/{self.dice.choice(self.shared['voucher ids'])}/redeem", {}, key=key)

    def undo(self, key: str) -> Reply:
        return self.caller.post(f"/vouchers/{self.dice.choice(self.shared['voucher ids'])}/undo-redeem", {}, key=key)

    def write_off(self, key: str) -> Reply:
        gift = self.dice.choice(self.shared["gift ids"])
        return self.caller.post(f"/gift-cards/{gift}/write-off", {"amount": "0.25"}, key=key)

    def top_up(self, key: str) -> Reply:
        gift = self.dice.choice(self.shared["gift ids"])
        return self.caller.post(f"/gift-cards/{gift}/top-up", {"amount": "0.25"}, key=key)

    def adjust(self, key: str) -> Reply:
        card = self.dice.choice(self.shared["cards"])
        body = {"balance_type": "ext:bonus", "amount": "1.00", "reason": "storm"}
        return self.caller.post(f"/cards/{card}/adjustments", body, key=key)

    def quote(self, _key: str) -> Reply:
        return self.caller.send("POST", "/orders/quote", self.body())

    def lapse(self, _key: str) -> None:
        with unit_of_work(self.shop.chain_id):
            execute(
                "UPDATE orders SET reserved_until = now() - interval '1 second' WHERE id = ANY(ARRAY("
                "SELECT id FROM orders WHERE state = 'open' AND reserved_until IS NOT NULL ORDER BY id LIMIT 3"
                " FOR NO KEY UPDATE SKIP LOCKED))"
            )
        now = timezone.now()
        if self.dice.random() < 0.7:
            release_lapsed_orders(self.shop.chain_id, now)
        expire_vouchers(self.shop.chain_id, now)


def deadlocks() -> int:
    """How many PostgreSQL has broken in this database."""
    return int(rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0][0])


@pytest.mark.parametrize("seed", range(1, 4))
def test_in_a_storm_of_everything_that_locks_nobody_is_stuck(committed_db: None, seed: int) -> None:
    shop = open_order_shop()
    tokens = Tokens(shop.chain_id)
    pool = tokens.pool(kind="universal")
    shop.run({**TEN_OFF, "code_pools": [pool_id(pool)], "limits": {"total": 30}}, {**back(), "limits": {"total": 25}})
    vouchers, others = ([tokens.voucher({"amount": "1.00"}) for _ in range(6)] for _ in range(2))
    gifts = [tokens.gift_card(50_000) for _ in range(3)]
    cards = [shop.counter.issue(f"+49 151 1111111{at}") for at in range(3)]
    for card in cards:
        shop.counter.adjust(card, "100", balance_type="bonus")
    shared: dict[str, list[str]] = {
        "codes": [tokens.code(pool).text for _ in range(3)],
        "vouchers": [one.code for one in vouchers],
        # Some that no order knows of, so that those at the till are not always too late.
        "voucher ids": [encode("vch", one.id) for one in (*vouchers, *others)],
        "gifts": [one.code or "" for one in gifts],
        "gift ids": [encode("gcd", one.id) for one in gifts],
        "cards": [encode("crd", one.id) for one in cards],
        "orders": [],
        "open": [],
    }
    before = deadlocks()
    tills = []
    for number in range(TILLS):
        caller = type(shop.caller)(shop.chain_id, shop.caller.staff_id, shop.caller.key)
        caller.client = Client(raise_request_exception=False)
        tills.append(Till(shop, caller, number, random.Random(f"{seed} {number}"), shared))
    found = at_once([partial(one.work) for one in tills])
    for one in found:
        assert isinstance(one, Tally), one
    told = sum((one for one in found if isinstance(one, Tally)), Tally())
    # Each path went its way at least once, else the storm shows nothing.
    for act in ("buy 201", "reserve 201", "pay 200", "change 200", "cancel 200", "redeem 200", "quote 200"):
        assert told[act], told
    sound()
    assert deadlocks() == before


def test_what_was_let_go_and_comes_again_is_locked_before_what_comes_behind_it(committed_db: DatabaseUrls) -> None:
    shop = open_order_shop()
    tokens = Tokens(shop.chain_id)
    pool = tokens.pool(kind="universal")
    shop.run({**TEN_OFF, "code_pools": [pool_id(pool)]})
    code, gift = tokens.code(pool), tokens.gift_card(50_000)
    body = shop.order(HAT, codes=[code.text], state="open", reserve_seconds=600)
    order = shop.caller.post("/orders", body, key="1").body["id"]
    with unit_of_work(shop.chain_id):
        execute("UPDATE orders SET reserved_until = now() - interval '1 second'")
    release_lapsed_orders(shop.chain_id, timezone.now())

    def change() -> Reply:
        try:
            return shop.caller.patch(f"/orders/{order}", {"spend": [{"code": gift.code or "", "amount": "0.50"}]})
        finally:
            connections.close_all()

    with (
        psycopg.connect(committed_db.superuser) as holding,
        psycopg.connect(committed_db.superuser) as looking,
        ThreadPoolExecutor() as another,
    ):
        holding.execute("SELECT FROM codes WHERE id = %s FOR UPDATE", [code.id])
        changing = another.submit(change)
        until = time.monotonic() + 10
        while not looking.execute("SELECT FROM pg_locks WHERE NOT granted").fetchall():
            assert time.monotonic() < until, "it never came to the code"
            looking.rollback()
            time.sleep(0.02)
        # It waits for the code, and holds nothing that comes behind codes.
        looking.execute("SELECT FROM gift_cards WHERE id = %s FOR UPDATE NOWAIT", [gift.id])
        looking.rollback()
        holding.rollback()
        assert changing.result().status == 200
