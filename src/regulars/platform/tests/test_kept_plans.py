"""Statements that find rows by keys are planned once for a connection, and never by reading a whole table."""

import pytest

from regulars.cards.queries.cards import find_card
from regulars.platform.clock import real_now
from regulars.platform.database import kept_rows, rows, unit_of_work
from tests.ledger_kit import open_counter

pytestmark = pytest.mark.django_db

ASK = "SELECT id FROM cards WHERE chain_id = %s AND id = ANY(%s::uuid[]) -- kept"


def kept() -> list[str]:
    return [plan for (plan,) in rows("SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%%-- kept'")]


def test_a_plan_is_kept_where_everything_is_found_by_keys() -> None:
    counter = open_counter()
    card = counter.issue("+4915112345678")
    with unit_of_work(counter.chain_id):
        assert kept_rows(ASK, [counter.chain_id, [card.id]]) == [(card.id,)]
        assert kept() == []
    with unit_of_work(counter.chain_id, by_keys=True):
        assert rows("SHOW enable_seqscan") == [("off",)]
        for _ in range(2):
            assert kept_rows(ASK, [counter.chain_id, [card.id]]) == [(card.id,)]
        assert len(kept()) == 1
        seen = find_card(counter.chain_id, card.id, now=real_now())
    with unit_of_work(counter.chain_id):
        assert seen == find_card(counter.chain_id, card.id, now=real_now())


def test_a_kept_plan_is_of_one_chain_like_any_other() -> None:
    counter, other = open_counter(), open_counter()
    card = counter.issue("+4915112345678")
    for chain_id, found in ((counter.chain_id, [(card.id,)]), (other.chain_id, []), (counter.chain_id, [(card.id,)])):
        with unit_of_work(chain_id, by_keys=True):
            assert kept_rows("SELECT id FROM cards WHERE id = ANY(%s::uuid[])", [[card.id]]) == found
