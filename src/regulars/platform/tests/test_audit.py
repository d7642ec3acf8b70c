"""The audit journal keeps what changed, and proves it."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, transaction

from regulars.kernel.ids import new_id
from regulars.platform import audit
from regulars.platform.actor import Actor, system_actor
from regulars.platform.database import enter_chain, execute, rows, unit_of_work

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
THING = new_id()


def actor_of(chain_id: UUID) -> Actor:
    return system_actor(chain_id)


@pytest.mark.django_db
def test_an_entry_says_who_what_and_the_change() -> None:
    actor = actor_of(new_id())
    with unit_of_work(actor.chain_id):
        audit.record(
            actor, verb="change_location", object_kind="location", object_id=THING, now=NOW,
            before={"name": "Old"}, after={"name": "New"},
        )  # fmt: skip
        (line,) = audit.list_entries(actor, object_id=THING)
    assert (line.verb, line.object_kind, line.through, line.at) == ("change_location", "location", "command", NOW)
    assert (line.before, line.after) == ({"name": "Old"}, {"name": "New"})


@pytest.mark.django_db
def test_the_hash_of_the_details_can_be_proved_from_what_is_stored() -> None:
    actor = actor_of(new_id())
    facts = {"name": "Ä \x00 😀 \ud800", "count": 10**30, "when": NOW, "ids": {uuid4()}, "share": 0.1, "none": None}
    with unit_of_work(actor.chain_id):
        audit.record(actor, verb="x", object_kind="y", object_id=THING, now=NOW, before=None, after=facts)
        ((stored, salt, before, after),) = rows(
            "SELECT e.detail_hash, d.salt, d.before, d.after::text FROM audit_entries e JOIN audit_details d ON d.entry_id = e.id"
        )
    assert before is None
    assert bytes(stored) == audit.detail_hash(bytes(salt), None, audit.read_json(after))
    assert bytes(stored) != audit.detail_hash(bytes(salt), None, {**audit.read_json(after), "count": 1})


@pytest.mark.django_db
def test_many_changes_are_one_statement(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    actor = actor_of(new_id())
    changes = [audit.Change(object_id=new_id(), after={"row": number}) for number in range(1000)]
    with unit_of_work(actor.chain_id):
        with django_assert_num_queries(1):
            audit.record_many(actor, verb="issue_card", object_kind="card", changes=changes, now=NOW)
        assert rows("SELECT count(*), count(DISTINCT id) FROM audit_entries") == [(1000, 1000)]
        audit.record_many(actor, verb="issue_card", object_kind="card", changes=[], now=NOW)


@pytest.mark.django_db
def test_history_is_read_newest_first_and_page_by_page() -> None:
    actor = actor_of(new_id())
    with unit_of_work(actor.chain_id):
        for number in range(5):
            audit.record(actor, verb=f"step_{number}", object_kind="card", object_id=THING, now=NOW)
        first = audit.list_entries(actor, object_id=THING, limit=3)
        rest = audit.list_entries(actor, object_id=THING, limit=3, before=first[-1].id)
    assert [line.verb for line in first + rest] == ["step_4", "step_3", "step_2", "step_1", "step_0"]


@pytest.mark.django_db
def test_another_chain_sees_nothing_and_writes_nothing() -> None:
    actor, stranger = actor_of(new_id()), actor_of(new_id())
    with unit_of_work(actor.chain_id):
        audit.record(actor, verb="x", object_kind="card", object_id=THING, now=NOW, after={"a": 1})
    with unit_of_work(stranger.chain_id):
        assert audit.list_entries(stranger, object_id=THING) == []
        assert audit.list_entries(actor, object_id=THING) == []
        with pytest.raises(DatabaseError), transaction.atomic():
            audit.record(actor, verb="x", object_kind="card", object_id=THING, now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entries SET verb = 'y'", "DELETE FROM audit_entries", "TRUNCATE audit_entries"]
)
def test_nobody_edits_the_journal(statement: str) -> None:
    actor = actor_of(new_id())
    enter_chain(actor.chain_id)
    audit.record(actor, verb="x", object_kind="card", object_id=THING, now=NOW)
    with pytest.raises(DatabaseError, match="permission denied"):
        execute(statement)


def test_only_what_differs_is_kept() -> None:
    assert audit.changed_only({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}) == ({"b": 2, "c": None}, {"b": 3, "c": 4})
