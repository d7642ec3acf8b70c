"""Pools of codes and their codes over HTTP (RWD-4, RWD-9)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from regulars.codes.actions import generate
from regulars.codes.actions.expiring import expire_codes
from regulars.codes.actions.generate import run_generating
from regulars.codes.actions.importing import run_undoing
from regulars.codes.actions.lookup import SOURCE
from regulars.codes.api import pools as pool_api
from regulars.codes.models import CodeBatch
from regulars.kernel.ids import decode
from regulars.platform.database import rows, unit_of_work
from tests.contract.chains import Caller, add_caller, open_chain

pytestmark = pytest.mark.django_db
PATTERN = "SUMMER-****-****-****-*****"


@pytest.fixture
def shop() -> Caller:
    return open_chain()


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Do what was put into the background, once it is committed."""
    waiting: list[tuple[Callable[..., None], UUID, UUID]] = []
    for name, run in (("defer_generating", run_generating), ("defer_undoing", run_undoing)):
        monkeypatch.setattr(pool_api, name, lambda chain, batch, run=run: waiting.append((run, chain, batch)))

    def do() -> None:
        while waiting:
            run, chain, batch = waiting.pop(0)
            run(chain, batch, now=timezone.now)

    return do


def pool(shop: Caller, **fields: Any) -> str:
    made = shop.post("/code-pools", {"name": "Summer", **fields})
    assert made.status == 201, made.body
    return str(made.body["id"])


def customers(shop: Caller, count: int) -> list[str]:
    return [
        str(shop.post("/customers", {"name": f"C {number}", "phone": f"+4915123456{number:03}"}).body["id"])
        for number in range(count)
    ]


def codes(shop: Caller, pool_id: str, *texts: str) -> dict[str, str]:
    assert shop.post(f"/code-pools/{pool_id}/import", {"codes": list(texts)}).body["inserted"] == len(texts)
    return {one["code"]: one["id"] for one in shop.get(f"/codes?pool={pool_id}").body["items"]}


def test_a_pool_is_made_changed_and_put_away(shop: Caller) -> None:
    identifier = pool(shop, external_id="summer", lives_days=30)
    read = shop.get("/code-pools/ext:summer")
    assert read.body["id"] == identifier
    assert read.body["counts"] == {"free": 0, "attached": 0, "active": 0, "used": 0, "expired": 0}
    assert shop.post("/code-pools", {"name": "Summer", "external_id": "summer"}).code == "external_id_taken"
    changed = shop.patch(f"/code-pools/{identifier}", {"lives_days": None, "state": "paused"})
    assert (changed.body["lives_days"], changed.body["state"], changed.body["name"]) == (None, "paused", "Summer")
    old = shop.patch(f"/code-pools/{identifier}", {"name": "Autumn"}, HTTP_IF_MATCH='"1"')
    assert (old.status, old.code) == (412, "changed_meanwhile")
    shop.patch(f"/code-pools/{identifier}", {"state": "archived"})
    assert shop.get("/code-pools").body["items"] == []
    assert [one["id"] for one in shop.get("/code-pools?archived=true").body["items"]] == [identifier]
    assert shop.get("/code-pools/cpl_none").status == 404


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": ""}, {"/name"}),
        ({"kind": "shared"}, {"/kind"}),
        ({"uses_per_code": 3}, {"/uses_per_code"}),
        ({"kind": "universal", "needs_activation": True}, {"/needs_activation"}),
        ({"lives_days": 0}, {"/lives_days"}),
        ({"lives_days": 5, "lives_from": "activated"}, {"/lives_from"}),
        ({"valid_from": "2026-05-02T00:00:00Z", "valid_until": "2026-05-01T00:00:00Z"}, {"/valid_until"}),
        ({"sends_from": "2026-05-02T00:00:00Z", "sends_until": "2026-05-02T00:00:00Z"}, {"/sends_until"}),
        ({"remote_url": "ftp://example.com"}, {"/remote_url"}),
        ({"remote_secret": "s3cret"}, {"/remote_header", "/remote_url"}),
        ({"remote_url": "https://example.com", "remote_header": "Host", "remote_secret": "x"}, {"/remote_header"}),
        ({"remote_url": "https://example.com", "remote_header": "X-A\r\nB", "remote_secret": "x"}, {"/remote_header"}),
        (
            {"remote_url": "https://example.com", "remote_header": "X-Key", "remote_secret": "a\r\nb"},
            {"/remote_secret"},
        ),
        ({"surprise": 1}, {"/surprise"}),
    ],
)
def test_what_is_no_pool(shop: Caller, fields: dict[str, Any], wrong: set[str]) -> None:
    refused = shop.post("/code-pools", {"name": "Summer", **fields})
    assert (refused.status, set(refused.codes_at())) == (422, wrong)


def test_a_secret_is_kept_hidden_and_forgotten_with_its_address(shop: Caller) -> None:
    fields = {"remote_url": "https://example.com/a", "remote_header": "X-Key", "remote_secret": "s3cret-value"}
    identifier = pool(shop, **fields)
    read = shop.get(f"/code-pools/{identifier}").body
    assert (read["has_secret"], "s3cret" in str(read)) == (True, False)
    with unit_of_work(shop.chain_id):
        assert b"s3cret" not in bytes(rows("SELECT remote_secret FROM code_pools")[0][0])
        assert "s3cret" not in str(rows("SELECT before, after FROM audit_details"))
    assert shop.patch(f"/code-pools/{identifier}", {"name": "Other"}).body["has_secret"] is True
    assert (
        shop.patch(f"/code-pools/{identifier}", {"remote_url": "https://evil.example.com"}).body["has_secret"] is False
    )


def test_codes_are_generated_and_taken_back(shop: Caller, work: Callable[[], None]) -> None:
    identifier = pool(shop)
    assert shop.send("POST", f"/code-pools/{identifier}/generate", {"count": 3}).code == "idempotency_key_required"
    short = shop.post(f"/code-pools/{identifier}/generate", {"count": 3, "pattern": "SALE-****"})
    assert (short.status, short.codes_at()) == (422, {"/pattern": "pattern_too_short"})
    begun = shop.post(f"/code-pools/{identifier}/generate", {"count": 5, "pattern": PATTERN})
    assert (begun.status, begun.body["state"], begun.body["made"]) == (202, "waiting", 0)
    batch = begun.body["id"]
    assert shop.post(f"/code-batches/{batch}/undo").code == "code_batch_not_done"
    busy = shop.patch(f"/code-pools/{identifier}", {"state": "archived"})
    assert busy.code == "code_pool_busy"
    work()
    assert shop.get(f"/code-batches/{batch}").body["state"] == "done"
    assert shop.post(f"/code-batches/{batch}/cancel").body["state"] == "done"
    anna = customers(shop, 1)
    handed = shop.post(f"/code-pools/{identifier}/attach", {"customers": anna}).body["results"][0]
    assert handed["code"].startswith("SUMMER-")
    assert shop.post(f"/code-batches/{batch}/undo").status == 202
    work()
    undone = shop.get(f"/code-batches/{batch}").body
    assert (undone["state"], undone["made"]) == ("undone", 1)
    assert [one["id"] for one in shop.get(f"/codes?pool={identifier}").body["items"]] == [handed["id"]]
    with unit_of_work(shop.chain_id):
        assert rows("SELECT count(*) FROM code_keys") == [(1,)]
    full = pool(shop, codes_max=2)
    assert shop.post(f"/code-pools/{full}/generate", {"count": 3}).code == "code_pool_full"
    assert shop.post(f"/code-pools/{identifier}/fetch").code == "code_pool_without_remote"


def test_an_import_says_what_became_of_each_code(shop: Caller) -> None:
    identifier = pool(shop, codes_max=3)
    sent = [
        "SPRING-0001",
        "spring 0001",
        "ЅPRING-OOO1",
        "",
        "abc",
        "x" * 70,
        "SPRING-0002",
        "SPRING-0003",
        "SPRING-0004",
    ]
    answered = shop.post(f"/code-pools/{identifier}/import", {"codes": sent}).body
    assert [answered[name] for name in ("inserted", "duplicated", "over_limit", "invalid")] == [3, 2, 1, 3]
    statuses = [one["status"] for one in answered["results"]]
    assert statuses[:3] == ["inserted", "duplicate", "duplicate"]
    assert statuses[3:6] == ["invalid"] * 3
    assert statuses[6:] == ["inserted", "inserted", "over_limit"]
    again = shop.post(f"/code-pools/{identifier}/import", {"codes": ["SPRING-0002"]}).body
    assert (again["duplicated"], again["over_limit"]) == (1, 0)
    assert shop.post(f"/code-pools/{identifier}/import", {"codes": []}).status == 422


def test_a_code_is_found_however_it_is_typed_and_only_in_a_body(shop: Caller) -> None:
    code = codes(shop, pool(shop), "SUMMER-7K3M-9PQX")["SUMMER-7K3M-9PQX"]
    for typed in ("summer 7k3m 9pqx", " SUMMER7K3M9PQX ", "ЅUММЕR—7К3М–9РQХ", "summer.7k3m_9pqx"):
        found = shop.post("/codes/lookup", {"code": typed})
        assert (found.status, found.body["id"]) == (200, code), typed
    for wrong in ("SUMMER-7K3M-9PQY", "", "💥", "x" * 900):
        refused = shop.post("/codes/lookup", {"code": wrong})
        assert (refused.status, refused.code) == (404, "unknown_code")
    assert shop.get("/codes/SUMMER-7K3M-9PQX").status == 404


def test_whoever_guesses_waits(shop: Caller) -> None:
    for attempt in range(SOURCE.free):
        assert shop.post("/codes/lookup", {"code": f"GUESS-{attempt}"}).code == "unknown_code"
    refused = shop.post("/codes/lookup", {"code": "GUESS"})
    assert (refused.status, refused.code) == (429, "too_many_attempts")
    assert int(refused.headers["Retry-After"]) > 0
    assert add_caller(shop.chain_id).post("/codes/lookup", {"code": "GUESS"}).code == "unknown_code"


def test_a_code_goes_its_way(shop: Caller) -> None:
    identifier = pool(shop, needs_activation=True, lives_days=2, lives_from="activated")
    code = codes(shop, identifier, "SUMMER-7K3M-9PQX")["SUMMER-7K3M-9PQX"]
    anna, ben = customers(shop, 2)
    early = shop.post(f"/codes/{code}/activate")
    assert (early.status, early.code, early.body["state"]) == (409, "code_not_possible", "free")
    assert shop.post(f"/codes/{code}/attach", {"customer": "cus_none"}).codes_at() == {"/customer": "unknown_customer"}
    attached = shop.post(f"/codes/{code}/attach", {"customer": anna}).body
    assert (attached["state"], attached["customer"], attached["valid_until"]) == ("attached", anna, None)
    assert shop.post(f"/codes/{code}/attach", {"customer": anna}).status == 200
    assert shop.post(f"/codes/{code}/attach", {"customer": ben}).code == "code_not_possible"
    active = shop.post(f"/codes/{code}/activate").body
    assert active["state"] == "active"
    assert active["valid_until"] is not None
    free = shop.post(f"/codes/{code}/detach").body
    assert (free["state"], free["customer"], free["valid_until"]) == ("free", None, None)
    assert shop.post(f"/codes/{code}/detach").code == "code_not_possible"
    assert shop.post(f"/codes/{code}/expire").body["state"] == "expired"
    assert shop.post(f"/codes/{code}/expire").body["state"] == "expired"
    assert shop.post(f"/codes/{code}/attach", {"customer": ben}).code == "code_not_possible"


def test_a_pool_that_runs_dry_in_the_middle_serves_who_came_first(shop: Caller) -> None:
    identifier = pool(shop)
    codes(shop, identifier, "SUMMER-0001", "SUMMER-0002")
    people = customers(shop, 4)
    answered = shop.post(f"/code-pools/{identifier}/attach", {"customers": [*people[:3], "cus_none"]}).body
    assert [one["status"] for one in answered["results"]] == ["attached", "attached", "pool_empty", "unknown_customer"]
    assert answered["attached"] == 2
    with unit_of_work(shop.chain_id):
        assert rows("SELECT count(*) FROM notifications WHERE kind = 'code_pool.empty'") == [(1,)]
    codes(shop, identifier, "SUMMER-0003")
    again = shop.post(f"/code-pools/{identifier}/attach", {"customers": people[:3]}).body
    assert [one["status"] for one in again["results"]] == ["kept", "kept", "attached"]
    assert shop.post(f"/code-pools/{identifier}/attach", {"customers": [people[0], people[0]]}).status == 422


def test_a_universal_code_is_handed_to_many(shop: Caller) -> None:
    identifier = pool(shop, kind="universal")
    code = codes(shop, identifier, "AUTUMN")["AUTUMN"]
    people = customers(shop, 2)
    answered = shop.post(f"/code-pools/{identifier}/attach", {"customers": people}).body
    assert [(one["status"], one["code"]) for one in answered["results"]] == [("attached", "AUTUMN")] * 2
    assert shop.post(f"/code-pools/{identifier}/attach", {"customers": people}).body["attached"] == 0
    assert shop.post(f"/codes/{code}/detach", {"customer": people[0]}).body["state"] == "active"
    assert shop.post(f"/code-pools/{identifier}/attach", {"customers": people}).body["attached"] == 1


def test_codes_are_handed_out_in_their_period_and_end_with_their_time(shop: Caller) -> None:
    now = timezone.now()
    over = pool(
        shop, sends_until=(now - timedelta(days=1)).isoformat(), valid_until=(now + timedelta(days=2)).isoformat()
    )
    first, second = codes(shop, over, "SUMMER-0001", "SUMMER-0002").values()
    (anna,) = customers(shop, 1)
    refused = shop.post(f"/code-pools/{over}/attach", {"customers": [anna]})
    assert (refused.status, refused.code) == (409, "code_pool_not_sending")
    assert shop.post(f"/codes/{first}/attach", {"customer": anna}).code == "code_pool_not_sending"
    shop.patch(f"/code-pools/{over}", {"sends_until": None, "lives_days": 1})
    attached = shop.post(f"/codes/{first}/attach", {"customer": anna}).body
    end = attached["valid_until"]
    for days, states in ((0, ("attached", "free")), (2.01, ("expired", "expired"))):
        expire_codes(shop.chain_id, now + timedelta(days=days))
        assert tuple(shop.get(f"/codes/{one}").body["state"] for one in (first, second)) == states
    assert end is not None
    shop.patch(f"/code-pools/{over}", {"state": "paused"})
    assert shop.post(f"/code-pools/{over}/attach", {"customers": [anna]}).code == "code_pool_not_sending"


def test_who_may_only_look_does_not_see_codes(shop: Caller) -> None:
    code = codes(shop, pool(shop), "SUMMER-7K3M-9PQX")["SUMMER-7K3M-9PQX"]
    analyst = add_caller(shop.chain_id, role="analyst")
    assert analyst.get(f"/codes/{code}").body["code"] == "…9PQX"
    assert analyst.post(f"/codes/{code}/expire").status == 403
    cashier = add_caller(shop.chain_id, role="cashier")
    assert cashier.get(f"/codes/{code}").body["code"] == "SUMMER-7K3M-9PQX"
    assert cashier.post("/code-pools", {"name": "X"}).status == 403
    other = open_chain()
    assert other.get(f"/codes/{code}").status == 404
    assert other.post("/codes/lookup", {"code": "SUMMER-7K3M-9PQX"}).code == "unknown_code"
    with unit_of_work(other.chain_id):
        assert CodeBatch.objects.count() == 0
    assert decode("cod", code) is not None


def test_a_business_has_so_many_pools_at_most(shop: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("regulars.codes.actions.pools.POOLS_MAX", 1)
    pool(shop)
    refused = shop.post("/code-pools", {"name": "One more"})
    assert (refused.status, refused.code, refused.body["limit"]) == (409, "too_many_code_pools", 1)


def test_a_business_begins_four_batches_at_most(shop: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    made = shop.post("/code-pools", {"name": "Spring"}).body["id"]
    path = f"/code-pools/{made}/generate"
    for _ in range(4):
        assert shop.post(path, {"count": 10}).status == 202
    more = shop.post(path, {"count": 10})
    assert (more.status, more.code, more.body["limit"]) == (409, "too_many_code_batches", 4)
    monkeypatch.setattr(generate, "UNFINISHED_MAX", 5)
    monkeypatch.setattr(generate, "CODES_OF_CHAIN_MAX", 50)
    full = shop.post(path, {"count": 11})
    assert (full.status, full.code, full.body["room"]) == (409, "too_many_codes", 10)
