"""Requests that come while one of their kind cannot get on: they wait, and then travel together (ADR 18)."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from django.db import connections
from django.test import Client

from regulars.platform.convoy import Convoy
from regulars.platform.database import execute, unit_of_work
from tests.contract.chains import Caller, Reply

PATIENCE: Final = 20.0
"""However slow the machine is, they wait until the one under way gets on."""

Send = Callable[..., None]


def twin(caller: Caller) -> Caller:
    """The same key over a client of its own, for another thread."""
    return Caller(caller.chain_id, caller.staff_id, caller.key, Client(raise_request_exception=False))


@contextmanager
def crowd(
    convoy: Convoy[Any], caller: Caller, *, held: UUID | None = None, first: tuple[str, dict[str, Any]]
) -> Iterator[tuple[Send, list[Future[Reply]]]]:
    """While somebody holds what the first request needs, further ones wait; then all are done.

    That is the accounts of the card that is `held`; without one, the stamps of the rules, which whoever only reads needs.
    Something like the first must have been done before, so that the process knows the key and the rules of the chain.
    """
    replies: list[Future[Reply]] = []

    def post(path: str, body: dict[str, Any], **headers: Any) -> Reply:
        try:
            return twin(caller).post(path, body, **headers)
        finally:
            connections.close_all()

    def send(path: str, body: dict[str, Any], **headers: Any) -> None:
        waiting = convoy.waiting
        replies.append(pool.submit(post, path, body, **headers))
        wait_for(lambda: convoy.waiting > waiting)

    with ThreadPoolExecutor(16) as pool, unit_of_work(caller.chain_id):
        if held is not None:
            execute("SELECT FROM accounts WHERE card_id = %s FOR UPDATE", [held])
        else:
            execute("LOCK TABLE rules_stamps IN ACCESS EXCLUSIVE MODE")
        pool.submit(post, *first, key="under-way")
        wait_for(lambda: convoy.running == 1)
        yield send, replies


def wait_for(holds: Callable[[], bool]) -> None:
    """Return once something holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.001)
