"""Identifiers: what is written reads back, and thousands of one stem are UUIDv7s in order."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel.ids import decode, encode, new_id, new_stem, stem_sql, uuid_of
from regulars.platform.database import rows, unit_of_work


@given(st.uuids())
def test_what_is_written_reads_back(identifier: UUID) -> None:
    assert decode("crd", encode("crd", identifier)) == identifier


def test_letters_are_those_of_crockford() -> None:
    assert encode("crd", UUID(int=0)) == "crd_" + "0" * 26
    assert encode("crd", UUID(int=(1 << 128) - 1)) == "crd_7" + "z" * 25
    assert encode("crd", UUID(int=32 * 31 + 17)) == "crd_" + "0" * 24 + "zh"


@pytest.mark.django_db
def test_ids_of_one_stem_are_in_order_and_follow_those_made_before() -> None:
    before, stem, after = new_id(), new_stem(), new_id()
    with unit_of_work(None):
        found = rows(
            f"SELECT {stem_sql('%(stem)s', 'n')} FROM generate_series(0, 5000) AS n ORDER BY n", {"stem": stem}
        )
    ids = [values[0] for values in found]
    assert ids == sorted(set(ids))
    assert all(one.version == 7 for one in ids)
    assert before.int >> 64 < ids[0].int >> 64 == ids[-1].int >> 64 < after.int >> 64


@given(st.uuids())
def test_what_postgresql_writes_is_read(identifier: UUID) -> None:
    read = uuid_of(str(identifier))
    assert (read, hash(read), str(read)) == (identifier, hash(identifier), str(identifier))
