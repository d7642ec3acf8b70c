"""The short way to PostgreSQL writes values itself, so every kind of text has to come back as it went."""

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.kernel.ids import new_id
from regulars.platform.database import rows
from regulars.platform.embedded import DatabaseUrls
from regulars.platform.hot import hot_unit_of_work, literal, open_cursor

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
    assert open_cursor().call(f"SELECT %(value)s::{kind}", {"value": value}) == [(value,)]


def test_what_has_no_way_to_be_written_is_refused() -> None:
    for value in (1.5, {"a": 1}, ["text"], object()):
        with pytest.raises(TypeError):
            literal(value)
    with pytest.raises(psycopg.DataError):
        literal("a\0b")


@pytest.mark.committed
def test_an_error_leaves_nothing_and_the_connection_usable(committed_db: DatabaseUrls) -> None:
    chain = new_id()
    announce = "INSERT INTO event_queue (event_id, chain_id) VALUES (%(id)s, %(chain)s)"
    with pytest.raises(psycopg.errors.DivisionByZero), hot_unit_of_work(chain) as cursor:  # noqa: PT012
        cursor.call(announce, {"id": new_id(), "chain": chain})
        cursor.call("SELECT 1 / %(zero)s", {"zero": 0}, and_commit=True)
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
def test_a_block_that_asks_nothing_begins_nothing(committed_db: DatabaseUrls) -> None:
    connection.ensure_connection()
    with hot_unit_of_work(new_id()) as cursor:
        assert not cursor.is_open
    assert connection.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
