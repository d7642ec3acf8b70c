"""An import that makes tables large at once tells the planner so, and no other time."""

import pytest

from regulars.platform.database import execute, row, rows, unit_of_work
from tests.ledger_kit import open_counter

pytestmark = pytest.mark.django_db

KNOWN = "SELECT reltuples, relpages FROM pg_class WHERE oid = 'customers'::regclass"
ROWS_OF_A_PAGE = 40
"""Rather too many than too few for rows as long as those below."""


def test_figures_follow_a_table_that_has_grown_fourfold() -> None:
    shop = open_counter()
    with unit_of_work(shop.chain_id):
        # Autovacuum would count the table as empty, since it sees nothing that is not committed; it makes way for this lock.
        execute("LOCK TABLE customers IN SHARE UPDATE EXCLUSIVE MODE")
        # What other tests left and took back may have made the file larger than its figures say.
        rows("SELECT door_analyze_grown()")
        before = row(KNOWN)
        assert before is not None
        rows("SELECT door_analyze_grown()")
        assert row(KNOWN) == before, "it has not grown"
        added = 5 * max(before[1], 32) * ROWS_OF_A_PAGE
        execute(
            "INSERT INTO customers (id, chain_id, name, search_name, language, tags, custom, comment, version)"
            " SELECT regulars_uuid7(), %s, repeat('x', 100), 'x', '', '{}', '{}', '', 1 FROM generate_series(1, %s)",
            [shop.chain_id, added],
        )
        rows("SELECT door_analyze_grown()")
        found = row(KNOWN)
        assert found is not None
        # Figures come from a sample.
        assert found[0] >= added / 2
        execute("DELETE FROM customers WHERE name LIKE 'xxx%%'")
        rows("SELECT door_analyze_grown()")
        assert row(KNOWN) == found, "it has not grown since"
