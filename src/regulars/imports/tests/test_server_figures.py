"""An import that makes tables large at once tells the planner so, and no other time."""

import pytest

from regulars.platform.database import execute, row, rows, unit_of_work
from tests.ledger_kit import open_counter

pytestmark = pytest.mark.django_db

KNOWN = "SELECT reltuples FROM pg_class WHERE oid = 'customers'::regclass"


def test_figures_follow_a_table_that_has_grown_fourfold() -> None:
    shop = open_counter()
    with unit_of_work(shop.chain_id):
        # Autovacuum would count the table as empty, since it sees nothing that is not committed; it makes way for this lock.
        execute("LOCK TABLE customers IN SHARE UPDATE EXCLUSIVE MODE")
        before = row(KNOWN)
        rows("SELECT door_analyze_grown()")
        assert row(KNOWN) == before, "so small a table is looked through in no time"
        execute(
            "INSERT INTO customers (id, chain_id, name, search_name, language, tags, custom, comment, version)"
            " SELECT regulars_uuid7(), %s, repeat('x', 100), 'x', '', '{}', '{}', '', 1 FROM generate_series(1, 8000)",
            [shop.chain_id],
        )
        rows("SELECT door_analyze_grown()")
        found = row(KNOWN)
        assert found is not None
        # Figures come from a sample.
        assert found[0] >= 4_000
        execute("DELETE FROM customers WHERE name LIKE 'xxx%%'")
        rows("SELECT door_analyze_grown()")
        assert row(KNOWN) == found, "it has not grown since"
