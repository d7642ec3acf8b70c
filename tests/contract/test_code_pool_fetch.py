"""Codes from a remote service: over HTTP from a server on this machine, with all that such a service does wrong (RWD-4)."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from regulars.codes.actions import importing
from regulars.codes.actions.importing import run_fetching
from regulars.codes.api import pools as pool_api
from regulars.platform.database import rows, unit_of_work
from tests.contract.chains import Caller, open_chain
from tests.stand_in import StandIn, stand_in

pytestmark = pytest.mark.django_db

SECRET = "s3cret-value"
Work = Callable[[], None]


@pytest.fixture
def shop() -> Caller:
    return open_chain()


@pytest.fixture
def service(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    monkeypatch.setattr(importing, "WAITS", (0.0, 0.0))
    with stand_in() as running:
        yield running


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """Do what was put into the background, once it is committed."""
    waiting: list[tuple[UUID, UUID]] = []
    monkeypatch.setattr(pool_api, "defer_fetching", lambda chain, batch: waiting.append((chain, batch)))

    def do() -> None:
        while waiting:
            run_fetching(*waiting.pop(0), now=timezone.now)

    return do


def pool(shop: Caller, url: str, **more: Any) -> str:
    sent = {"name": "Autumn", "remote_url": url, "remote_header": "X-Api-Key", "remote_secret": SECRET, **more}
    made = shop.post("/code-pools", sent)
    assert made.status == 201, made.body
    return str(made.body["id"])


def fetched(shop: Caller, pool_id: str, work: Work) -> dict[str, Any]:
    begun = shop.post(f"/code-pools/{pool_id}/fetch")
    assert (begun.status, begun.body["state"]) == (202, "waiting")
    assert shop.post(f"/code-pools/{pool_id}/fetch").code == "code_pool_busy"
    work()
    return dict(shop.get(f"/code-batches/{begun.body['id']}").body)


def texts(shop: Caller, pool_id: str) -> set[str]:
    return {one["code"] for one in shop.get(f"/codes?pool={pool_id}&limit=100").body["items"]}


def test_the_service_gets_its_key_and_gives_its_codes(shop: Caller, service: StandIn, work: Work) -> None:
    url = service.put("/codes?shop=1", json.dumps({"codes": ["AUTUMN-0001", "AUTUMN-0002", "AUTUMN-0003"]}))
    service.keys["/codes?shop=1"] = ("X-Api-Key", SECRET)
    identifier = pool(shop, url)
    batch = fetched(shop, identifier, work)
    assert [batch[name] for name in ("state", "made", "duplicated", "problem")] == ["done", 3, 0, None]
    assert texts(shop, identifier) == {"AUTUMN-0001", "AUTUMN-0002", "AUTUMN-0003"}
    ((path, headers),) = service.asked
    assert path == "/codes?shop=1"
    assert headers["X-Api-Key"] == SECRET
    assert "json" in headers["Accept"]
    assert headers["User-Agent"].startswith("Regulars/")
    assert not {"Authorization", "Cookie"} & set(headers)
    assert SECRET not in json.dumps(batch)
    # A code of theirs works like any other.
    anna = shop.post("/customers", {"phone": "+4915123456789"}).body["id"]
    handed = shop.post(f"/code-pools/{identifier}/attach", {"customers": [anna]}).body["results"][0]
    assert handed["status"] == "attached"


@pytest.mark.parametrize(
    "body",
    [
        '["AUTUMN-0001", "AUTUMN-0002"]',
        "AUTUMN-0001\r\nAUTUMN-0002\r\n",
        '\ufeff{"codes": ["AUTUMN-0001","AUTUMN-0002"]}',
    ],
)
def test_a_list_lines_and_an_object_are_understood(shop: Caller, service: StandIn, work: Work, body: str) -> None:
    identifier = pool(shop, service.put("/c", body))
    assert fetched(shop, identifier, work)["made"] == 2
    assert texts(shop, identifier) == {"AUTUMN-0001", "AUTUMN-0002"}


def test_what_came_before_comes_once_and_what_is_no_code_hinders_none(
    shop: Caller, service: StandIn, work: Work
) -> None:
    url = service.put("/c", json.dumps(["AUTUMN-0001", "autumn 0001", "AUTUMN-0002", "abc", "", "AUTUMN-\u00000003"]))
    identifier = pool(shop, url, codes_max=3)
    batch = fetched(shop, identifier, work)
    assert [batch[name] for name in ("state", "made", "duplicated", "over_limit")] == ["done", 2, 1, 0]
    service.put("/c", json.dumps(["AUTUMN-0001", "AUTUMN-0002", "AUTUMN-0003", "AUTUMN-0004"]))
    again = fetched(shop, identifier, work)
    assert [again[name] for name in ("state", "made", "duplicated", "over_limit")] == ["done", 1, 2, 1]
    assert texts(shop, identifier) == {"AUTUMN-0001", "AUTUMN-0002", "AUTUMN-0003"}


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"body": "", "status": 404}, "status"),
        ({"body": "", "status": 403}, "status"),
        ({"body": "{not json"}, "no_codes"),
        ({"body": '{"codes": "AUTUMN-0001"}'}, "no_codes"),
        ({"body": '{"codes": [1, 2]}'}, "no_codes"),
        ({"body": '{"codes": []}'}, "no_codes"),
        ({"body": "[" * 100_000}, "no_codes"),
        ({"body": "<html><body>Sign in</body></html>"}, "no_codes"),
        ({"body": b"\xff\xfe\x00A"}, "no_codes"),
        ({"body": "x", "Content_Encoding": "gzip"}, "encoded"),
        ({"body": "AUTUMN-0001", "Content_Length": "99999999"}, "too_large"),
        ({"body": "", "status": 302, "Location": "http://10.0.0.1/codes"}, "moved"),
        ({"body": "", "status": 307, "Location": "http://169.254.169.254/latest/meta-data"}, "moved"),
    ],
)
def test_what_a_service_does_wrong_ends_the_batch_with_its_reason(
    shop: Caller, service: StandIn, work: Work, answer: dict[str, Any], problem: str
) -> None:
    identifier = pool(shop, service.put("/c", **answer))
    batch = fetched(shop, identifier, work)
    assert (batch["state"], batch["made"], batch["problem"]["code"]) == ("failed", 0, problem)
    assert batch["problem"]["detail"]
    assert SECRET not in json.dumps(batch)
    assert texts(shop, identifier) == set()
    assert len(service.asked) == 1
    with unit_of_work(shop.chain_id):
        assert rows("SELECT count(*) FROM notifications WHERE kind = 'code_batch.failed'") == [(1,)]
    # It can be mended and asked again.
    service.put("/c", '["AUTUMN-0009"]')
    assert fetched(shop, identifier, work)["made"] == 1


def test_a_redirect_takes_the_key_nowhere(shop: Caller, service: StandIn, work: Work) -> None:
    with stand_in() as other:
        url = service.put("/c", "", status=301, Location=other.put("/c", '["AUTUMN-0001"]'))
        assert fetched(shop, pool(shop, url), work)["problem"]["code"] == "moved"
        assert other.asked == []


def test_too_many_too_large_and_too_slow(
    shop: Caller, service: StandIn, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    identifier = pool(shop, service.put("/c", json.dumps([f"AUTUMN-{number:04}" for number in range(12)])))
    monkeypatch.setattr(importing, "FETCHED_MAX", 11)
    assert fetched(shop, identifier, work)["problem"]["code"] == "too_many"
    monkeypatch.setattr(importing, "FETCH_BYTES_MAX", 100)
    assert fetched(shop, identifier, work)["problem"]["code"] == "too_large"
    monkeypatch.setattr(importing, "FETCH_BYTES_MAX", 10_000)
    monkeypatch.setattr(importing, "FETCH_SECONDS_MAX", 0.4)
    service.slow_seconds = 0.05
    assert fetched(shop, identifier, work)["problem"]["code"] == "too_slow"
    assert texts(shop, identifier) == set()


@pytest.mark.parametrize("first", [[500], [503, 502], [429]])
def test_a_service_that_is_out_of_order_for_a_moment_is_asked_again(
    shop: Caller, service: StandIn, work: Work, first: list[int]
) -> None:
    identifier = pool(shop, service.put("/c", '["AUTUMN-0001"]'))
    service.first["/c"] = list(first)
    batch = fetched(shop, identifier, work)
    assert (batch["state"], batch["made"], len(service.asked)) == ("done", 1, len(first) + 1)


def test_a_service_that_stays_out_of_order_is_left_alone(shop: Caller, service: StandIn, work: Work) -> None:
    identifier = pool(shop, service.put("/c", "", status=500))
    batch = fetched(shop, identifier, work)
    assert (batch["state"], batch["problem"]["code"], len(service.asked)) == ("failed", "status", 3)
    assert "500" in batch["problem"]["detail"]
    gone = pool(shop, "http://127.0.0.1:9/c")
    assert fetched(shop, gone, work)["problem"]["code"] == "not_reached"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254"])
def test_a_private_address_is_not_asked(shop: Caller, service: StandIn, work: Work, settings: Any, host: str) -> None:
    settings.OUTBOUND_ALLOW = []
    port = service.put("/c", '["AUTUMN-0001"]').split(":")[2].split("/")[0]
    made = shop.post("/code-pools", {"name": "Autumn", "remote_url": f"https://{host}:{port}/c"})
    assert made.status == 201, made.body
    batch = fetched(shop, made.body["id"], work)
    assert (batch["state"], batch["problem"]["code"]) == ("failed", "address_refused")
    assert service.asked == []


def test_a_batch_that_is_run_twice_asks_once(shop: Caller, service: StandIn, work: Work) -> None:
    identifier = pool(shop, service.put("/c", '["AUTUMN-0001"]'))
    fetched(shop, identifier, work)
    with unit_of_work(shop.chain_id):
        ((batch_id,),) = rows("SELECT id FROM code_batches")
    run_fetching(shop.chain_id, batch_id, now=timezone.now)
    assert len(service.asked) == 1
