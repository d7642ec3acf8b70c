"""Orders that arrive at the same moment share a transaction, and each is answered as if it were alone (ADR 18)."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from regulars.kernel.ids import encode
from regulars.orders.actions.convoy import orders_together
from regulars.platform.clock import real_now
from regulars.platform.database import execute, rows, unit_of_work
from regulars.project.proofs import verify
from tests.contract.chains import Reply
from tests.crowd import PATIENCE, Send, twin
from tests.crowd import crowd as any_crowd
from tests.order_kit import TEN_OFF, OrderShop, back, open_order_shop

pytestmark = pytest.mark.committed


@pytest.fixture
def shop(committed_db: object, monkeypatch: pytest.MonkeyPatch) -> OrderShop:
    monkeypatch.setattr(orders_together.convoy, "_patience", PATIENCE)
    shop = open_order_shop()
    shop.run(TEN_OFF, back())
    return shop


@contextmanager
def crowd(shop: OrderShop) -> Iterator[tuple[Send, list[Future[Reply]]]]:
    """While an order cannot get on, further ones wait; at the end all are recorded."""
    held = shop.counter.issue("+49 151 99999999")
    assert shop.record(shop.order(card=encode("crd", held.id))).status == 201
    first = ("/orders", shop.order(card=encode("crd", held.id), external_id="under-way"))
    with any_crowd(orders_together.convoy, shop.caller, held=held.id, first=first) as (send_any, replies):

        def send(body: dict[str, Any], key: str, **headers: Any) -> None:
            send_any("/orders", body, key=key, **headers)

        yield send, replies


def recorded(shop: OrderShop) -> list[tuple[str, str]]:
    """The external ids of the orders of the crowd, and the transaction that wrote each."""
    with unit_of_work(shop.chain_id):
        return rows("SELECT external_id, xmin::text FROM orders WHERE external_id LIKE 'o-%%' ORDER BY external_id")


def assert_sound() -> None:
    assert verify(now=real_now()).is_sound


def test_each_is_answered_for_itself(shop: OrderShop) -> None:
    cards = [shop.counter.issue(f"+49 151 1111111{number}") for number in range(5)]
    with crowd(shop) as (send, replies):
        for number, card in enumerate(cards):
            body = shop.order(card=encode("crd", card.id), external_id=f"o-{number}")
            send(
                body,
                f"key-{number}",
                HTTP_ACCEPT_LANGUAGE="ru" if number % 2 else "en",
                HTTP_X_REQUEST_ID=f"req-{number}",
            )
    answers = [one.result(PATIENCE) for one in replies]
    assert [one.status for one in answers] == [201] * 5, [one.body for one in answers]
    assert [one.body["external_id"] for one in answers] == [f"o-{number}" for number in range(5)]
    assert [one.body["card"] for one in answers] == [encode("crd", card.id) for card in cards]
    assert len({writer for _, writer in recorded(shop)}) == 1, "they waited together and travelled together"
    told = [one.body["promotions"][0]["explanation"] for one in answers]
    assert len(set(told)) == 2, "each in the language of who asked"
    assert told[0] == told[2] == told[4]
    assert [shop.balance(card) for card in cards] == [54] * 5
    for number, answer in enumerate(answers):
        again = twin(shop.caller).post(
            "/orders", shop.order(card=encode("crd", cards[number].id), external_id=f"o-{number}"), key=f"key-{number}"
        )
        assert again.body == answer.body
        assert again.headers["Idempotent-Replay"] == "true"
    with unit_of_work(shop.chain_id):
        requests = rows(
            "SELECT o.external_id, a.request_id FROM audit_entries a JOIN orders o ON o.id = a.object_id"
            " WHERE o.external_id LIKE 'o-%%' ORDER BY 1"
        )
    assert len({request for _, request in requests}) == 5, "each under the request it came with"
    assert_sound()


def test_one_that_is_refused_takes_nothing_from_the_others(shop: OrderShop) -> None:
    first, second, blocked = (shop.counter.issue(f"+49 151 2222222{number}") for number in range(3))
    shop.caller.post(f"/cards/{encode('crd', blocked.id)}/block", {"reason": "lost"})
    before = shop.record(shop.order(card=encode("crd", first.id), external_id="o-0"), key="before")
    with crowd(shop) as (send, replies):
        send(shop.order(card=encode("crd", first.id), external_id="o-1"), "one")
        send(shop.order(card=encode("crd", blocked.id), external_id="o-2"), "two")
        send(shop.order(card=encode("crd", second.id), external_id="o-3", expected_total="1.00"), "three")
        send(shop.order(card=encode("crd", first.id), external_id="o-0"), "before")
        send(shop.order(card=encode("crd", second.id), external_id="o-4"), "four")
        send(shop.order(card=encode("crd", second.id), external_id="o-4"), "five")
        send(shop.order({"sku": "latte", "quantity": "1", "price": "-1"}), "six")
        send(shop.order(phone="+49 151 33333333", external_id="o-5"), "seven")
    statuses = [one.result(PATIENCE).status for one in replies]
    assert statuses == [201, 409, 409, 201, 201, 201, 422, 201], [one.result().body for one in replies]
    assert replies[2].result().code == "total_changed"
    assert replies[3].result().body == before.body
    assert replies[5].result().body["id"] == replies[4].result().body["id"], "the same order sent twice"
    assert [name for name, _ in recorded(shop)] == ["o-0", "o-1", "o-4", "o-5"]
    # Earned once for each order that is there.
    assert (shop.balance(first), shop.balance(second)) == (108, 54)
    assert_sound()


def test_orders_of_one_card_come_one_after_another(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 44444444")
    shop.counter.adjust(card, "10", balance_type="bonus")
    with crowd(shop) as (send, replies):
        for number in range(7):
            spend = [{"balance_type": "bonus", "amount": "3.00"}]
            send(shop.order(card=encode("crd", card.id), external_id=f"o-{number}", spend=spend), f"key-{number}")
    answers = [one.result(PATIENCE) for one in replies]
    assert Counter(one.status for one in answers) == {201: 3, 409: 4}, [one.body for one in answers]
    earned = sum(int(Decimal(one["amount"]) * 100) for answer in answers for one in answer.body.get("earn", ()))
    assert earned > 0
    assert shop.balance(card) == 1000 - 3 * 300 + earned
    assert_sound()


def test_a_limit_is_kept_among_them(shop: OrderShop) -> None:
    (limited,) = shop.run({**TEN_OFF, "limits": {"total": 2 + 1 + 1}})
    cards = [shop.counter.issue(f"+49 151 5555555{number}") for number in range(6)]
    with crowd(shop) as (send, replies):
        for number, card in enumerate(cards):
            send(shop.order(card=encode("crd", card.id), external_id=f"o-{number}"), f"key-{number}")
    answers = [one.result(PATIENCE) for one in replies]
    assert [one.status for one in answers] == [201] * 6, [one.body for one in answers]
    given = [
        one.body["external_id"]
        for one in answers
        for told in one.body["promotions"]
        if told["id"] == limited and told["applied"]
    ]
    assert len(given) == 2, "beside those before them and under way"
    assert_sound()


def test_a_key_that_ends_while_they_wait_records_nothing(shop: OrderShop) -> None:
    cards = [shop.counter.issue(f"+49 151 6666666{number}") for number in range(4)]
    with crowd(shop) as (send, replies):
        for number, card in enumerate(cards):
            send(shop.order(card=encode("crd", card.id), external_id=f"o-{number}"), f"key-{number}")
        execute("UPDATE api_keys SET revoked_at = now() WHERE chain_id = %s", [shop.chain_id])
    assert [one.result(PATIENCE).status for one in replies] == [401] * 4
    assert recorded(shop) == []
