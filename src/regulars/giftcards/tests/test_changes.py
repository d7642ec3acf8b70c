"""What happens to a gift card, from its sale to its end (RWD-5)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from regulars.codes.queries.space import find_owner
from regulars.giftcards.actions.change import block_gift_card, cancel_gift_card, unblock_gift_card
from regulars.giftcards.actions.due import expire_gift_cards
from regulars.giftcards.errors import (
    GiftCardBlocked,
    GiftCardCancelled,
    GiftCardExpired,
    GiftCardShort,
    GiftCardSingleUse,
    GiftCardTooLarge,
    GiftCardUsedUp,
    NothingToGiveBack,
    ValueNotSold,
)
from regulars.giftcards.rules.states import STATES, TRANSITIONS
from regulars.giftcards.tests.kit import Till, open_till
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refusal, Refused
from regulars.platform.database import unit_of_work

pytestmark = pytest.mark.django_db


@pytest.fixture
def till() -> Till:
    return open_till()


def refused(kind: type[Refusal]) -> "pytest.RaisesExc[Refused]":
    return pytest.raises(Refused, check=lambda problem: isinstance(problem.refusal, kind))


def test_a_gift_card_is_paid_with_until_nothing_is_left(till: Till) -> None:
    card = till.sell(till.type(), "50")
    assert card.code is not None
    with unit_of_work(till.actor.chain_id):
        owner = find_owner(till.actor.chain_id, card.code.lower().replace("-", " "))
    assert owner is not None
    assert (owner.kind, owner.owner_id) == ("gift_card", card.id)
    till.pay(card, "20.50")
    assert till.look(card).balance == 2950
    with refused(GiftCardShort) as short:
        till.pay(card, "29.51")
    assert short.value.refusal.members() == {"available": "29.50", "wanted": "29.51"}
    till.pay(card, "29.50")
    assert till.look(card).state == "used_up"
    with refused(GiftCardUsedUp):
        till.pay(card, "0.01")
    assert [(one.kind, one.amount, one.balance_after) for one in till.entries(card)] == [
        ("sale", 5000, 5000),
        ("write_off", -2050, 2950),
        ("write_off", -2950, 0),
    ]


def test_a_refund_makes_a_used_up_card_active_again(till: Till) -> None:
    card = till.sell(till.type(), "50")
    payment = till.pay(card, "50")
    till.give_back(card, payment, "20")
    back = till.look(card)
    assert (back.state, back.balance) == ("active", 2000)
    with refused(NothingToGiveBack):
        till.give_back(card, payment, "30.01")
    till.give_back(card, payment)
    assert till.look(card).balance == 5000
    with refused(NothingToGiveBack):
        till.give_back(card, payment)


def test_what_a_single_payment_leaves_is_forfeited_and_comes_back_with_all_of_it(till: Till) -> None:
    card = till.sell(till.type(is_single_use=True), "50")
    payment = till.pay(card, "30")
    assert (till.look(card).state, till.look(card).balance) == ("used_up", 0)
    till.give_back(card, payment, "10")
    assert (till.look(card).state, till.look(card).balance) == ("active", 1000)
    till.give_back(card, payment)
    assert till.look(card).balance == 5000
    assert [(one.kind, one.amount) for one in till.entries(card)] == [
        ("sale", 5000),
        ("write_off", -3000),
        ("forfeit", -2000),
        ("give_back", 1000),
        ("give_back", 2000),
        ("give_back", 2000),
    ]
    with refused(GiftCardSingleUse):
        till.top_up(card, "5")


def test_top_up_within_what_the_type_holds(till: Till) -> None:
    card = till.sell(till.type(), "490")
    till.top_up(card, "10")
    with refused(GiftCardTooLarge) as large:
        till.top_up(card, "0.01")
    assert large.value.refusal.members() == {"largest": "500.00"}
    till.pay(card, "500")
    till.top_up(card, "15")
    assert (till.look(card).state, till.look(card).balance) == ("active", 1500)


def test_only_values_that_are_sold(till: Till) -> None:
    kind = till.type(values=["25", "50"])
    with refused(ValueNotSold) as unsold:
        till.sell(kind, "30")
    assert unsold.value.refusal.members() == {"value": "30.00", "allowed": "25.00, 50.00"}


def test_a_month_after_31_january_is_the_last_of_february(till: Till) -> None:
    kind = till.type(validity={"kind": "months", "value": 1})
    sold_at = datetime(2027, 1, 31, 12, tzinfo=UTC)
    card = till.sell(kind, now=sold_at)
    assert card.expires_at is not None
    # The chain's zone is ahead of UTC: its first of March begins on the evening of the 28th.
    assert datetime(2027, 2, 28, 12, tzinfo=UTC) < card.expires_at <= datetime(2027, 3, 1, tzinfo=UTC)
    till.pay(card, "1", now=card.expires_at - timedelta(seconds=1))
    with refused(GiftCardExpired):
        till.pay(card, "1", now=card.expires_at)
    late = till.look(card, now=card.expires_at)
    assert (late.state, late.balance, late.booked) == ("expired", 0, 4900)
    expire_gift_cards(till.actor.chain_id, card.expires_at)
    assert [(one.kind, one.amount) for one in till.entries(card)][-1] == ("expire", -4900)


@pytest.mark.parametrize("is_booked", [True, False])
def test_what_is_given_back_after_the_end_lives_thirty_more_days(till: Till, is_booked: bool) -> None:
    card = till.sell(till.type(validity={"kind": "days", "value": 10}), "50")
    payment = till.pay(card, "20")
    assert card.expires_at is not None
    later = card.expires_at + timedelta(days=3)
    if is_booked:
        expire_gift_cards(till.actor.chain_id, later)
    till.give_back(card, payment, now=later)
    back = till.look(card, now=later)
    assert (back.state, back.balance, back.expires_at) == ("active", 2000, later + timedelta(days=30))
    assert [(one.kind, one.amount) for one in till.entries(card)] == [
        ("sale", 5000),
        ("write_off", -2000),
        ("expire", -3000),
        ("give_back", 2000),
    ]


@pytest.mark.parametrize("is_booked", [True, False])
def test_what_was_blocked_before_its_end_stays_blocked(till: Till, is_booked: bool) -> None:
    card = till.sell(till.type(validity={"kind": "days", "value": 10}), "50")
    payment, name = till.pay(card, "20"), encode("gcd", card.id)
    assert card.expires_at is not None
    block_gift_card(till.actor, name, now=card.expires_at - timedelta(days=1))
    later = card.expires_at + timedelta(days=3)
    if is_booked:
        expire_gift_cards(till.actor.chain_id, later)
    till.give_back(card, payment, "5", now=later)
    back = till.look(card, now=later)
    assert (back.state, back.balance) == ("blocked", 500)
    with refused(GiftCardBlocked):
        till.pay(card, "1", now=later)
    unblock_gift_card(till.actor, name, now=later)
    till.pay(card, "1", now=later)


def test_a_used_up_gift_card_whose_time_is_over_takes_no_money(till: Till) -> None:
    card = till.sell(till.type(validity={"kind": "days", "value": 10}), "50")
    till.pay(card, "50")
    assert card.expires_at is not None
    with refused(GiftCardExpired):
        till.top_up(card, "20", now=card.expires_at)
    assert till.top_up(card, "20", now=card.expires_at - timedelta(seconds=1)).after.balance == 2000


def test_block_unblock_and_cancel(till: Till) -> None:
    card, now = till.sell(till.type(), "50"), timezone.now()
    name = encode("gcd", card.id)
    payment = till.pay(card, "10")
    block_gift_card(till.actor, name, now=now)
    with refused(GiftCardBlocked):
        till.pay(card, "1")
    with refused(GiftCardBlocked):
        till.top_up(card, "1")
    till.give_back(card, payment, "1")
    assert (till.look(card).state, till.look(card).balance) == ("blocked", 4100)
    unblock_gift_card(till.actor, name, now=now)
    cancel_gift_card(till.actor, name, kind="pay_out", note="moved away", now=now)
    assert (till.look(card).state, till.look(card).balance) == ("cancelled", 0)
    last = till.entries(card)[-1]
    assert (last.kind, last.amount, last.note) == ("pay_out", -4100, "moved away")
    with refused(GiftCardCancelled):
        till.pay(card, "1")
    with refused(GiftCardCancelled):
        till.give_back(card, payment)
    with refused(GiftCardCancelled):
        block_gift_card(till.actor, name, now=now)
    with refused(GiftCardCancelled):
        cancel_gift_card(till.actor, name, kind="cancel", note="", now=now)


def test_every_state_can_be_reached_and_cancelled_is_the_end() -> None:
    assert set(TRANSITIONS.values()) == set(STATES)
    assert not [state for state, _ in TRANSITIONS if state == "cancelled"]
