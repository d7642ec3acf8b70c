"""Many tills, one gift card: nothing is paid twice, whatever happens at the same instant (RWD-5)."""

from collections import Counter as Tally
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from regulars.giftcards.actions.due import expire_gift_cards
from regulars.giftcards.tests.kit import Till, open_till
from regulars.kernel.refusal import Refused
from regulars.platform.embedded import DatabaseUrls
from regulars.project.proofs import verify
from tests.ledger_kit import at_once, dispatcher

pytestmark = [pytest.mark.committed, pytest.mark.outside]

TILLS = 16


@pytest.fixture
def till(committed_db: DatabaseUrls) -> Till:
    return open_till()


def codes(results: list[Any]) -> Tally[str]:
    return Tally(result.refusal.code if isinstance(result, Refused) else type(result).__name__ for result in results)


def assert_sound() -> None:
    dispatcher().make_round()
    assert verify(now=timezone.now()).breaches == []


def test_sixteen_tills_pay_with_the_same_card_and_just_enough_succeed(till: Till) -> None:
    card = till.sell(till.type(), "50")
    results = at_once([partial(till.pay, card, "10") for _ in range(TILLS)])
    told = codes(results)
    assert told["Change"] == 5
    assert told["Change"] + told["gift_card_used_up"] == TILLS
    assert till.look(card).state == "used_up"
    assert_sound()


def test_a_card_for_a_single_payment_pays_once(till: Till) -> None:
    card = till.sell(till.type(is_single_use=True), "50")
    told = codes(at_once([partial(till.pay, card, "10") for _ in range(TILLS)]))
    assert (told["Change"], told["gift_card_used_up"]) == (1, TILLS - 1)
    assert_sound()


def test_a_payment_is_given_back_once(till: Till) -> None:
    card = till.sell(till.type(), "50")
    payment = till.pay(card, "30")
    told = codes(at_once([partial(till.give_back, card, payment, "20") for _ in range(8)]))
    assert (told["Change"], told["nothing_to_give_back"]) == (1, 7)
    assert till.look(card).balance == 4000
    assert_sound()


def test_paying_against_the_end_either_pays_or_ends(till: Till) -> None:
    kind = till.type(validity={"kind": "days", "value": 1})
    for _ in range(5):
        card = till.sell(kind, "50")
        assert card.expires_at is not None
        # One till asks a moment before the end while the night's work already goes by a moment after.
        pays = partial(till.pay, card, "10", now=card.expires_at - timedelta(seconds=1))
        ends = partial(expire_gift_cards, till.actor.chain_id, card.expires_at + timedelta(seconds=1))
        told = codes(at_once([pays, pays, ends]))
        kinds = Tally(one.kind for one in till.entries(card))
        assert kinds["write_off"] == told["Change"]
        assert kinds["expire"] == 1
        assert told["Change"] + told["gift_card_expired"] == 2
        assert sum(one.amount for one in till.entries(card)) == 0
    assert_sound()
