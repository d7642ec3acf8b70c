"""A card that a whole shop uses has thousands of lots; what it can spend is found without reading them."""

import json
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from regulars.cards.queries.cards import CardView
from regulars.platform.database import execute, row, unit_of_work
from regulars.platform.embedded import DatabaseUrls
from tests.ledger_kit import Counter, open_counter

pytestmark = pytest.mark.committed

ACCOUNT = """
SELECT a.id, a.balance, a.held, a.allows_debt FROM accounts a JOIN balance_types b ON b.id = a.balance_type_id
WHERE a.card_id = %s AND b.external_id = 'points'
"""
ASK = "SELECT regulars_available(%s, %s, %s, %s, %s)"


def ask(counter: Counter, card: CardView) -> tuple[int, int]:
    """What the card can spend, and how many pages of the database that took."""
    with unit_of_work(counter.chain_id):
        account = row(ACCOUNT, [card.id])
        assert account
        values: list[Any] = [*account, timezone.now()]
        # A connection that has asked often plans without looking at the values.
        execute("SET LOCAL plan_cache_mode = force_generic_plan")
        # Asked once before, so that the database has read its own catalogue.
        found = row(ASK, values)
        plan = row(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {ASK}", values)
    assert found
    assert plan
    told = plan[0] if isinstance(plan[0], list) else json.loads(plan[0])
    return int(found[0]), int(told[0]["Plan"]["Shared Hit Blocks"])


def test_lots_that_have_begun_and_are_not_over_are_not_read(committed_db: DatabaseUrls) -> None:
    counter = open_counter()
    card = counter.issue("+4915112345678")
    for _ in range(1_000):
        counter.adjust(card, "2")
    for place in range(200):
        counter.adjust(counter.issue(f"+49151{place:08}"), "2")
    with psycopg.connect(committed_db.owner, autocommit=True) as owner:
        # All end in a month, and the database knows it.
        owner.execute("UPDATE lots SET expires_at = now() + interval '30 days'")
        owner.execute("VACUUM ANALYZE lots")
    connection.close()
    units, pages = ask(counter, card)
    assert units == 2_000_00
    assert pages <= 10
