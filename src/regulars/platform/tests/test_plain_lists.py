"""Lists of ids and of texts arrive in PostgreSQL as they were, whatever stands in them."""

from uuid import UUID

import pytest
from django.db import connection
from django.db.utils import DataError
from hypothesis import given
from hypothesis import strategies as st
from psycopg.adapt import Transformer
from psycopg.types.array import ListDumper

from regulars.platform.database import PlainLists, rows

pytestmark = pytest.mark.django_db

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["", "NULL", "null", '"', "\\", "{}", ",", '","', " ", "\u2003", "'", "\n"]
)


@given(st.lists(TEXTS), st.lists(st.uuids()), st.lists(TEXTS | st.none()))
def test_what_is_sent_comes_back(texts: list[str], ids: list[UUID], with_gaps: list[str | None]) -> None:
    sent = [texts, ids, with_gaps]
    assert rows("SELECT %s::text[], %s::uuid[], %s::text[]", sent) == [tuple(sent)]


def test_lists_without_a_type_of_their_own_have_that_of_what_they_hold() -> None:
    ids = [UUID(int=1), UUID(int=2)]
    assert rows("SELECT pg_typeof(%s)::text, pg_typeof(%s)::text, %s = ANY(%s)", [ids, ["a"], ids[0], ids]) == [
        ("uuid[]", "unknown", True)
    ]


def test_a_text_that_postgresql_cannot_keep_is_refused_as_ever() -> None:
    with pytest.raises(DataError, match="NUL"):
        rows("SELECT %s::text[]", [["a", "b\0c"]])


def test_every_connection_writes_them_so() -> None:
    connection.ensure_connection()
    made = Transformer.from_context(connection.connection)
    assert isinstance(made.get_dumper([UUID(int=1)], "t"), PlainLists)  # type: ignore[arg-type]
    assert issubclass(PlainLists, ListDumper)
