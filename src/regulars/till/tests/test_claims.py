"""A code on a receipt that was counted at the till: its undo, and the limits that it counts for (TIL-2, TIL-4, TIL-6)."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from regulars.cards.actions.balances import reverse_transaction
from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.platform.database import execute, unit_of_work
from regulars.till.actions.claims import claim_at_till
from regulars.till.actions.press import At
from regulars.till.actions.receipts import Claimed, claim_receipt, finder_of
from regulars.till.actions.undo import undo_press
from regulars.till.errors import CardTooOften, PressUndone, ReceiptClaimed
from regulars.till.queries.receipts import ReceiptView
from regulars.till.tests.test_receipts import receipt, slip, token_of
from regulars.till.tests.till_kit import Till, card_id, open_till, page_of
from tests.ledger_kit import at_once
from tests.people import hire, sign_in_client

DESK = At(source="staff", country="DE", zone=ZoneInfo("Europe/Berlin"), currency_decimals=2)


@pytest.fixture
def till() -> Till:
    return open_till()


@pytest.fixture
def card(till: Till) -> CardView:
    return till.shop.counter.issue("+4915112345678")


def claim(till: Till, one: ReceiptView, card: CardView, **more: str) -> str:
    sent = {"receipt": one.public_id, "text": card.number, **more}
    return page_of(till.client.post("/till/receipt", sent, follow=True))


def at_home(one: ReceiptView, card: CardView) -> str:
    return page_of(Client().post(slip(one), {"token": token_of(card)}))


def codes(till: Till) -> list[tuple[Any, ...]]:
    return till.shop.counter.read(
        "SELECT claimed_at IS NULL, card_id, subject_id IS NULL, staff_id IS NULL FROM receipt_codes"
    )


OPEN = [(True, None, True, True)]


def limit(till: Till, card: int, staff: int) -> None:
    sent = {"card_a_day": str(card), "staff_an_hour": str(staff)}
    assert till.client.post("/settings/tills/limits", sent).status_code == 303


@pytest.mark.django_db
def test_a_claim_is_taken_back_once_and_the_code_can_be_claimed_again(till: Till, card: CardView) -> None:
    other, one = till.shop.counter.issue("+4915100000001"), receipt(till)
    done = claim(till, one, card)
    assert 'data-state="done"' in done
    assert till.presses() == [("stamps", "staff", 2, 2, None, False)]
    assert "by the code on a receipt" in page_of(till.client.get("/till/recent"))
    undone = till.undo(done)
    assert "Taken back" in undone
    assert "The code on the receipt can be used again." in undone
    assert (till.shop.stamps(card), codes(till)) == (0, OPEN)
    assert "This was taken back already." in till.undo(done)
    assert (till.shop.stamps(card), codes(till)) == (0, OPEN)
    assert 'data-state="done"' in claim(till, one, other)
    # The undo of the first claim says nothing of the second.
    assert "This was taken back already." in till.undo(done)
    assert "Used already" in claim(till, one, card)
    assert (till.shop.stamps(card), till.shop.stamps(other)) == (0, 2)


@pytest.mark.django_db
def test_a_form_that_arrives_again_after_the_undo_counts_nothing(till: Till, card: CardView) -> None:
    one = receipt(till)
    done = claim(till, one, card, once="key-1")
    till.undo(done)
    claim(till, one, card, once="key-1")
    assert (till.shop.stamps(card), codes(till)) == (0, OPEN)
    assert 'data-state="done"' in claim(till, one, card, once="key-2")
    assert till.shop.stamps(card) == 2


@pytest.mark.django_db
def test_a_purchase_on_a_receipt_is_cancelled(till: Till, card: CardView) -> None:
    one = receipt(till, amount="12.50")
    till.undo(claim(till, one, card))
    assert codes(till) == OPEN
    assert till.shop.counter.read("SELECT state FROM orders") == [("cancelled",)]
    assert "It is on the card." in at_home(one, card)
    assert till.shop.counter.read("SELECT state FROM orders ORDER BY id") == [("cancelled",), ("paid",)]


@pytest.mark.django_db
def test_what_was_used_since_stays_and_the_code_with_it(till: Till, card: CardView) -> None:
    done = claim(till, receipt(till), card)
    till.shop.counter.adjust(card, "-1", balance_type="stamps")
    before = till.shop.entries(card)
    assert "This was not taken back" in till.undo(done)
    assert till.shop.entries(card) == before
    assert codes(till) != OPEN
    assert till.presses()[-1][-1] is False


@pytest.mark.django_db
def test_the_till_takes_back_what_its_own_hands_did_a_moment_ago(till: Till, card: CardView) -> None:
    one, two = receipt(till), receipt(till)
    done = claim(till, one, card)
    other = sign_in_client(Client(), hire(till.shop.counter.shop, "cashier"))
    address = done.partition('action="/till/pressed/')[2].partition('"')[0]
    assert other.post(f"/till/pressed/{address}").status_code == 404
    with unit_of_work(till.shop.counter.chain_id):
        execute("UPDATE till_presses SET pressed_at = pressed_at - interval '16 minutes'")
    assert "only what was done in the last 15 minutes" in till.undo(done)
    # What the customer added on their own phone is no press: it is reversed on the card, and the code stays used.
    assert "It is on the card." in at_home(two, card)
    assert len(till.presses()) == 1
    ((added,),) = till.shop.counter.read("SELECT subject_id FROM receipt_codes WHERE staff_id IS NULL")
    reverse_transaction(till.shop.counter.actor, encode("txn", added), reason="Wrong card", now=timezone.now())
    assert till.shop.stamps(card) == 2
    assert "This code was used already" in at_home(two, card)


@pytest.mark.committed
def test_an_undo_at_the_instant_of_other_claims_and_of_itself(committed_db: object) -> None:
    till = open_till()
    actor, now = till.shop.counter.shop.actor, timezone.now()
    first, second = till.shop.counter.issue("+4915100000001"), till.shop.counter.issue("+4915100000002")
    for number in range(6):
        one = receipt(till)
        done = encode("prs", claim_at_till(actor, one.id, card_id(first), DESK, line="Purchase", now=now))
        finder = finder_of(actor.chain_id, "203.0.113.7")
        undo = partial(undo_press, actor, done, DESK, reason="Wrong card", now=now)
        calls: list[Callable[[], object]] = [
            undo,
            undo,
            partial(claim_receipt, finder, one.id, card_id(second), line="Purchase", now=now),
            partial(claim_at_till, actor, one.id, card_id(second), DESK, line="Purchase", now=now),
        ]
        outcomes = at_once(calls)
        kinds = [type(one.refusal) if isinstance(one, Refused) else one for one in outcomes]
        assert kinds[:2].count(PressUndone) == 1, kinds
        claims = [one for one in kinds[2:] if isinstance(one, Claimed | UUID)]
        assert len(claims) + kinds[2:].count(ReceiptClaimed) == 2, kinds
        assert len(claims) <= 1, kinds
        held = till.shop.counter.read("SELECT card_id FROM receipt_codes WHERE id = %s", [one.id])
        assert held == [(second.id if claims else None,)], number
    claimed = till.shop.counter.read("SELECT count(*) FROM receipt_codes WHERE claimed_at IS NOT NULL")[0][0]
    assert (till.shop.stamps(first), till.shop.stamps(second)) == (0, 2 * claimed)


@pytest.mark.django_db
def test_claims_count_for_the_card_whoever_makes_them(till: Till, card: CardView) -> None:
    limit(till, 3, 100)
    assert "It is on the card." in at_home(receipt(till), card)
    done = claim(till, receipt(till), card)
    page = till.client.post(
        "/till/press", {"kind": "stamps", "card": card_id(card), "count": "1", "again": "1"}, follow=True
    )
    assert 'data-state="done"' in page_of(page)
    one = receipt(till)
    own = Client().post(slip(one), {"token": token_of(card)})
    assert "all it can get in a day" in own.content.decode()
    typed = Client().post(slip(one), {"card": card.number})
    assert "There is no card here" in typed.content.decode(), "whoever typed a number is told nothing of its card"
    assert "3 times in 24 hours" in claim(till, one, card)
    again = till.client.post("/till/press", {"kind": "stamps", "card": card_id(card), "count": "1", "again": "1"})
    assert "3 times in 24 hours" in again.content.decode()
    assert (till.shop.stamps(card), len(till.presses())) == (5, 2)
    listed = page_of(till.client.get("/settings/tills/limits"))
    assert "1 by a receipt code on the customer" in listed
    assert "A customer, by a receipt code" in listed
    # What is taken back makes room.
    till.undo(done)
    assert "It is on the card." in at_home(one, card)


@pytest.mark.django_db
def test_claims_count_for_whoever_scans_them(till: Till) -> None:
    limit(till, 100, 2)
    cards = [till.shop.counter.issue(f"+491511234567{number}") for number in range(4)]
    for one in cards[:2]:
        assert 'data-state="done"' in claim(till, receipt(till), one)
    assert "2 times within an hour" in claim(till, receipt(till), cards[2])
    assert "It is on the card." in at_home(receipt(till), cards[3]), "customers are none of the staff"
    with unit_of_work(till.shop.counter.chain_id):
        execute("UPDATE till_presses SET pressed_at = pressed_at - interval '61 minutes'")
    assert 'data-state="done"' in claim(till, receipt(till), cards[2])


@pytest.mark.committed
def test_the_last_free_place_of_a_day_is_had_once(committed_db: object) -> None:
    till = open_till()
    limit(till, 2, 100)
    card, now = till.shop.counter.issue("+4915100000001"), timezone.now()
    actor = till.shop.counter.shop.actor
    claim_receipt(finder_of(actor.chain_id, ""), receipt(till).id, card_id(card), line="Purchase", now=now)
    found = [receipt(till) for _ in range(4)]
    later, finder = now + timedelta(seconds=1), finder_of(actor.chain_id, "")
    calls: list[Callable[[], object]] = [
        partial(claim_at_till, actor, one.id, card_id(card), DESK, line="Purchase", now=later) for one in found[:2]
    ]
    calls += [partial(claim_receipt, finder, one.id, card_id(card), line="Purchase", now=later) for one in found[2:]]
    outcomes = at_once(calls)
    assert sum(isinstance(one, Claimed | UUID) for one in outcomes) == 1, outcomes
    refused = [one.refusal for one in outcomes if isinstance(one, Refused)]
    assert [type(one) for one in refused] == [CardTooOften] * 3
    assert till.shop.stamps(card) == 4
