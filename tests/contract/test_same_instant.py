"""The same key at the same instant, over connections of their own: one effect, one answer."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg
import pytest
from django.db import connection, connections, transaction
from django.test import Client

from regulars.platform.database import execute, rows, unit_of_work
from regulars.platform.embedded import DatabaseUrls
from tests.contract.cards_kit import adjust, issue, make_program
from tests.contract.chains import Caller, Reply, open_chain

pytestmark = pytest.mark.committed
THREADS = 8


def at_once(work: Callable[[int], Reply], count: int = THREADS) -> list[Reply]:
    """Run the same thing in several threads that start together, each with its own connection."""
    barrier = Barrier(count)

    def run(number: int) -> Reply:
        try:
            barrier.wait()
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.fixture
def shop() -> Caller:
    caller = open_chain()
    make_program(caller)
    caller.post("/card-types", {"name": "Card", "program": "ext:coffee-club", "external_id": "coffee"})
    return caller


def twin(caller: Caller) -> Caller:
    return Caller(caller.chain_id, caller.staff_id, caller.key, Client(raise_request_exception=False))


def test_an_ordinary_route_does_its_work_once(shop: Caller) -> None:
    replies = at_once(lambda _n: twin(shop).post("/locations", {"name": "Ku’damm"}, key="one"))
    assert {reply.status for reply in replies} == {201}
    assert len({reply.body["id"] for reply in replies}) == 1
    assert sum("Idempotent-Replay" not in reply.headers for reply in replies) == 1
    assert len(shop.get("/locations").body["items"]) == 2


def test_a_hot_route_does_its_work_once(shop: Caller) -> None:
    card = issue(shop)["id"]
    replies = at_once(lambda _n: adjust(twin(shop), card, "5", key="one"))
    assert {reply.status for reply in replies} == {201}
    assert len({reply.body["id"] for reply in replies}) == 1
    assert shop.get(f"/cards/{card}").body["balances"][0]["total"] == "5"


def test_issuing_the_same_card_once(shop: Caller) -> None:
    body = {"card_type": "ext:coffee", "phone": "+4915123456789", "number": "A-1"}
    replies = at_once(lambda _n: twin(shop).post("/cards", body, key="one"))
    assert {reply.status for reply in replies} == {201}, [reply.body for reply in replies]
    assert len({reply.body["id"] for reply in replies}) == 1
    assert len(shop.get("/cards").body["items"]) == 1


def test_another_body_with_the_same_key_is_refused_even_at_the_same_instant(shop: Caller) -> None:
    replies = at_once(lambda number: twin(shop).post("/locations", {"name": f"Place {number}"}, key="one"))
    assert sorted(reply.status for reply in replies) == [201] + [409] * (THREADS - 1)
    assert {reply.code for reply in replies if reply.status == 409} == {"idempotency_key_reused"}
    assert len(shop.get("/locations").body["items"]) == 2


def test_a_refusal_is_one_answer_too(shop: Caller) -> None:
    card = issue(shop)["id"]
    replies = at_once(lambda _n: adjust(twin(shop), card, "-5", key="one"))
    assert {reply.code for reply in replies} == {"insufficient_balance"}
    assert len({reply.body["request_id"] for reply in replies}) == 1


def test_tills_that_spend_one_card_at_once_never_overdraw_it(shop: Caller) -> None:
    card = issue(shop)["id"]
    adjust(shop, card, "10")
    replies = at_once(lambda _n: adjust(twin(shop), card, "-1"), 24)
    assert {reply.status for reply in replies} <= {201, 409}
    spent = sum(reply.status == 201 for reply in replies)
    assert {reply.code for reply in replies if reply.status == 409} <= {"insufficient_balance", "busy"}
    assert int(shop.get(f"/cards/{card}").body["balances"][0]["total"]) == 10 - spent >= 0
    assert spent == 10


def test_who_waits_too_long_is_told_when_to_come_back(shop: Caller) -> None:
    card = issue(shop)["id"]
    with transaction.atomic():
        execute("SELECT set_config('regulars.chain', %s, true)", [str(shop.chain_id)])
        execute("SELECT id FROM accounts FOR UPDATE")
        replies = at_once(lambda _n: adjust(twin(shop), card, "1"), 1)
    assert (replies[0].status, replies[0].code) == (409, "busy")
    assert replies[0].headers["Retry-After"] == "1"


def test_a_key_whose_first_request_still_runs_is_not_answered_twice(shop: Caller) -> None:
    with unit_of_work(shop.chain_id):
        key_id = rows("SELECT id FROM api_keys")[0][0]
    with transaction.atomic():
        execute("SELECT set_config('regulars.chain', %s, true)", [str(shop.chain_id)])
        execute(
            "INSERT INTO idempotency_keys (holder_id, route, key, chain_id, body_hash, status, answer, created_at)"
            " VALUES (%s, 'POST /locations', 'one', %s, '', 201, '{}', now())",
            [key_id, shop.chain_id],
        )
        replies = at_once(lambda _n: twin(shop).post("/locations", {"name": "X"}, key="one"), 1)
        transaction.set_rollback(True)
    assert (replies[0].status, replies[0].code) == (409, "idempotency_key_in_use")
    assert len(shop.get("/locations").body["items"]) == 1
    assert shop.post("/locations", {"name": "X"}, key="one").status == 201


def test_a_connection_that_died_unnoticed_is_replaced(shop: Caller, committed_db: DatabaseUrls) -> None:
    assert shop.get("/locations").status == 200
    process = connection.connection.info.backend_pid
    with psycopg.connect(committed_db.superuser) as administrator:
        administrator.execute("SELECT pg_terminate_backend(%s)", [process])
    assert shop.get("/locations").status == 200


def test_without_a_database_the_answer_is_503_and_says_when_to_come_back(shop: Caller, settings: Any) -> None:
    connections.close_all()
    before = connections.settings["default"]["PORT"]
    connections.settings["default"]["PORT"] = "1"
    connection.settings_dict["PORT"] = "1"
    try:
        reply = shop.get("/locations")
        assert (reply.status, reply.code) == (503, "unavailable")
        assert reply.headers["Retry-After"] == "5"
        ready = Client().get("/readyz")
        assert ready.status_code == 503
        assert Client().get("/healthz").status_code == 200
    finally:
        connection.settings_dict["PORT"] = connections.settings["default"]["PORT"] = before
        connections.close_all()
    assert shop.get("/locations").status == 200
    assert Client().get("/readyz").json() == {"ready": True}
