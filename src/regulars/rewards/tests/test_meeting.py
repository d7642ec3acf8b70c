"""Stamps reach goals in the transaction that gives them, and an undo takes back what it may (RWD-1)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from regulars.cards.actions.balances import reverse_transaction
from regulars.cards.actions.holds import HoldCommand, make_hold
from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.ledger.errors import NotReversible
from regulars.rewards.errors import CardFull, StampedRecently
from regulars.rewards.tests.reward_kit import RewardShop, open_reward_shop
from regulars.vouchers.actions.redeem import RedeemCommand, redeem_voucher

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def shop() -> RewardShop:
    return open_reward_shop()


@pytest.fixture
def card(shop: RewardShop) -> CardView:
    return shop.counter.issue("+4915112345678")


def test_the_goal_brings_its_reward_once_and_the_next_stamp_begins_a_round(shop: RewardShop, card: CardView) -> None:
    shop.goals({8: shop.award("A coffee")})
    first = shop.stamp(card, 7)
    assert first.rewards == ()
    full = shop.stamp(card, 1)
    assert [one.title for one in full.rewards] == ["A coffee"]
    assert shop.stamps(card) == 8
    again = shop.stamp(card, 1)
    assert again.rewards == ()
    assert shop.stamps(card) == 1
    assert shop.entries(card) == [("earn", 7, 7), ("earn", 1, 8), ("earn", 1, 9), ("redeem", -8, 1)]
    assert shop.given(card) == [("A coffee", "given", 0, 8)]


def test_one_scan_over_the_goal_begins_the_round_itself(shop: RewardShop, card: CardView) -> None:
    shop.goals({4: shop.award("A biscuit"), 8: shop.award("A coffee")})
    shop.stamp(card, 7)
    over = shop.stamp(card, 3)
    assert [one.title for one in over.rewards] == ["A coffee"]
    assert shop.stamps(card) == 2
    many = shop.stamp(card, 15)
    assert [one.title for one in many.rewards] == ["A biscuit", "A coffee", "A biscuit", "A coffee"]
    assert shop.stamps(card) == 1


def test_stamps_by_hand_count_as_well_and_points_do_not(shop: RewardShop, card: CardView) -> None:
    shop.goals({8: shop.award("A coffee")})
    shop.counter.adjust(card, "8", balance_type="stamps")
    shop.counter.adjust(card, "8", balance_type="points")
    assert shop.given(card) == [("A coffee", "given", 0, 8)]
    # Taken by hand and given again: no second reward.
    shop.counter.adjust(card, "-3", balance_type="stamps")
    shop.counter.adjust(card, "3", balance_type="stamps")
    assert len(shop.given(card)) == 1


def test_the_last_round_stays_full_and_says_why(shop: RewardShop, card: CardView) -> None:
    shop.goals({8: shop.award("A coffee")}, rounds=2)
    shop.stamp(card, 14)
    part = shop.stamp(card, 5)
    assert (part.given, part.refused) == (2, 3)
    assert shop.stamps(card) == 8
    with pytest.raises(Refused) as refused:
        shop.stamp(card, 1)
    assert refused.value.refusal == CardFull(room=0, stamps=8, goal=8, rounds=2)
    with pytest.raises(Refused) as by_hand:
        shop.counter.adjust(card, "1", balance_type="stamps")
    assert isinstance(by_hand.value.refusal, CardFull)
    assert shop.stamps(card) == 8
    assert len(shop.given(card)) == 2


def test_a_card_is_not_stamped_twice_in_a_moment_unless_it_is_meant(shop: RewardShop, card: CardView) -> None:
    shop.stamp(card, 1, again=False)
    with pytest.raises(Refused) as refused:
        shop.stamp(card, 1, again=False, now=NOW + timedelta(seconds=59))
    assert isinstance(refused.value.refusal, StampedRecently)
    shop.stamp(card, 1, now=NOW + timedelta(seconds=59))
    shop.stamp(card, 1, again=False, now=NOW + timedelta(seconds=120))
    assert shop.stamps(card) == 3


def test_an_undo_gives_the_round_back_and_cancels_what_nobody_used(shop: RewardShop, card: CardView) -> None:
    shop.goals({8: shop.voucher("A coffee")})
    shop.stamp(card, 7)
    over = shop.stamp(card, 3)
    (reward,) = over.rewards
    assert reward.code is not None
    undo(shop, over.posted.transaction_id)
    assert shop.stamps(card) == 7
    assert shop.given(card) == [("A coffee", "cancelled", 0, 8)]
    assert voucher_state(shop, reward.voucher_id) == "cancelled"
    # Reached again, it brings another.
    assert len(shop.stamp(card, 1).rewards) == 1
    assert shop.stamps(card) == 8
    assert shop.entries(card)[2:] == [
        ("redeem", -8, 2),
        ("reverse", 8, 10),
        ("reverse", -3, 7),
        ("earn", 1, 8),
    ]


def test_what_was_redeemed_is_kept_and_its_goal_brings_nothing_again(shop: RewardShop, card: CardView) -> None:
    shop.goals({8: shop.voucher("A coffee")})
    shop.stamp(card, 7)
    over = shop.stamp(card, 3)
    voucher_id = over.rewards[0].voucher_id
    assert voucher_id is not None
    redeem_voucher(shop.counter.actor, RedeemCommand(encode("vch", voucher_id)), now=NOW)
    undo(shop, over.posted.transaction_id)
    assert shop.stamps(card) == 7
    assert shop.given(card) == [("A coffee", "given", 0, 8)]
    assert shop.stamp(card, 1).rewards == ()
    assert shop.stamp(card, 8).rewards != ()
    assert shop.stamps(card) == 8


def test_a_goal_that_later_stamps_still_reach_keeps_its_reward(shop: RewardShop, card: CardView) -> None:
    shop.goals({8: shop.voucher("A coffee")})
    shop.stamp(card, 7)
    over = shop.stamp(card, 3)
    shop.stamp(card, 2)
    undo(shop, over.posted.transaction_id)
    assert shop.stamps(card) == 1
    assert shop.given(card) == [("A coffee", "given", 0, 8)]


def test_what_a_round_took_is_not_taken_back_by_hand(shop: RewardShop, card: CardView) -> None:
    shop.goals({8: shop.award("A coffee")})
    shop.stamp(card, 9)
    (taken,) = shop.counter.read("SELECT transaction_id FROM begun_rounds")[0]
    with pytest.raises(Refused) as refused:
        undo(shop, taken)
    assert isinstance(refused.value.refusal, NotReversible)


def test_a_round_that_cannot_begin_brings_nothing(shop: RewardShop, card: CardView) -> None:
    shop.goals({2: shop.award("A biscuit"), 8: shop.award("A coffee")})
    shop.stamp(card, 7)
    held = HoldCommand(card=encode("crd", card.id), balance_type="stamps", amount=5, seconds=600)
    make_hold(shop.counter.actor, held, now=timezone.now())
    over = shop.stamp(card, 3)
    assert [one.title for one in over.rewards] == ["A coffee"]
    assert shop.stamps(card) == 10
    assert shop.given(card) == [("A biscuit", "given", 0, 2), ("A coffee", "given", 0, 8)]


def test_a_draw_is_drawn_once_however_often_its_goal_is_reached(shop: RewardShop, card: CardView) -> None:
    variants: list[dict[str, Any]] = [
        {"probability": "2", "kind": "award", "title": f"Prize {number}"} for number in range(50)
    ]
    shop.goals({8: shop.lottery("Spin", variants)})
    shop.stamp(card, 7)
    drawn = []
    for _ in range(4):
        stamped = shop.stamp(card, 1)
        drawn.append(stamped.rewards[0].title)
        undo(shop, stamped.posted.transaction_id)
    assert len(set(drawn)) == 1


def test_a_purchase_is_worth_as_many_stamps_as_the_card_type_says(shop: RewardShop, card: CardView) -> None:
    shop.goals({8: shop.award("A coffee")}, money_per_stamp="3.90")
    assert shop.stamp(card, None, amount="15.59").given == 3
    with pytest.raises(Refused) as refused:
        shop.stamp(card, None, amount="3.89")
    assert refused.value.refusal.code == "invalid_request"


def undo(shop: RewardShop, transaction_id: UUID) -> None:
    reverse_transaction(shop.counter.actor, encode("txn", transaction_id), reason="a slip", now=timezone.now())


def voucher_state(shop: RewardShop, voucher_id: UUID | None) -> str:
    return str(shop.counter.read("SELECT state FROM vouchers WHERE id = %s", [voucher_id])[0][0])
