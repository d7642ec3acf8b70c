"""The database itself refuses an entry of nothing and a draw from nothing, in whatever statement, and keeps what has history."""

from uuid import UUID

import psycopg
import pytest
from django.db import IntegrityError
from django.utils import timezone

from regulars.kernel.ids import new_id
from regulars.platform.database import execute, rows, unit_of_work
from regulars.platform.embedded import DatabaseUrls
from tests.ledger_kit import Counter, open_counter

ENTER = """
INSERT INTO entries (id, chain_id, transaction_id, account_id, card_id, balance_type_id, kind, amount, balance_after, at)
SELECT new.id, %(chain)s, new.transaction_id, new.account_id, new.card_id, %(new)s, 'adjust', 1, 1, %(now)s
FROM unnest(%(ids)s::uuid[], %(transactions)s::uuid[], %(accounts)s::uuid[], %(cards)s::uuid[])
    AS new (id, transaction_id, account_id, card_id)
"""
DRAW = """
INSERT INTO lot_draws (entry_id, lot_id, chain_id, amount)
SELECT new.entry_id, new.lot_id, %(chain)s, 1 FROM unnest(%(ids)s::uuid[], %(lots)s::uuid[]) AS new (entry_id, lot_id)
"""


@pytest.fixture
def counter(db: None) -> Counter:
    return open_counter()


def change_two(counter: Counter) -> list[tuple[UUID, UUID, UUID, UUID]]:
    """Two changed balances: transaction, account, card and lot of each."""
    for place in range(2):
        counter.adjust(counter.issue(f"+49 151 1111111{place}"), "10")
    return counter.read(
        "SELECT e.transaction_id, e.account_id, e.card_id, l.id FROM entries e JOIN lots l ON l.entry_id = e.id ORDER BY e.id"
    )


def enter(counter: Counter, *made: tuple[UUID, UUID, UUID]) -> None:
    """Write entries in one statement, each of a transaction, an account and a card."""
    values = {
        "chain": counter.chain_id,
        "new": new_id(),
        "now": timezone.now(),
        "ids": [new_id() for _ in made],
        "transactions": [one[0] for one in made],
        "accounts": [one[1] for one in made],
        "cards": [one[2] for one in made],
    }
    with unit_of_work(counter.chain_id):
        execute(ENTER, values)


def draw(counter: Counter, *lots: UUID) -> None:
    """Draw one unit from each lot in one statement."""
    with unit_of_work(counter.chain_id):
        execute(DRAW, {"chain": counter.chain_id, "ids": [new_id() for _ in lots], "lots": list(lots)})


@pytest.mark.django_db
def test_one_entry_of_nothing_among_many_is_refused(counter: Counter) -> None:
    (transaction, account, card, _), (_, other_account, other_card, _) = change_two(counter)
    whole = (transaction, account, card)
    enter(counter, whole, (transaction, other_account, other_card))
    for broken in (
        (new_id(), account, card),
        (transaction, new_id(), card),
        (transaction, other_account, card),
        (transaction, account, other_card),
    ):
        with pytest.raises(IntegrityError, match="an entry is of no transaction"):
            enter(counter, whole, broken, whole)


@pytest.mark.django_db
def test_one_draw_from_nothing_among_many_is_refused(counter: Counter) -> None:
    (*_, lot), (*_, other) = change_two(counter)
    draw(counter, lot, other)
    with pytest.raises(IntegrityError, match="a draw is of no lot"):
        draw(counter, lot, new_id(), other)


@pytest.mark.django_db
def test_what_belongs_to_another_business_is_as_nothing(counter: Counter) -> None:
    (transaction, account, card, lot), _ = change_two(counter)
    another = open_counter()
    with pytest.raises(IntegrityError, match="an entry is of no transaction"):
        enter(another, (transaction, account, card))
    with pytest.raises(IntegrityError, match="a draw is of no lot"):
        draw(another, lot)


@pytest.mark.committed
@pytest.mark.outside
def test_even_the_owner_keeps_what_has_history(committed_db: DatabaseUrls) -> None:
    counter = open_counter()
    card = counter.issue("+49 151 11111111")
    counter.adjust(card, "10")
    counter.adjust(card, "-4")
    with psycopg.connect(committed_db.owner, autocommit=True) as owner:
        for statement in ("DELETE FROM lots", "DELETE FROM accounts"):
            with pytest.raises(psycopg.errors.ForeignKeyViolation, match="has history"):
                owner.execute(statement)
        with pytest.raises(psycopg.errors.ForeignKeyViolation, match="an entry is of no transaction"):
            owner.execute(
                "INSERT INTO entries SELECT regulars_uuid7(), chain_id, regulars_uuid7(), account_id, card_id,"
                " balance_type_id, kind, amount, balance_after, at FROM entries"
            )
    with unit_of_work(counter.chain_id):
        assert rows("SELECT sum(remaining) FROM lots") == [(600,)]
