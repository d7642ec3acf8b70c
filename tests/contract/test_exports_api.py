"""Exports through the API: asked for once, watched, fetched, and nobody else's."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from regulars.exports.actions.run import expire_exports, run_export
from regulars.exports.models import KEPT
from regulars.kernel.ids import decode, encode, new_id
from tests.contract.chains import Caller, add_caller, open_chain

pytestmark = pytest.mark.committed


@pytest.fixture
def caller(committed_db: Any) -> Caller:
    return open_chain()


def id_of(text: str) -> UUID:
    found = decode("exp", text)
    assert found
    return found


def fetch(caller: Caller, path: str) -> Any:
    return caller.client.get(path, HTTP_AUTHORIZATION=f"Bearer {caller.key}")


def test_an_export_is_asked_for_watched_and_fetched(caller: Caller) -> None:
    caller.post("/customers", {"name": "Anna Weber", "phone": "+49 151 23456789"})
    made = caller.post("/exports", {"kind": "customers", "format": "csv", "filter": {"search": "anna"}})
    assert made.status == 201
    assert (made.body["state"], made.body["url"], made.body["progress"]) == (
        "waiting",
        None,
        {"done": 0, "total": None},
    )
    early = caller.get(f"/exports/{made.body['id']}/file")
    assert (early.status, early.code, early.body["state"]) == (409, "export_not_ready", "waiting")
    run_export(caller.chain_id, id_of(made.body["id"]))
    done = caller.get(f"/exports/{made.body['id']}")
    assert (done.body["state"], done.body["progress"]) == ("done", {"done": 1, "total": 1})
    answer = fetch(caller, done.body["url"])
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert done.body["file_name"] in answer["Content-Disposition"]
    content = b"".join(answer.streaming_content)
    assert len(content) == done.body["bytes"]
    assert content.decode("utf-8-sig").splitlines()[0].startswith("phone,")
    assert "4915123456789" in content.decode()
    listed = caller.get("/exports?limit=1")
    assert [one["id"] for one in listed.body["items"]] == [made.body["id"]]
    assert listed.body["next_cursor"] is None


def test_the_same_key_makes_one_export(caller: Caller) -> None:
    first = caller.post("/exports", {"kind": "cards"}, key="once")
    again = caller.post("/exports", {"kind": "cards"}, key="once")
    assert first.body == again.body
    assert len(caller.get("/exports").body["items"]) == 1
    other = caller.post("/exports", {"kind": "customers"}, key="once")
    assert other.code == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"kind": "cards", "filter": {"colour": "red"}}, "/filter/colour", "unknown_field"),
        ({"kind": "cards", "filter": {"search": 1}}, "/filter/search", "wrong_type"),
        ({"kind": "cards", "filter": {"status": "lost"}}, "/filter/status", "unknown_value"),
        ({"kind": "cards", "columns": ["secret"]}, "/columns/0", "unknown_value"),
        ({"kind": "cards", "columns": []}, "/columns", "required"),
    ],
)
def test_what_means_nothing_is_named(caller: Caller, body: dict[str, Any], pointer: str, code: str) -> None:
    answer = caller.post("/exports", body)
    assert answer.status == 422
    assert answer.codes_at() == {pointer: code}


@pytest.mark.parametrize("body", [{"kind": "secrets"}, {}, {"kind": "cards", "format": "pdf"}, {"kind": 7}, []])
def test_what_does_not_fit_the_schema_is_refused(caller: Caller, body: Any) -> None:
    assert caller.post("/exports", body).status == 422


def test_another_chains_export_is_not_there(caller: Caller) -> None:
    made = caller.post("/exports", {"kind": "cards"}).body["id"]
    stranger = open_chain("Salon Fremd")
    for path in (f"/exports/{made}", f"/exports/{made}/file", f"/exports/{encode('exp', new_id())}", "/exports/exp_x"):
        assert stranger.get(path).status == 404
    assert stranger.get("/exports").body["items"] == []
    assert caller.post("/exports", {"kind": "cards", "filter": {"card_type": "ext:none"}}).status == 404


def test_a_key_needs_the_scope_of_exports_and_of_what_is_exported(caller: Caller) -> None:
    made = caller.post("/exports", {"kind": "customers"}).body["id"]
    reader = add_caller(caller.chain_id, scopes=frozenset({"exports:read"}))
    assert reader.post("/exports", {"kind": "cards"}).body["needs"] == "exports:write"
    assert reader.get(f"/exports/{made}").body["needs"] == "customers:read"
    assert reader.get("/exports").body["items"] == []
    writer = add_caller(caller.chain_id, scopes=frozenset({"exports:write", "exports:read"}))
    assert writer.post("/exports", {"kind": "cards"}).body["needs"] == "cards:read"


def test_a_file_that_was_removed_is_gone(caller: Caller) -> None:
    made = caller.post("/exports", {"kind": "cards"}).body["id"]
    run_export(caller.chain_id, id_of(made))
    expire_exports(caller.chain_id, timezone.now() + KEPT + timedelta(days=1))
    answer = caller.get(f"/exports/{made}/file")
    assert (answer.status, answer.code) == (410, "export_expired")
    assert caller.get(f"/exports/{made}").body["url"] is None


def test_asking_puts_one_job_into_the_background(caller: Caller) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    made = caller.post("/exports", {"kind": "cards"}).body["id"]
    job = ProcrastinateJob.objects.get(task_name="exports.write")
    assert job.args == {"chain_id": str(caller.chain_id), "export_id": str(id_of(made))}
    assert job.lock == f"exports-{caller.chain_id}"
