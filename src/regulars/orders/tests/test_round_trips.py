"""Recording an order and quoting one wait for the database at most five times, counted on the wire by libpq itself (DESIGN section 4)."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode
from tests.order_kit import TEN_OFF, OrderShop, back, open_order_shop
from tests.tokens_kit import Tokens, pool_id

ROUND_TRIPS_MAX = 5
"""What DESIGN allows; it takes two: begin, lock and read; write and commit."""
# A message after which the client waits: Sync ends a prepared statement, Query is the simple way.
WAITING = re.compile(r"^(?:\S+ \S+\s+)?F\s+\d+\s+(Sync|Query)", re.MULTILINE)


def waits_of(tmp_path: Path, act: Callable[[], object]) -> int:
    """How often the client waits for an answer."""
    trace = tmp_path / "wire"
    wire = connection.connection.pgconn
    with trace.open("wb") as file:
        wire.trace(os.dup(file.fileno()))
        act()
        wire.untrace()
    return len(WAITING.findall(trace.read_text(errors="replace")))


@pytest.fixture
def shop(committed_db: object) -> OrderShop:
    return open_order_shop()


@pytest.mark.committed
@pytest.mark.parametrize(
    ("spend", "limits", "most"),
    [
        ([], {}, 2),
        ([{"balance_type": "bonus", "amount": "1.00"}], {}, 2),
        ([], {"total": 1000, "per_customer": 1000}, 5),
    ],
)
def test_an_order_takes_few_round_trips(
    shop: OrderShop, tmp_path: Path, spend: list[object], limits: dict[str, int], most: int
) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "100", balance_type="bonus")
    shop.run({**TEN_OFF, "limits": limits}, back())

    def body(number: int) -> bytes:
        order = shop.order(card=encode("crd", card.id), external_id=f"till-{number}", spend=spend)
        return json.dumps(order).encode()

    def record(number: int) -> None:
        reply = shop.caller.send("POST", "/orders", raw=body(number), key=f"key-{number}")
        assert reply.status == 201, reply.body

    def quote() -> None:
        assert shop.caller.send("POST", "/orders/quote", raw=body(0)).status == 200

    # PostgreSQL learns a statement when it first sees it, and the process a key and the rules of the chain.
    record(1)
    quote()
    assert 2 <= waits_of(tmp_path, lambda: record(2)) <= most <= ROUND_TRIPS_MAX
    assert waits_of(tmp_path, quote) <= most


@pytest.mark.committed
def test_orders_of_one_card_wait_no_oftener_than_those_of_many(shop: OrderShop, tmp_path: Path) -> None:
    shop.run(
        {**TEN_OFF, "conditions": [{"kind": "nth_order", "number": 3}]},
        {"earnings": [{"kind": "per_money", "balance_type": "ext:stamps", "units": 1, "per": "20", "carries": True}]},
        back(),
    )
    cards = [shop.counter.issue(f"+49 151 111111{number:02d}") for number in range(20)]

    def batch(name: str, cards: list[CardView]) -> None:
        orders = [
            shop.order(card=encode("crd", card.id), external_id=f"{name}-{number}") for number, card in enumerate(cards)
        ]
        reply = shop.caller.send("POST", "/orders/batch", orders)
        assert [one["status"] for one in reply.body["items"]] == [201] * len(orders)

    batch("before", cards)
    many = waits_of(tmp_path, lambda: batch("many", cards))
    assert waits_of(tmp_path, lambda: batch("one", cards[:1] * 20)) <= many


@pytest.mark.committed
def test_an_order_with_codes_and_a_gift_card_takes_one_more(shop: OrderShop, tmp_path: Path) -> None:
    tokens = Tokens(shop.chain_id)
    pool = tokens.pool()
    gift = tokens.gift_card(1_000_000)
    shop.run({**TEN_OFF, "code_pools": [pool_id(pool)]}, back())
    card = shop.counter.issue("+49 151 11111111")

    def body(number: int, code: str, voucher: str) -> bytes:
        order = shop.order(
            card=encode("crd", card.id),
            external_id=f"till-{number}",
            codes=[code, voucher],
            spend=[{"code": gift.code, "amount": "1.00"}],
        )
        return json.dumps(order).encode()

    bodies = [body(at, tokens.code(pool).text, tokens.voucher({"amount": "1.00"}).code) for at in range(3)]

    def record(number: int) -> None:
        reply = shop.caller.send("POST", "/orders", raw=bodies[number], key=f"key-{number}")
        assert reply.status == 201, reply.body
        assert [one["state"] for one in reply.body["redemptions"]] == ["used"] * 3

    def quote() -> None:
        reply = shop.caller.send("POST", "/orders/quote", raw=bodies[2])
        assert [one["state"] for one in reply.body["redemptions"]] == ["planned"] * 3

    record(0)
    quote()
    # The turn of whoever may guess is taken before and ended after; between them lock and read, lock what the codes belong
    # to, write and commit.
    assert waits_of(tmp_path, lambda: record(1)) <= 5
    assert waits_of(tmp_path, quote) <= 5
