"""The hot lane answers as the ordinary way does, and a key that is only remembered ends as soon as any other."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.urls import resolve

from regulars.kernel.ids import encode
from regulars.platform.api.hot_lane import hot_lane, hot_routes
from regulars.platform.api.keys import assumed_key, hash_key
from regulars.platform.database import execute, unit_of_work
from regulars.project.wsgi import application
from tests.ledger_kit import Counter, open_counter

BODY = {"balance_type": "points", "amount": "5", "reason": "till 7"}
VOLATILE = frozenset({"id", "at", "activates_at", "request_id", "balance_after"})


def ask(way: Any, path: str, body: bytes, **headers: str) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Send one POST to a WSGI application, as the server does."""
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        **headers,
    }
    seen: list[Any] = []
    text = b"".join(way(environ, lambda status, found: seen.extend((status, found))))
    return int(seen[0][:3]), dict(seen[1]), json.loads(text)


def never(environ: Any, start_response: Any) -> Any:
    raise AssertionError("this should have gone by the hot lane")


def bearer(counter: Counter, **more: str) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"Bearer {counter.shop.api_key}", **more}


SENT = {
    "good": (BODY, {"HTTP_IDEMPOTENCY_KEY": "a-1"}),
    "no key of its own": (BODY, {}),
    "unknown field": ({**BODY, "colour": "red"}, {"HTTP_IDEMPOTENCY_KEY": "a-2"}),
    "not a number": ({**BODY, "amount": "many"}, {"HTTP_IDEMPOTENCY_KEY": "a-3"}),
    "too much": ({**BODY, "amount": "-9999"}, {"HTTP_IDEMPOTENCY_KEY": "a-4"}),
    "unknown balance": ({**BODY, "balance_type": "miles"}, {"HTTP_IDEMPOTENCY_KEY": "a-5"}),
    "no reason": ({**BODY, "reason": " "}, {"HTTP_IDEMPOTENCY_KEY": "a-6"}),
    "another kind": (BODY, {"HTTP_IDEMPOTENCY_KEY": "a-7", "CONTENT_TYPE": "text/plain"}),
    "too long": (BODY, {"HTTP_IDEMPOTENCY_KEY": "a-8", "CONTENT_LENGTH": "2000000"}),
    "query": (BODY, {"HTTP_IDEMPOTENCY_KEY": "a-9", "QUERY_STRING": "x=1"}),
    "in Russian": ({**BODY, "amount": "-9999"}, {"HTTP_IDEMPOTENCY_KEY": "b-1", "HTTP_ACCEPT_LANGUAGE": "ru"}),
    "no bearer": (BODY, {"HTTP_IDEMPOTENCY_KEY": "b-2", "HTTP_AUTHORIZATION": ""}),
    "unknown bearer": (BODY, {"HTTP_IDEMPOTENCY_KEY": "b-3", "HTTP_AUTHORIZATION": "Bearer rk_" + "x" * 32}),
}


@pytest.mark.committed
@pytest.mark.parametrize("name", SENT)
def test_both_ways_give_the_same_answer(name: str) -> None:
    counter = open_counter()
    body, headers = SENT[name]
    text = json.dumps(body).encode()
    ways = {"lane": hot_lane(never, base="/api/v1"), "django": WSGIHandler()}
    answers: dict[tuple[str, str], tuple[int, dict[str, str], dict[str, Any]]] = {}
    for way, serve in ways.items():
        card = counter.issue(f"+49 151 1111111{len(answers)}")
        path = f"/api/v1/cards/{encode('crd', card.id)}/adjustments"
        key = (
            {"HTTP_IDEMPOTENCY_KEY": f"{way}-{headers['HTTP_IDEMPOTENCY_KEY']}"}
            if "HTTP_IDEMPOTENCY_KEY" in headers
            else {}
        )
        for turn in ("first", "again"):
            status, found, told = ask(serve, path, text, **(bearer(counter) | headers | key))
            told = {part: value for part, value in told.items() if part not in VOLATILE | {"card"}}
            found = {part: value for part, value in found.items() if part != "X-Request-ID" and "RateLimit" not in part}
            answers[way, turn] = status, found, told
    assert answers["lane", "first"] == answers["django", "first"]
    assert answers["lane", "again"] == answers["django", "again"]
    assert answers["lane", "first"][1]["Content-Security-Policy"]


def test_the_lane_finds_what_django_finds() -> None:
    routes = hot_routes("/api/v1")
    assert {route.method for route in routes} == {"POST"}
    paths = [f"/api/v1/cards/{part}/adjustments" for part in ("crd_01hf3zj7k8w9x0y1z2a3b4c5d6", "ext:A-1@b", "x")]
    for path in (*paths, "/api/v1/orders", "/api/v1/orders/quote"):
        (found,) = (match for route in routes if (match := route.match(path)))
        usual = resolve(path)
        assert (found.func, found.args, found.kwargs, found.route) == (
            usual.func,
            usual.args,
            usual.kwargs,
            usual.route,
        )
    for path in (
        "/api/v1/cards/a/b/adjustments",
        "/api/v1/cards//adjustments",
        "/api/v1/cards/\xd0/adjustments",
        "/api/v1/cards/x/adjustments/",
        "/api/v1/orders/",
        "/api/v1/orders/quote/",
    ):
        assert [route for route in routes if route.match(path)] == []


@pytest.mark.committed
@pytest.mark.parametrize("body", [BODY, {**BODY, "reason": " "}, {**BODY, "colour": "red"}, {**BODY, "amount": "x"}])
def test_a_revoked_key_ends_at_once_though_it_is_remembered(body: dict[str, str]) -> None:
    counter = open_counter()
    card = counter.issue("+49 151 11111111")
    path = f"/api/v1/cards/{encode('crd', card.id)}/adjustments"
    status, _, _ = ask(application, path, json.dumps(BODY).encode(), **bearer(counter, HTTP_IDEMPOTENCY_KEY="a"))
    assert status == 201
    assert assumed_key(hash_key(counter.shop.api_key)) is not None
    with unit_of_work(counter.chain_id):
        assert execute("UPDATE api_keys SET revoked_at = now()") == 1
    sent = bearer(counter, HTTP_IDEMPOTENCY_KEY="b")
    assert ask(application, path, json.dumps(body).encode(), **sent)[0] == 401
    assert counter.balance(card) == 500
    assert counter.read("SELECT count(*) FROM idempotency_keys WHERE key = 'b'") == [(0,)]
    assert assumed_key(hash_key(counter.shop.api_key)) is None


@pytest.mark.committed
def test_a_right_that_was_taken_away_ends_at_once_and_one_that_was_given_begins() -> None:
    counter = open_counter()
    card = counter.issue("+49 151 11111111")
    path = f"/api/v1/cards/{encode('crd', card.id)}/adjustments"
    codes = []
    for number, scopes in enumerate(["balances:read", "balances:write", "balances:read"]):
        with unit_of_work(counter.chain_id):
            execute("UPDATE api_keys SET scopes = ARRAY[%s]", [scopes])
        sent = bearer(counter, HTTP_IDEMPOTENCY_KEY=f"a-{number}")
        codes.append(ask(application, path, json.dumps(BODY).encode(), **sent)[0])
    assert codes == [403, 201, 403]
    assert counter.balance(card) == 500
