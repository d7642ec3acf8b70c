"""Changes by hand that arrive at the same moment share a transaction, and each is answered as if it were alone (ADR 18)."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import pytest

from regulars.cards.actions.balances.adjust import adjustments_together
from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode
from regulars.platform.clock import real_now
from regulars.platform.database import execute, rows, unit_of_work
from regulars.project.proofs import verify
from tests.contract.chains import Reply
from tests.crowd import PATIENCE, Send, crowd, twin
from tests.order_kit import OrderShop, open_order_shop

pytestmark = pytest.mark.committed


@pytest.fixture
def shop(committed_db: object, monkeypatch: pytest.MonkeyPatch) -> OrderShop:
    monkeypatch.setattr(adjustments_together.convoy, "_patience", PATIENCE)
    return open_order_shop()


def body(amount: str, reason: str = "till 7", **more: Any) -> dict[str, Any]:
    return {"balance_type": "bonus", "amount": amount, "reason": reason, **more}


def address(card: CardView) -> str:
    return f"/cards/{encode('crd', card.id)}/adjustments"


@contextmanager
def waiting(shop: OrderShop) -> Iterator[tuple[Send, list[Future[Reply]]]]:
    """While a change cannot get on, further ones wait; at the end all are made."""
    held = shop.counter.issue("+49 151 99999999")
    assert shop.caller.post(address(held), body("1", "before")).status == 201
    first = (address(held), body("1", "under way"))
    with crowd(adjustments_together.convoy, shop.caller, held=held.id, first=first) as (send, replies):
        yield send, replies


def writers(shop: OrderShop) -> set[str]:
    """The transactions of the database that wrote the changes of the crowd."""
    with unit_of_work(shop.chain_id):
        found = rows(
            "SELECT DISTINCT t.xmin::text FROM transactions t JOIN transaction_notes n ON n.transaction_id = t.id"
            " WHERE n.text = 'till 7'"
        )
    return {writer for (writer,) in found}


def test_each_is_answered_for_itself(shop: OrderShop) -> None:
    cards = [shop.counter.issue(f"+49 151 1111111{number}") for number in range(5)]
    with waiting(shop) as (send, replies):
        for number, card in enumerate(cards):
            more = {"external_id": f"change-{number}"}
            send(
                address(card), body(f"{number + 1}.50", **more), key=f"key-{number}", HTTP_X_REQUEST_ID=f"req-{number}"
            )
    answers = [one.result(PATIENCE) for one in replies]
    assert [one.status for one in answers] == [201] * 5, [one.body for one in answers]
    assert [one.body["amount"] for one in answers] == [f"{number + 1}.50" for number in range(5)]
    assert [one.body["external_id"] for one in answers] == [f"change-{number}" for number in range(5)]
    assert [shop.balance(card) for card in cards] == [150 + 100 * number for number in range(5)]
    assert len(writers(shop)) == 1, "they waited together and travelled together"
    for number, answer in enumerate(answers):
        again = twin(shop.caller).post(
            address(cards[number]), body(f"{number + 1}.50", external_id=f"change-{number}"), key=f"key-{number}"
        )
        assert again.body == answer.body
        assert again.headers["Idempotent-Replay"] == "true"
    with unit_of_work(shop.chain_id):
        requests = rows(
            "SELECT DISTINCT a.request_id FROM audit_entries a JOIN transactions t ON t.id = a.object_id"
            " WHERE t.external_id LIKE 'change-%%'"
        )
    assert len(requests) == 5, "each under the request it came with"
    assert verify(now=real_now()).is_sound


def test_one_that_is_refused_takes_nothing_from_the_others(shop: OrderShop) -> None:
    first, second, deleted = (shop.counter.issue(f"+49 151 2222222{number}") for number in range(3))
    assert shop.caller.delete(f"/cards/{encode('crd', deleted.id)}").status in (200, 204)
    done = shop.caller.post(address(first), body("3", external_id="taken"), key="before")
    with waiting(shop) as (send, replies):
        send(address(first), body("5"), key="one")
        send(address(first), body("-9"), key="two")
        send(address(deleted), body("1"), key="three")
        send(address(second), body("0"), key="four")
        send(address(second), body("1.001"), key="five")
        send(address(first), body("3", external_id="taken"), key="before")
        send(address(second), body("2") | {"balance_type": "nothing"}, key="six")
        send(address(second), body("2"), key="seven")
        send(address(second), body("2"), key="seven")
        send(address(second), body("7"), key="seven")
    answers = [one.result(PATIENCE) for one in replies]
    told = [(one.status, one.code) for one in answers]
    assert told == [
        (201, None),
        (409, "insufficient_balance"),
        (409, "card_not_active"),
        (422, "zero_amount"),
        (422, "invalid_request"),
        (201, None),
        (422, "no_such_balance"),
        (201, None),
        (201, None),
        (409, "idempotency_key_reused"),
    ], [one.body for one in answers]
    assert answers[1].body["available"] == "8.00", "after the one before it"
    assert answers[5].body == done.body
    assert answers[8].body == answers[7].body
    assert (shop.balance(first), shop.balance(second)) == (800, 200)
    assert verify(now=real_now()).is_sound


def test_changes_of_one_card_come_one_after_another(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 44444444")
    # More lots than a change reads at first, so that some have to look again.
    for _ in range(10):
        shop.counter.adjust(card, "1", balance_type="bonus")
    with waiting(shop) as (send, replies):
        for number, amount in enumerate(["-3", "5", "-9.50", "-2", "4", "-4", "-1"]):
            send(address(card), body(amount), key=f"key-{number}")
    answers = [one.result(PATIENCE) for one in replies]
    assert {one.status for one in answers} <= {201, 409}, [one.body for one in answers]
    changes = [int(float(one.body["amount"]) * 100) for one in answers if one.status == 201]
    assert shop.balance(card) == 1000 + sum(changes)
    assert Counter(one.status for one in answers)[201] >= 5
    assert verify(now=real_now()).is_sound


def test_an_external_id_that_was_used_is_refused_to_one_alone(shop: OrderShop) -> None:
    cards = [shop.counter.issue(f"+49 151 5555555{number}") for number in range(3)]
    shop.counter.adjust(cards[0], "1", balance_type="bonus", external_id="taken")
    with waiting(shop) as (send, replies):
        for number, card in enumerate(cards):
            send(address(card), body("2", external_id="taken" if number == 1 else f"own-{number}"), key=f"key-{number}")
    answers = [one.result(PATIENCE) for one in replies]
    assert [(one.status, one.code) for one in answers] == [(201, None), (409, "external_id_taken"), (201, None)]
    assert [shop.balance(card) for card in cards] == [300, 0, 200]
    assert verify(now=real_now()).is_sound


def test_a_key_that_ends_while_they_wait_changes_nothing(shop: OrderShop) -> None:
    cards = [shop.counter.issue(f"+49 151 6666666{number}") for number in range(4)]
    with waiting(shop) as (send, replies):
        for number, card in enumerate(cards):
            send(address(card), body("2"), key=f"key-{number}")
        execute("UPDATE api_keys SET revoked_at = now() WHERE chain_id = %s", [shop.chain_id])
    assert [one.result(PATIENCE).status for one in replies] == [401] * 4
    assert [shop.balance(card) for card in cards] == [0] * 4
