"""Where one account of stamps stands is found by its key, also where the database does not know yet how many there are."""

import json

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from regulars.cards.actions.issue import NewCard, issue_cards
from regulars.platform.database import execute, row, unit_of_work
from regulars.platform.embedded import DatabaseUrls
from regulars.rewards.queries.standings import READ
from regulars.rewards.tests.reward_kit import open_reward_shop

pytestmark = pytest.mark.committed

ACCOUNT = """
SELECT a.id FROM accounts a JOIN balance_types b ON b.id = a.balance_type_id
WHERE a.card_id = %s AND b.external_id = 'stamps'
"""


def test_one_account_among_many_that_came_in_the_same_transaction(committed_db: DatabaseUrls) -> None:
    shop = open_reward_shop()
    shop.goals({8: shop.award("Coffee")})
    with psycopg.connect(committed_db.owner, autocommit=True) as owner:
        # What the database learns of a table is older than what an import puts there: here, that there is nothing.
        owner.execute("VACUUM ANALYZE accounts, cards, card_types, balance_types")
    connection.close()
    counter = shop.counter
    new = [NewCard(phone=f"+49151{number:08}") for number in range(1_000)]
    with unit_of_work(counter.chain_id):
        issue_cards(counter.actor, counter.card_type, new, now=timezone.now())
        # As hot transactions do (`platform/hot.py`).
        execute("SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)")
        account = row(ACCOUNT, [new[7].id])
        assert account
        values = {"ids": [account[0]], "rounds": 0}
        found = row(READ, values)
        plan = row(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {READ}", values)
    assert found
    assert found[1] == new[7].id
    assert plan
    told = plan[0] if isinstance(plan[0], list) else json.loads(plan[0])
    assert told[0]["Plan"]["Shared Hit Blocks"] <= 60
