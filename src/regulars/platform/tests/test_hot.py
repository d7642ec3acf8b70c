"""The short way to PostgreSQL writes values and reads answers itself: what goes must come back, whatever goes wrong."""

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.utils import InterfaceError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.kernel.ids import new_id
from regulars.platform.database import execute, rows
from regulars.platform.embedded import DatabaseUrls
from regulars.platform.hot import hot_unit_of_work, open_cursor
from regulars.platform.hot_wire import wire_value

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=TEXT | st.sampled_from(["'", "''", "\\'", "\\", "'; DROP TABLE entries; --", "%s %(x)s %%", "$1", "E'\\x'"])
)
def test_any_text_comes_back_as_it_went(text: str) -> None:
    found = open_cursor().call("SELECT %(text)s::text, %(more)s::text", {"text": text, "more": text[::-1]})
    assert found == [(text, text[::-1])]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uuid", new_id()),
        ("bigint", -(2**62)),
        ("boolean", True),
        ("timestamptz", datetime(2026, 5, 1, 12, 30, 0, 123456, tzinfo=UTC)),
        ("bytea", bytes(range(256))),
        ("uuid[]", [new_id(), new_id()]),
        ("bigint[]", [1, -2]),
        ("uuid[]", []),
        ("text", None),
    ],
)
def test_every_kind_of_value_comes_back(kind: str, value: Any) -> None:
    asked = open_cursor().call(
        f"SELECT %(value)s::{kind}, %(more)s::text, %(value)s::{kind}", {"value": value, "more": "x"}
    )
    assert asked == [(value, "x", value)]


def test_what_has_no_way_to_be_written_is_refused() -> None:
    for value in (1.5, {"a": 1}, object()):
        with pytest.raises(TypeError):
            wire_value(value)
    with pytest.raises(psycopg.DataError):
        wire_value("a\0b")


@pytest.mark.committed
def test_an_error_leaves_nothing_and_the_connection_usable(committed_db: DatabaseUrls) -> None:
    chain = new_id()
    announce = "INSERT INTO event_queue (event_id, chain_id) VALUES (%(id)s, %(chain)s)"
    with pytest.raises(psycopg.errors.DivisionByZero), hot_unit_of_work(chain) as cursor:  # noqa: PT012
        cursor.call(announce, {"id": new_id(), "chain": chain})
        cursor.call("SELECT 1 / %(zero)s::int", {"zero": 0}, and_commit=True)
    with hot_unit_of_work(chain) as cursor:
        assert cursor.call("SELECT count(*) FROM event_queue", {}) == [(0,)]
        cursor.call(announce, {"id": new_id(), "chain": chain}, and_commit=True)
        assert cursor.is_committed
        assert cursor.round_trips == 2
    with hot_unit_of_work(chain) as cursor:
        assert cursor.call("SELECT count(*) FROM event_queue", {}) == [(1,)]
    # The chain's setting ended with its transaction.
    assert rows("SELECT count(*) FROM event_queue") == [(0,)]


@pytest.mark.committed
def test_a_statement_that_cannot_be_prepared_can_be_asked_again(committed_db: DatabaseUrls) -> None:
    chain = new_id()
    for _ in range(2):
        with pytest.raises(psycopg.errors.UndefinedTable), hot_unit_of_work(chain) as cursor:
            cursor.call("SELECT * FROM no_such_table", {})
    with hot_unit_of_work(chain) as cursor:
        assert cursor.call("SELECT 1", {}) == [(1,)]


@pytest.mark.committed
def test_statements_that_postgresql_forgot_are_prepared_again(committed_db: DatabaseUrls) -> None:
    for _ in range(2):
        with hot_unit_of_work(new_id()) as cursor:
            assert cursor.call("SELECT 1", {}) == [(1,)]
        execute("DEALLOCATE ALL")


@pytest.mark.committed
def test_a_long_text_goes_and_comes_in_one_exchange(committed_db: DatabaseUrls) -> None:
    text = "long " * 1_000_000
    with hot_unit_of_work(new_id()) as cursor:
        assert cursor.call("SELECT %(text)s::text", {"text": text}) == [(text,)]
        assert cursor.round_trips == 1


@pytest.mark.committed
def test_a_connection_that_died_unnoticed_is_replaced_before_anything_was_done(committed_db: DatabaseUrls) -> None:
    connection.ensure_connection()
    dead = connection.connection
    with psycopg.connect(committed_db.superuser, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [dead.info.backend_pid])
    with hot_unit_of_work(new_id()) as cursor:
        assert cursor.call("SELECT 1", {}) == [(1,)]
    assert dead.closed


@pytest.mark.committed
def test_a_connection_that_dies_in_the_middle_is_an_error_and_the_next_one_is_fresh(committed_db: DatabaseUrls) -> None:

    def ask_of_one_that_dies() -> None:
        with hot_unit_of_work(new_id()) as cursor:
            cursor.call("SELECT 1", {})
            with psycopg.connect(committed_db.superuser, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [cursor.raw.info.backend_pid])
            cursor.call("SELECT 2", {})

    with pytest.raises(InterfaceError):
        ask_of_one_that_dies()
    with hot_unit_of_work(new_id()) as cursor:
        assert cursor.call("SELECT 3", {}) == [(3,)]


@pytest.mark.committed
def test_a_block_that_asks_nothing_begins_nothing(committed_db: DatabaseUrls) -> None:
    connection.ensure_connection()
    with hot_unit_of_work(new_id()) as cursor:
        assert not cursor.is_open
    assert connection.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
