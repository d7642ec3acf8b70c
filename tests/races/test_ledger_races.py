"""Many tills, one card: every race ends as if one had come after the other (LED-2, LED-3)."""

import json
from collections import Counter as Tally
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connections
from django.utils import timezone
from psycopg import errors

from regulars.cards.actions.balances import (
    AdjustCommand,
    Posted,
    TransferCommand,
    adjust_balance,
    reverse_transaction,
    transfer_balance,
)
from regulars.cards.actions.holds import HoldCommand, capture_hold, make_hold
from regulars.cards.actions.issue import IssueCommand, issue_card
from regulars.cards.actions.lifecycle import delete_card, restore_card
from regulars.cards.queries.cards import CardView
from regulars.customers.actions.records import enter_customer
from regulars.customers.rules import CustomerDraft
from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import Refused
from regulars.ledger.actions.night import expire_due, expire_lots
from regulars.ledger.errors import InsufficientBalance
from regulars.ledger.queries.holds import HoldView
from regulars.platform.actor import Actor
from regulars.platform.claims import Answered, Claim
from regulars.platform.database import execute, unit_of_work
from regulars.platform.embedded import DatabaseUrls
from regulars.project.proofs import verify
from tests.ledger_kit import WELCOME, Counter, at_once, dispatcher, open_counter

pytestmark = [pytest.mark.committed, pytest.mark.outside]

TILLS = 24


@pytest.fixture
def counter(committed_db: DatabaseUrls) -> Counter:
    return open_counter()


def assert_sound() -> None:
    dispatcher().make_round()
    report = verify(now=timezone.now())
    assert report.breaches == []


def codes(results: list[Any]) -> Tally[str]:
    return Tally(result.refusal.code if isinstance(result, Refused) else type(result).__name__ for result in results)


def test_24_tills_spend_the_same_points_and_just_enough_succeed(counter: Counter) -> None:
    card = counter.issue("+49 151 11111111")
    counter.adjust(card, "100")
    results = at_once([partial(counter.adjust, card, "-10")] * TILLS)
    assert codes(results) == {"Posted": 10, "insufficient_balance": 14}
    assert counter.balance(card) == 0
    told = [result.refusal for result in results if isinstance(result, Refused)]
    assert all(isinstance(refusal, InsufficientBalance) and refusal.wanted == "10.00" for refusal in told)
    assert_sound()


def test_spending_beside_earning_and_expiring_takes_only_what_lives(counter: Counter) -> None:
    card = counter.issue("+49 151 11111111")
    now = timezone.now()
    for amount in ("30", "30", "40"):
        counter.adjust(card, amount)
    # The first lot ends, by the clock of the tills, in the middle of everything.
    with unit_of_work(counter.chain_id):
        execute(
            "UPDATE lots SET expires_at = %s WHERE id = (SELECT id FROM lots WHERE card_id = %s ORDER BY id LIMIT 1)",
            [now + timedelta(seconds=30), card.id],
        )
    early = [partial(counter.adjust, card, "-10", now=now)] * 8
    late = [partial(counter.adjust, card, "-10", now=now + timedelta(minutes=1))] * 8
    earn = [partial(counter.adjust, card, "5")] * 8
    results = at_once([call for three in zip(early, late, earn, strict=True) for call in three])
    spent = [result for result in results if isinstance(result, Posted) and result.amount < 0]
    assert set(codes(results)) <= {"Posted", "insufficient_balance"}
    assert counter.balance(card) == 10000 + 8 * 500 - 1000 * len(spent)
    assert counter.balance(card) >= 0
    assert_sound()


def test_one_key_at_the_same_instant_has_one_effect(counter: Counter) -> None:
    card = counter.issue("+49 151 11111111")
    holder = new_id()
    claim = Claim(holder, "cards.adjust", "till-7-receipt-1", b"body")

    def present(posted: Posted) -> tuple[int, str]:
        return 201, json.dumps({"transaction": encode("txn", posted.transaction_id)})

    def adjust() -> Any:
        command = AdjustCommand(card=encode("crd", card.id), balance_type="points", amount="10", reason="test")
        return adjust_balance(counter.actor, command, now=timezone.now(), claim=claim, present=present)

    results = at_once([adjust] * TILLS)
    kinds = Tally(type(result).__name__ for result in results)
    assert kinds["Posted"] == 1
    # The rest either saw the answer, or met the unique index and will read the answer when they come again.
    assert set(kinds) <= {"Posted", "Answered", "UniqueViolation"}
    assert counter.balance(card) == 1000
    posted = next(result for result in results if isinstance(result, Posted))
    with pytest.raises(Answered) as answered:
        adjust()
    assert answered.value.stored.answer == present(posted)[1]
    conflicts = [result for result in results if isinstance(result, errors.UniqueViolation)]
    assert {conflict.diag.constraint_name for conflict in conflicts} <= {"idempotency_keys_pkey"}
    assert_sound()


def test_one_external_id_is_one_transaction(counter: Counter) -> None:
    cards = [counter.issue(f"+49 151 1111111{place}") for place in range(8)]
    results = at_once([partial(counter.adjust, card, "10", external_id="receipt-1") for card in cards])
    assert codes(results) == {"Posted": 1, "external_id_taken": 7}
    assert sum(counter.balance(card) for card in cards) == 1000
    assert_sound()


def test_opposite_transfers_wait_for_each_other_and_never_for_ever(counter: Counter) -> None:
    anna, boris = counter.issue("+49 151 11111111"), counter.issue("+49 151 22222222")
    counter.adjust(anna, "50")
    counter.adjust(boris, "50")

    def move(source: CardView, target: CardView) -> Posted:
        command = TransferCommand(
            card=encode("crd", source.id), to=encode("crd", target.id), balance_type="points", amount="5", reason="test"
        )
        return transfer_balance(counter.actor, command, now=timezone.now())

    results = at_once([partial(move, anna, boris), partial(move, boris, anna)] * 12)
    assert codes(results) == {"Posted": 24}
    assert (counter.balance(anna), counter.balance(boris)) == (5000, 5000)
    assert_sound()


def test_a_transaction_is_reversed_once(counter: Counter) -> None:
    card = counter.issue("+49 151 11111111")
    counter.adjust(card, "100")
    spent = counter.adjust(card, "-40")
    reverse = partial(
        reverse_transaction, counter.actor, encode("txn", spent.transaction_id), reason="typo", now=timezone.now()
    )
    results = at_once([reverse] * 12)
    assert codes(results) == {"Posted": 1, "already_reversed": 11}
    assert counter.balance(card) == 10000
    assert_sound()


def test_what_is_spent_cannot_be_reversed_away(counter: Counter) -> None:
    card = counter.issue("+49 151 11111111")
    earned = counter.adjust(card, "10")
    reverse = partial(
        reverse_transaction, counter.actor, encode("txn", earned.transaction_id), reason="typo", now=timezone.now()
    )
    results = at_once([reverse, partial(counter.adjust, card, "-10")] * 3)
    assert codes(results)["Posted"] == 1
    assert counter.balance(card) == 0
    assert_sound()


def test_deleting_and_restoring_beside_spending_loses_nothing(counter: Counter) -> None:
    card = counter.issue("+49 151 11111111")
    counter.adjust(card, "100")
    identifier = encode("crd", card.id)
    delete = partial(delete_card, counter.actor, identifier, write_off=True, now=timezone.now())
    restore = partial(restore_card, counter.actor, identifier, now=timezone.now())
    calls: list[Callable[[], Any]] = [delete, restore, *[partial(counter.adjust, card, "-1")] * 4] * 3
    results = at_once(calls)
    assert set(codes(results)) <= {"Posted", "CardView", "card_not_active", "insufficient_balance"}
    spent = sum(isinstance(result, Posted) for result in results)
    status = counter.read("SELECT status FROM cards WHERE id = %s", [card.id])[0][0]
    assert counter.balance(card) == (0 if status == "deleted" else 10000 - 100 * spent)
    assert_sound()


def test_one_customer_gets_one_card_of_a_type_and_one_welcome(committed_db: DatabaseUrls) -> None:
    counter = open_counter(balance_types=(WELCOME,))
    command = IssueCommand(card_type=encode("ctp", counter.card_type.id), phone="+49 151 11111111")
    issue = partial(issue_card, counter.actor, command, country="DE", now=timezone.now())
    results = at_once([issue] * 12)
    assert codes(results) == {"CardView": 1, "card_exists": 11}
    assert counter.read("SELECT count(*) FROM cards") == [(1,)]
    assert counter.read("SELECT balance FROM accounts") == [(50,)]
    assert_sound()


def test_a_number_is_given_once(counter: Counter) -> None:
    def issue(place: int) -> CardView:
        phone = f"+49 151 1111111{place}"
        command = IssueCommand(card_type=encode("ctp", counter.card_type.id), phone=phone, number="VIP-1")
        return issue_card(counter.actor, command, country="DE", now=timezone.now())

    results = at_once([partial(issue, place) for place in range(8)])
    assert codes(results) == {"CardView": 1, "number_taken": 7}
    assert_sound()


def test_a_card_issued_while_its_holder_enters_is_claimed_or_theirs(counter: Counter) -> None:
    def issue(phone: str) -> Any:
        return counter.issue(phone)

    def enter(phone: str) -> Any:
        draft = CustomerDraft(name="Anna", phones=(phone,))
        return enter_customer(counter.actor, draft, country="DE", today=timezone.now().date(), now=timezone.now())

    phones = [f"+49 151 1111111{place}" for place in range(8)]
    results = at_once([call for phone in phones for call in (partial(issue, phone), partial(enter, phone))])
    assert set(codes(results)) == {"CardView", "CustomerView"}
    dispatcher().make_round()
    unclaimed = counter.read(
        "SELECT k.id FROM cards k JOIN customer_phones p ON p.phone = k.phone AND p.chain_id = k.chain_id"
        " WHERE k.customer_id IS NULL"
    )
    assert unclaimed == []
    assert_sound()


def test_a_staff_limit_holds_for_each_change(counter: Counter) -> None:
    actor: Actor = counter.shop.actor
    card = counter.issue("+49 151 11111111")
    with unit_of_work(counter.chain_id):
        execute("UPDATE staff SET adjust_limit = '20' WHERE id = %s", [actor.staff_id])

    def adjust(amount: str) -> Posted:
        command = AdjustCommand(card=encode("crd", card.id), balance_type="points", amount=amount, reason="test")
        return adjust_balance(actor, command, now=timezone.now())

    assert codes(at_once([partial(adjust, "21"), partial(adjust, "20")])) == {"Posted": 1, "above_limit": 1}
    assert counter.balance(card) == 2000


def test_holds_and_adjustments_share_one_balance_and_each_hold_is_captured(counter: Counter) -> None:
    card = counter.issue("+49 151 11111111")
    for amount in ("30", "30", "40"):
        counter.adjust(card, amount)
    command = HoldCommand(card=encode("crd", card.id), balance_type="points", amount="10", seconds=60)
    hold = partial(make_hold, counter.actor, command, now=timezone.now())
    calls: list[Callable[[], Any]] = [hold, hold, partial(counter.adjust, card, "-10")] * 8
    results = at_once(calls)
    found = codes(results)
    assert found["HoldView"] + found["Posted"] == 10
    assert found["insufficient_balance"] == 14
    holds = [encode("hld", result.id) for result in list[Any](results) if isinstance(result, HoldView)]
    captures = [partial(capture_hold, counter.actor, one, now=timezone.now()) for one in holds]
    ended = codes(at_once([call for one in captures for call in (one, one)]))
    assert ended == {"HoldView": len(holds), "hold_ended": len(holds)} or not holds
    assert counter.balance(card) == 0
    assert_sound()


def test_the_night_beside_tills_takes_each_unit_once(counter: Counter) -> None:
    cards = [counter.issue(f"+49 151 1111111{place}") for place in range(4)]
    now = timezone.now()
    for card in cards:
        for _ in range(6):
            counter.adjust(card, "10", now=now)
    with unit_of_work(counter.chain_id):
        execute(
            "UPDATE lots SET expires_at = %s WHERE id IN (SELECT id FROM lots ORDER BY id LIMIT 12)",
            [now + timedelta(seconds=30)],
        )
    night = partial(expire_due, counter.chain_id, now + timedelta(minutes=1))
    tills = [partial(counter.adjust, card, "-10", now=now) for card in cards for _ in range(4)]
    calls: list[Callable[[], Any]] = [night, *tills, night]
    results = at_once(calls)
    assert set(codes(results)) <= {"Expired", "Posted", "insufficient_balance"}
    assert_sound()
    expire_due(counter.chain_id, now + timedelta(minutes=1))
    assert counter.read("SELECT count(*) FROM lots WHERE remaining > 0 AND expires_at IS NOT NULL") == [(0,)]


KILL_WHO_WAITS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%regulars_expire_lots%'
"""


def test_a_night_that_is_killed_within_a_chunk_leaves_whole_chunks_and_goes_on(
    counter: Counter, committed_db: DatabaseUrls
) -> None:
    cards = [counter.issue(f"+49 151 1111111{place}") for place in range(6)]
    now = timezone.now()
    for card in cards:
        counter.adjust(card, "10", now=now)
    with unit_of_work(counter.chain_id):
        execute("UPDATE lots SET expires_at = %s", [now + timedelta(seconds=30)])
    later = now + timedelta(minutes=1)

    def work() -> None:
        try:
            expire_lots(counter.chain_id, later, limit=3)
        finally:
            connections.close_all()

    with (
        psycopg.connect(committed_db.superuser, autocommit=True) as superuser,
        psycopg.connect(committed_db.superuser) as till,
        ThreadPoolExecutor(1) as pool,
    ):
        # A till holds the last card, so that the second chunk stands where it has locked some accounts and not all.
        till.execute("SELECT FROM accounts WHERE card_id = %s FOR UPDATE", [cards[-1].id])
        night = pool.submit(work)
        while superuser.execute(KILL_WHO_WAITS).fetchone() == (0,):
            assert not night.done()
        with pytest.raises(OperationalError):
            night.result()
    assert [counter.balance(card) for card in cards] == [0, 0, 0, 1000, 1000, 1000]
    assert expire_due(counter.chain_id, later).lots == 3
    assert counter.read(
        "SELECT count(*), count(DISTINCT account_id), sum(amount) FROM entries WHERE kind = 'expire'"
    ) == [(6, 6, -6000)]
    assert_sound()
