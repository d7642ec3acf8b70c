"""Orders of the past that come in twice at the same instant, or whose import is killed: each is counted once (IMP-9)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from regulars.imports.actions import history, requests
from regulars.imports.actions.steps import run_step
from regulars.imports.models import Import
from regulars.kernel.ids import encode
from regulars.platform.database import rows, unit_of_work
from regulars.project.proofs import verify
from tests.contract.chains import Reply
from tests.ledger_kit import Counter, at_once, open_counter
from tests.order_kit import OrderShop, open_order_shop

pytestmark = pytest.mark.committed

ORDERS = 300
WRITER = """
import sys
from uuid import UUID
import django
django.setup()
from django.utils import timezone
from regulars.imports.actions import history, steps
history.CHUNK_ROWS = 50
steps.run_step(UUID(sys.argv[1]), UUID(sys.argv[2]), sys.argv[3], now=timezone.now())
"""


def no_defer(chain_id: UUID, import_id: UUID, step: str) -> None:
    pass


def table(count: int = ORDERS) -> bytes:
    lines = [
        f"{number};2024-03-{number % 28 + 1:02d} 10:{number % 60:02d};+4915123{number % 100:06d};a{number % 100}@example.com;{number}"
        for number in range(1, count + 1)
    ]
    return "\n".join(["Order number;Date;Phone;Email;Total", *lines]).encode()


def checked(shop: Counter, content: bytes) -> Import:
    command = requests.UploadCommand(
        file_name="history.csv", parts=[content], kind="orders", options={"decimal": "."}, is_again=True
    )
    one = requests.upload(shop.actor, command, defer=no_defer, now=timezone.now())
    run_step(shop.chain_id, one.id, "read", now=timezone.now())
    return read(shop, one)


def read(shop: Counter, one: Import) -> Import:
    with unit_of_work(shop.chain_id):
        return Import.objects.get(id=one.id)


def apply(shop: Counter, one: Import) -> Import:
    requests.apply(shop.actor, encode("imp", one.id), defer=no_defer, now=timezone.now())
    run_step(shop.chain_id, one.id, "apply", now=timezone.now())
    return read(shop, one)


def counts(shop: Counter) -> tuple[Any, ...]:
    with unit_of_work(shop.chain_id):
        return rows(
            "SELECT (SELECT count(*) FROM orders WHERE chain_id = %(c)s), (SELECT count(*) FROM order_keys WHERE chain_id = %(c)s),"
            " (SELECT count(DISTINCT order_id) FROM order_lines WHERE chain_id = %(c)s),"
            " (SELECT count(*) FROM customers WHERE chain_id = %(c)s)",
            {"c": shop.chain_id},
        )[0]


def test_one_history_in_two_imports_at_once_is_counted_once(
    committed_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "CHUNK_ROWS", 50)
    shop = open_counter()
    both = [checked(shop, table()), checked(shop, table())]

    found = at_once([partial(apply, shop, one) for one in both])

    results = [one.result for one in found if isinstance(one, Import)]
    assert len(results) == 2, found
    assert sum(one["created"] for one in results) == ORDERS
    assert sum(one["unchanged"] for one in results) == ORDERS
    assert counts(shop) == (ORDERS, ORDERS, ORDERS, 100)
    assert verify(now=timezone.now()).is_sound


def test_a_till_and_a_history_with_one_number_are_one_order(committed_db: None) -> None:
    shop: OrderShop = open_order_shop()
    one = checked(shop.counter, table(20))

    def till(number: int) -> Reply:
        caller = type(shop.caller)(shop.chain_id, shop.caller.staff_id, shop.caller.key)
        caller.client = Client(raise_request_exception=False)
        body = {"external_id": str(number), "lines": [{"name": "Latte", "price": "3.00"}]}
        return caller.post("/orders", body, key=f"till-{number}")

    calls: list[Callable[[], Any]] = [
        partial(apply, shop.counter, one),
        *(partial(till, number) for number in range(1, 6)),
    ]
    found: list[Any] = at_once(calls)

    assert isinstance(found[0], Import), found
    tills = sum(1 for reply in found[1:] if isinstance(reply, Reply) and reply.status == 201)
    assert all(isinstance(reply, Reply) and reply.status in (201, 409) for reply in found[1:]), found
    assert found[0].result["created"] + tills == 20
    assert verify(now=timezone.now()).is_sound


def test_a_history_that_is_killed_goes_on_where_it_stood(committed_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "CHUNK_ROWS", 50)
    shop = open_counter()
    one = checked(shop, table())
    requests.apply(shop.actor, encode("imp", one.id), defer=no_defer, now=timezone.now())
    for wait in (0.0, 0.05, 0.1):
        environment = {**os.environ, "PYTHONPATH": "src"}
        command = [sys.executable, "-c", WRITER, str(shop.chain_id), str(one.id), "apply"]
        writer = subprocess.Popen(command, env=environment)
        before = counts(shop)[0]
        until = time.monotonic() + 20
        while counts(shop)[0] == before and writer.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(wait)
        writer.send_signal(signal.SIGKILL)
        writer.wait()

    run_step(shop.chain_id, one.id, "apply", now=timezone.now())

    assert read(shop, one).result["created"] == ORDERS
    assert counts(shop) == (ORDERS, ORDERS, ORDERS, 100)
    assert verify(now=timezone.now()).is_sound
