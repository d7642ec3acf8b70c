"""Complaint 55 of the field: deleting cards crawls, for want of an index."""

import json
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection

from benchmarks.search_data import chain_of
from regulars.cards.actions.lifecycle import delete_card
from regulars.customers.tests.test_plans import LARGE, NOW, filled
from regulars.kernel.ids import encode
from regulars.platform.actor import system_actor
from regulars.platform.database import rows, unit_of_work
from regulars.platform.embedded import DatabaseUrls

pytestmark = [pytest.mark.committed, pytest.mark.slow]
TABLES = LARGE
"""Those that are filled here; of an empty table the planner reads all there is."""
CARDS = 40
SECONDS_MAX = 0.25
"""For one card, of two hundred thousand; a scan of one of the tables alone takes longer on a busy machine."""

UNINDEXED = """
SELECT k.conrelid::regclass::text || '.' || a.attname
FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
WHERE k.contype = 'f' AND k.confrelid::regclass::text = ANY(%s)
    AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indkey[0] = k.conkey[1])
"""
GO = ["card_numbers", "card_short_numbers", "card_slots", "customer_phones", "customer_tags", "customers"]
"""Tables from which rows go when a card or a person does."""


class Explainer:
    """Asks for the plan of every statement and keeps the large tables that one reads from end to end."""

    def __init__(self) -> None:
        self.scanned: list[str] = []
        self._busy = False

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        is_plannable = sql.lstrip().upper().startswith(("SELECT", "WITH", "UPDATE", "DELETE", "INSERT"))
        if not self._busy and is_plannable:
            self._busy = True
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
                plan = cursor.fetchone()[0]
            self._look((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"], " ".join(sql.split())[:300])
            self._busy = False
        return execute(sql, params, many, context)

    def _look(self, node: dict[str, Any], sql: str) -> None:
        if node["Node Type"] == "Seq Scan" and node["Relation Name"].partition("_20")[0] in TABLES:
            self.scanned.append(f"{node['Relation Name']} by {sql}")
        for child in node.get("Plans", ()):
            self._look(child, sql)


def test_complaint_55_deleting_a_card_among_many_reads_no_table_from_end_to_end(committed_db: DatabaseUrls) -> None:
    actor, explainer = system_actor(chain_of()), Explainer()
    with filled(committed_db):
        with unit_of_work(actor.chain_id):
            found = rows("SELECT id FROM cards WHERE chain_id = %s ORDER BY id LIMIT %s", [actor.chain_id, CARDS])
        cards = [encode("crd", card) for (card,) in found]
        with connection.execute_wrapper(explainer):
            delete_card(actor, cards[0], write_off=True, now=NOW)
        assert explainer.scanned == []
        started = time.monotonic()
        for card in cards[1:]:
            delete_card(actor, card, write_off=True, now=NOW)
        assert (time.monotonic() - started) / CARDS < SECONDS_MAX


def test_complaint_55_whatever_points_at_rows_that_go_has_an_index(committed_db: DatabaseUrls) -> None:
    with psycopg.connect(committed_db.superuser) as owner:
        assert owner.execute(UNINDEXED, [GO]).fetchall() == []
