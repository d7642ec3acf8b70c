"""Lists and searches read by index, as the role that policies bind (DESIGN section 6)."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, get_args

import psycopg
import pytest
from django.db import connection

from benchmarks.search_data import CHAIN, chain_of, make_chains, make_rows
from regulars.cards.queries.listing import CardFilter, count_cards, list_cards
from regulars.customers.queries import CustomerFilter, Order, count_customers, list_customers, list_tags, list_timeline
from regulars.kernel.ids import encode
from regulars.platform.actor import system_actor
from regulars.platform.database import unit_of_work
from regulars.platform.embedded import DatabaseUrls

pytestmark = [pytest.mark.committed, pytest.mark.slow]
ROWS = 200_000
LARGE = {"customers", "customer_phones", "customer_tags", "cards", "card_numbers", "card_short_numbers", "accounts"}
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@contextmanager
def filled(urls: DatabaseUrls) -> Iterator[None]:
    """Two hundred thousand customers with cards, a tenth of them tagged, and statistics."""
    with psycopg.connect(urls.superuser, autocommit=True) as made:
        made.execute("SET session_replication_role = replica")
        make_chains(made)
        make_rows(made, CHAIN, 0, ROWS)
        made.execute(
            "INSERT INTO customer_tags (chain_id, tag, customer_id)"
            " SELECT chain_id, 'VIP', id FROM customers WHERE hashtext(id::text) % 10 = 0"
        )
        made.execute("VACUUM (ANALYZE)")
    yield


class Watcher:
    """Explains every statement that a call sends, and keeps the tables that were scanned from end to end."""

    def __init__(self) -> None:
        self.scanned: list[str] = []
        self._busy = False

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not self._busy and sql.lstrip().upper().startswith(("SELECT", "WITH", "(SELECT")):
            self._busy = True
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
                plan = cursor.fetchone()[0]
            self._look((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"], sql)
            self._busy = False
        return execute(sql, params, many, context)

    def _look(self, node: dict[str, Any], sql: str) -> None:
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE:
            self.scanned.append(f"{node['Relation Name']} by {' '.join(sql.split())[:300]}")
        for child in node.get("Plans", ()):
            self._look(child, sql)


def test_no_list_and_no_search_reads_a_large_table_from_end_to_end(committed_db: DatabaseUrls) -> None:
    actor, watcher = system_actor(chain_of()), Watcher()
    searches = ("anna", "müller", "jo", "a", "zzzz", "иван", "शर्मा", "+49 151 00012344", "0151 0001", "4321", "kunde12",
                "kunde12@", "4800012345", "123456", encode("cus", chain_of()), "ext:nobody")  # fmt: skip
    with filled(committed_db), unit_of_work(chain_of()), connection.execute_wrapper(watcher):
        for text in searches:
            page = list_customers(actor, CustomerFilter(search=text), country="DE")
            list_customers(actor, CustomerFilter(search=text), country="DE", order="name", after=page.last)
            count_customers(actor, CustomerFilter(search=text), country="DE")
            list_cards(actor, CardFilter(search=text), country="DE", now=NOW)
            count_cards(actor, CardFilter(search=text), country="DE")
        for wanted in (
            CustomerFilter(),
            CustomerFilter(tag="VIP"),
            CustomerFilter(tag="nobody"),
            CustomerFilter(card_type_id=chain_of()),
            CustomerFilter(email="kunde3@example.com"),
            CustomerFilter(phone="+4915100000004"),
            CustomerFilter(import_id=chain_of()),
        ):
            for order in get_args(Order):
                page = list_customers(actor, wanted, country="DE", order=order)
                if page.last:
                    list_customers(actor, wanted, country="DE", order=order, after=page.last)
            count_customers(actor, wanted, country="DE")
        list_tags(actor)
        list_timeline(actor, list_customers(actor, CustomerFilter(), country="DE").customers[0].id)
    assert watcher.scanned == []
