"""Lists and searches read by index, as the role that policies bind (DESIGN section 6)."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, get_args

import psycopg
import pytest
from django.db import connection

from benchmarks.search_data import CHAIN, SMALL_CHAIN, chain_of, make_chains, make_rows
from regulars.cards.queries.listing import CardFilter, count_cards, list_cards
from regulars.customers.queries import (
    CANDIDATES_MAX,
    CustomerFilter,
    Order,
    count_customers,
    list_customers,
    list_tags,
    list_timeline,
)
from regulars.customers.queries.search import search_ids
from regulars.kernel.ids import encode
from regulars.kernel.text import search_form
from regulars.platform.actor import system_actor
from regulars.platform.database import unit_of_work
from regulars.platform.embedded import DatabaseUrls

pytestmark = [pytest.mark.committed, pytest.mark.slow]
ROWS = 200_000
LARGE = {"customers", "customer_phones", "customer_tags", "cards", "card_numbers", "card_short_numbers", "accounts"}
READ_MAX = 25_000
"""More than a count up to ten thousand reads, and an eighth of the table."""
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@contextmanager
def filled(urls: DatabaseUrls, count: int = ROWS) -> Iterator[None]:
    """Two hundred thousand customers with cards, a tenth of them tagged, a tag that has become rare, and statistics."""
    with psycopg.connect(urls.superuser, autocommit=True) as made:
        made.execute("SET session_replication_role = replica")
        make_chains(made)
        make_rows(made, SMALL_CHAIN, 0, count // 10)
        make_rows(made, CHAIN, 0, count)
        made.execute(
            "INSERT INTO customer_tags (chain_id, tag, customer_id)"
            " SELECT chain_id, 'VIP', id FROM customers WHERE hashtext(id::text) % 10 = 0"
            " UNION ALL SELECT chain_id, 'once common', id FROM customers WHERE hashtext(id::text) % 20 = 1"
        )
        made.execute("VACUUM (ANALYZE)")
        # The statistics still think that every twentieth customer has it.
        made.execute(
            "DELETE FROM customer_tags WHERE tag = 'once common' AND customer_id NOT IN"
            " (SELECT customer_id FROM customer_tags WHERE tag = 'once common' ORDER BY customer_id LIMIT 3)"
        )
    yield


class Watcher:
    """Explains every statement that a call sends; keeps tables scanned from end to end, and which read too many rows."""

    def __init__(self) -> None:
        self.scanned: list[str] = []
        self.read: list[str] = []
        self._busy = False

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not self._busy and sql.lstrip().upper().startswith(("SELECT", "WITH", "(SELECT")):
            self._busy = True
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
                plan = cursor.fetchone()[0]
            self._look((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"], " ".join(sql.split())[:400])
            self._busy = False
        return execute(sql, params, many, context)

    def _look(self, node: dict[str, Any], sql: str) -> None:
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE:
            self.scanned.append(f"{node['Relation Name']} by {sql}")
        if node.get("Relation Name") in LARGE:
            each = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            if each * node["Actual Loops"] > READ_MAX:
                self.read.append(f"{each * node['Actual Loops']:.0f} of {node['Relation Name']} by {sql}")
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
            CustomerFilter(tag="once common"),
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
        for cards in (
            CardFilter(),
            CardFilter(card_type_id=chain_of()),
            CardFilter(holder="customer"),
            CardFilter(holder="unclaimed"),
            CardFilter(status="blocked"),
            CardFilter(customer_id=chain_of()),
            CardFilter(import_id=chain_of()),
        ):
            total = count_cards(actor, cards, country="DE")
            for card_order in ("-issued", "issued", "number", "-number", "name", "-name"):
                card_page = list_cards(actor, cards, country="DE", now=NOW, order=card_order, total=total)
                for _ in range(2):
                    if card_page.last:
                        card_page = list_cards(
                            actor, cards, country="DE", now=NOW, order=card_order, after=card_page.last, total=total
                        )
                if card_page.first:
                    list_cards(
                        actor, cards, country="DE", now=NOW, order=card_order, before=card_page.first, total=total
                    )
        list_tags(actor)
        list_timeline(actor, list_customers(actor, CustomerFilter(), country="DE").customers[0].id)
    assert (watcher.scanned, watcher.read) == ([], [])


NAMES = {
    "many in the newest part": "a",
    "many anywhere": "müller",
    "three letters": "ann",
    "few": "anna müller",
    "a word and a beginning": "müller m",
    "a word and a rare beginning": "müller qu",
    "a rare beginning": "ук",
    "none": "zzzz",
    "of the pattern's own letters": "m%",
}


def test_a_search_finds_up_to_a_thousand_of_those_that_match_and_none_of_another_chain(
    committed_db: DatabaseUrls,
) -> None:
    with filled(committed_db, 60_000), psycopg.connect(committed_db.superuser) as everybody:
        for text in NAMES.values():
            words = search_form(text).split()
            fitting = [
                values[0]
                for values in everybody.execute(
                    "SELECT id, search_name FROM customers WHERE chain_id = %s", [CHAIN]
                ).fetchall()
                if _fits(str(values[1]), words)
            ]
            with unit_of_work(chain_of()):
                found = search_ids(chain_of(), text, country="DE")
            assert len(found) == len(set(found)) == min(len(fitting), CANDIDATES_MAX), text
            assert set(found) <= set(fitting), text


def _fits(name: str, words: list[str]) -> bool:
    if not any(len(word) >= 3 for word in words):
        return name.startswith(" ".join(words))
    return all(word in name if len(word) >= 3 else f" {word}" in f" {name}" for word in words)
