"""Every promise is broken on purpose, behind the back of every guard, and the proof has to name the row."""

import importlib
import json
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.utils import timezone

from regulars.cards.actions.balances import TransferCommand, reverse_transaction, transfer_balance
from regulars.cards.actions.holds import HoldCommand, capture_hold, make_hold
from regulars.cards.actions.lifecycle import delete_card, restore_card
from regulars.cards.queries.cards import CardView
from regulars.codes.queries.promises import CODE_PROMISES
from regulars.giftcards.queries.promises import GIFT_CARD_PROMISES
from regulars.kernel.ids import encode, new_id
from regulars.ledger.sealing import seal_line
from regulars.ledger.verify import Report
from regulars.memberships.queries.promises import MEMBERSHIP_PROMISES
from regulars.orders.queries.promises import ORDER_PROMISES
from regulars.platform.embedded import DatabaseUrls
from regulars.project.proofs import PROMISES, verify
from regulars.rewards.queries.promises import REWARD_PROMISES
from regulars.vouchers.queries.promises import VOUCHER_PROMISES
from tests.forgeries import while_forged
from tests.ledger_kit import POINTS, WELCOME, Counter, dispatcher, open_counter

pytestmark = [pytest.mark.committed, pytest.mark.outside]


@dataclass(frozen=True, slots=True)
class Books:
    """A ledger in which everything that can happen has happened."""

    counter: Counter
    anna: CardView
    boris: CardView
    superuser: psycopg.Connection[Any]

    def forge(self, statement: str, parameters: dict[str, Any] | None = None) -> None:
        """Change the books as a superuser with triggers and foreign keys off; exactly one row must be touched."""
        self.superuser.execute("SET session_replication_role = replica")
        known = {"anna": self.anna.id, "boris": self.boris.id, "chain": self.counter.chain_id, "new": new_id()}
        done = self.superuser.execute(statement, known | (parameters or {}))
        assert done.rowcount != 0, "the forgery touched nothing"


@pytest.fixture
def books(committed_db: DatabaseUrls) -> Iterator[Books]:
    counter = open_counter(balance_types=(WELCOME, POINTS))
    now = timezone.now()
    anna, boris = counter.issue("+49 151 11111111"), counter.issue("+49 151 22222222")
    counter.adjust(anna, "100", external_id="receipt-1")
    counter.adjust(anna, "-30.5")
    taken_back = counter.adjust(anna, "-10")
    reverse_transaction(counter.actor, encode("txn", taken_back.transaction_id), reason="typo", now=now)
    move = TransferCommand(
        card=encode("crd", anna.id), to=encode("crd", boris.id), balance_type="points", amount="12", reason="gift"
    )
    transfer_balance(counter.actor, move, now=now)
    closed = counter.issue("+49 151 33333333")
    counter.adjust(closed, "7")
    delete_card(counter.actor, encode("crd", closed.id), write_off=True, now=now)
    restore_card(counter.actor, encode("crd", closed.id), now=now)
    aside = HoldCommand(card=encode("crd", boris.id), balance_type="points", amount="3", seconds=60)
    capture_hold(counter.actor, encode("hld", make_hold(counter.actor, aside, now=now).id), amount="2", now=now)
    make_hold(counter.actor, aside, now=now)
    dispatcher().make_round()
    counter.adjust(boris, "1")
    with psycopg.connect(committed_db.superuser, autocommit=True) as superuser:
        yield Books(counter, anna, boris, superuser)


def proof(card_id: UUID | None = None, log: Path | None = None) -> Report:
    return verify(now=timezone.now(), card_id=card_id, seal_log=log)


def broken(report: Report) -> dict[str, str]:
    return {breach.promise: breach.text() for breach in report.breaches}


def after_forgery(books: Books, urls: DatabaseUrls, statement: str) -> dict[str, str]:
    """What the proof finds after a forgery, which is undone."""
    known = {"anna": books.anna.id, "boris": books.boris.id, "chain": books.counter.chain_id}
    return while_forged(urls, statement, known, look=lambda: broken(proof()))


def test_true_books_are_sound_and_the_unsealed_tail_is_told(books: Books) -> None:
    report = proof()
    assert broken(report) == {}
    assert {promise.name for promise in PROMISES} <= set(report.proved)
    assert report.notes == [note for note in report.notes if "1 events not yet sealed" in note]
    assert len(report.notes) == 1


def test_one_card_is_proved_alone(books: Books) -> None:
    books.forge("UPDATE accounts SET balance = balance + 1 WHERE card_id = %(boris)s AND balance > 100")
    assert broken(proof(books.anna.id)) == {}
    assert "balance_is_sum_of_entries" in broken(proof(books.boris.id))
    assert "one_key_one_effect" not in proof(books.anna.id).proved


FORGERIES = {
    "balance_is_sum_of_entries": "UPDATE accounts SET balance = balance + 1 WHERE card_id = %(anna)s AND balance > 100",
    "balance_after_is_running_sum": """
        UPDATE entries SET balance_after = balance_after + 5
        WHERE id = (SELECT id FROM entries WHERE card_id = %(anna)s AND amount = -3050)""",
    "no_balance_below_zero": """
        ALTER TABLE accounts DROP CONSTRAINT account_not_below_zero;
        UPDATE accounts SET balance = -1 WHERE card_id = %(anna)s AND balance > 100""",
    "balance_is_live_lots": "UPDATE lots SET remaining = remaining - 1 WHERE card_id = %(anna)s AND remaining > 100",
    "account_belongs_to_card": """
        UPDATE accounts SET balance_type_id = %(new)s WHERE card_id = %(anna)s AND balance > 100""",
    "held_is_sum_of_holds": "UPDATE accounts SET held = held + 1 WHERE held > 0",
    "lot_gives_what_is_held": "UPDATE lots SET held = held - 1 WHERE held > 0",
    "hold_is_told_by_its_lots": "UPDATE holds SET captured = captured + 1 WHERE state = 'captured'",
    "lot_not_overdrawn": """
        ALTER TABLE lots DROP CONSTRAINT lot_not_overdrawn;
        UPDATE lots SET remaining = amount + 1 WHERE card_id = %(boris)s AND amount = 100""",
    "lot_holds_what_was_not_drawn": """
        UPDATE lots SET amount = amount + 1 WHERE card_id = %(anna)s AND amount > 100""",
    "lot_comes_from_its_entry": "UPDATE lots SET entry_id = %(new)s WHERE card_id = %(anna)s AND amount > 100",
    "entry_is_told_by_its_lots": """
        UPDATE entries SET amount = amount - 1, balance_after = balance_after - 1
        WHERE card_id = %(boris)s AND amount = 100""",
    "draw_stays_in_its_account": """
        UPDATE lot_draws SET lot_id = (SELECT id FROM lots WHERE card_id = %(boris)s LIMIT 1)
        WHERE entry_id = (SELECT id FROM entries WHERE card_id = %(anna)s AND amount = -3050)""",
    "entry_belongs_to_transaction": """
        UPDATE entries SET kind = 'earn' WHERE card_id = %(anna)s AND amount = -3050""",
    "transaction_has_entries": "DELETE FROM entries WHERE card_id = %(boris)s AND amount = 100",
    "transfer_moves_nothing_away": "UPDATE entries SET amount = amount + 1 WHERE card_id = %(boris)s AND kind = 'transfer'",
    "transaction_has_its_event": """
        UPDATE events SET transaction_ids = '{}' WHERE transaction_ids && (
            SELECT array_agg(transaction_id) FROM entries WHERE card_id = %(anna)s AND amount = -3050)""",
    "event_names_transactions_that_exist": """
        UPDATE events SET transaction_ids = transaction_ids || %(new)s::uuid WHERE id = (
            SELECT event_id FROM event_sequence WHERE seq = 3)""",
    "external_id_is_unique": "DELETE FROM transaction_keys WHERE external_id = 'receipt-1'",
    "note_is_what_was_written": """
        UPDATE transaction_notes SET text = 'another reason' WHERE transaction_id = (
            SELECT transaction_id FROM entries WHERE card_id = %(anna)s AND amount = -3050)""",
    "reversed_at_most_in_full": """
        UPDATE entries SET amount = amount + 1 WHERE card_id = %(anna)s AND kind = 'reverse'""",
    "reversal_counts_what_is_left": "UPDATE reversals SET ordinal = 2 WHERE amount = 1000",
    "reversal_is_counted": "DELETE FROM reversals WHERE amount = 1000",
    "sequence_has_no_gaps": "DELETE FROM event_sequence WHERE seq = 4",
    "event_is_in_line_once": "DELETE FROM event_queue",
    "numbered_event_exists": "UPDATE event_sequence SET event_id = %(new)s WHERE seq = 4",
    "card_has_its_number": "DELETE FROM card_numbers WHERE card_id = %(anna)s",
    "one_card_per_holder": "UPDATE cards SET status = 'deleted' WHERE id = %(anna)s",
    "one_key_one_effect": "ALTER TABLE transaction_keys DROP CONSTRAINT transaction_keys_pkey",
    "constraints_in_force": "ALTER TABLE accounts DROP CONSTRAINT account_held",
    "history_is_append_only": "ALTER TABLE entries DISABLE TRIGGER entries_append_only",
    "app_changes_no_history": "GRANT UPDATE ON entries TO {app}",
    "chains_are_apart": "ALTER TABLE accounts DISABLE ROW LEVEL SECURITY",
    "default_partitions_are_empty": """
        INSERT INTO events (id, chain_id, at, kind)
        VALUES ('00000000-0000-7000-8000-000000000000', %(chain)s, now(), 'forged')""",
    "seals_chain_by_hash": "UPDATE entries SET at = at + interval '1 microsecond' WHERE card_id = %(anna)s AND amount = -3050",
}


def test_a_guard_that_is_switched_off_is_named(books: Books, committed_db: DatabaseUrls) -> None:
    for table, guard in (
        ("entries", "entries_belong"),
        ("lot_draws", "lot_draws_belong"),
        ("accounts", "accounts_with_history_stay"),
        ("lots", "lots_with_history_stay"),
    ):
        found = after_forgery(books, committed_db, f"ALTER TABLE {table} DISABLE TRIGGER {guard}")
        assert guard in found["constraints_in_force"]


def test_every_broken_promise_is_found_and_its_row_named(books: Books, committed_db: DatabaseUrls) -> None:
    missed = {}
    for promise, statement in FORGERIES.items():
        found = after_forgery(books, committed_db, statement)
        if not found.get(promise, "").removeprefix(f"{promise}: "):
            missed[promise] = found
    assert missed == {}
    assert broken(proof()) == {}
    # Those of other features are broken beside these.
    of_others = {
        promise.name
        for promise in (
            *ORDER_PROMISES,
            *CODE_PROMISES,
            *GIFT_CARD_PROMISES,
            *MEMBERSHIP_PROMISES,
            *VOUCHER_PROMISES,
            *REWARD_PROMISES,
        )
    }
    assert {promise.name for promise in PROMISES} - set(FORGERIES) == of_others


def test_the_row_is_named_as_the_product_names_it(books: Books) -> None:
    books.forge("UPDATE lots SET remaining = remaining - 1 WHERE card_id = %(anna)s AND remaining > 100")
    text = broken(proof())["balance_is_live_lots"]
    assert encode("crd", books.anna.id) in text
    assert str(books.anna.id) in text


TAMPERINGS = {
    "UPDATE seals SET hash = sha256(hash) WHERE number = 1": "changed afterwards",
    "DELETE FROM seals WHERE number = 1": "no seal",
    "UPDATE seals SET previous_hash = sha256('x') WHERE number = 1": "does not follow",
    "UPDATE seals SET last_seq = last_seq - 1 WHERE number = 1": "changed afterwards",
    "UPDATE seals SET first_seq = 2 WHERE number = 1": "begins at event 2",
    "UPDATE seals SET entries = entries + 1 WHERE number = 1": "entries, there are",
    "UPDATE events SET kind = 'card.claimed' WHERE kind = 'card.issued'": "changed afterwards",
    "UPDATE transactions SET staff_id = %(new)s WHERE external_id = 'receipt-1'": "changed afterwards",
    "UPDATE transactions SET note_hash = sha256('x') WHERE external_id = 'receipt-1'": "changed afterwards",
    "DELETE FROM entries WHERE card_id = %(anna)s AND amount = -3050": "changed afterwards",
}


def test_tampering_with_what_is_sealed_shows(books: Books, committed_db: DatabaseUrls) -> None:
    for forgery, why in TAMPERINGS.items():
        assert why in after_forgery(books, committed_db, forgery)["seals_chain_by_hash"], forgery


def test_erasing_a_reason_with_its_salt_breaks_nothing(books: Books) -> None:
    books.forge("DELETE FROM transaction_notes")
    assert broken(proof()) == {}


def test_who_rewrites_the_whole_chain_is_found_by_the_log(books: Books, tmp_path: Path) -> None:
    number, last_seq, digest = books.counter.read("SELECT number, last_seq, hash FROM seals")[0]
    log = tmp_path / "seals.log"
    line = seal_line(
        at="2026-11-22T09:00:00+00:00",
        chain_id=books.counter.chain_id,
        number=number,
        last_seq=last_seq,
        digest=bytes(digest),
    )
    log.write_text(line + line[:40])
    assert broken(proof(log=log)) == {}
    # A forger with every right changes an entry, throws the seals away and lets the sequencer seal again.
    books.forge("UPDATE entries SET at = at + interval '1 microsecond' WHERE card_id = %(anna)s AND amount = -3050")
    books.forge(
        "UPDATE transactions SET at = at + interval '1 microsecond' WHERE id IN ("
        "SELECT transaction_id FROM entries WHERE card_id = %(anna)s AND amount = -3050)"
    )
    books.forge("DELETE FROM seals")
    books.forge("INSERT INTO event_queue (event_id, chain_id) SELECT event_id, chain_id FROM event_sequence")
    books.forge("DELETE FROM event_sequence")
    dispatcher().make_round()
    assert broken(proof()) == {}
    assert set(broken(proof(log=log))) == {"seals_match_the_log"}


def test_ids_out_of_order_between_two_clocks_are_no_breach(books: Books) -> None:
    # Two processes with different clocks: the entry written second got the smaller id.
    carla = books.counter.issue("+49 151 44444444")
    first = books.counter.adjust(carla, "5")
    second = books.counter.adjust(carla, "3")
    swap = {first.transaction_id: UUID(int=0), second.transaction_id: UUID(int=0)}
    assert len(swap) == 2
    ids = books.counter.read("SELECT id, transaction_id FROM entries WHERE card_id = %s ORDER BY id", [carla.id])
    points = [entry for entry, transaction in ids if transaction in swap]
    spare = new_id()
    for old, new in ((points[0], spare), (points[1], points[0]), (spare, points[1])):
        for table, column in (("entries", "id"), ("lots", "entry_id"), ("lot_draws", "entry_id")):
            books.superuser.execute("SET session_replication_role = replica")
            books.superuser.execute(
                f"UPDATE {table} SET {column} = %(new)s WHERE {column} = %(old)s",
                {"old": old, "new": new},
            )
    assert broken(proof()) == {}


def test_the_command_tells_what_is_broken_and_ends_with_status_one(
    books: Books, capsys: pytest.CaptureFixture[str]
) -> None:
    command = importlib.import_module("regulars.project.commands.verify")
    assert command.run(Namespace(card=None, json=False)) == 0
    assert "promises hold" in capsys.readouterr().out
    books.forge("UPDATE lots SET remaining = remaining - 1 WHERE card_id = %(anna)s AND remaining > 100")
    assert command.run(Namespace(card=None, json=True)) == 1
    told = capsys.readouterr().out.splitlines()
    assert any(line.startswith("BROKEN") for line in told)
    assert json.loads(told[-1])["sound"] is False
    assert command.run(Namespace(card=encode("crd", books.boris.id), json=False)) == 0
    assert command.run(Namespace(card=encode("crd", books.anna.id), json=False)) == 1
    assert command.run(Namespace(card="crd_nonsense", json=False)) == 2
