"""Goals that change while cards are out: holders move over at once or with their next round (TYP-5)."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.utils import timezone

from regulars.cards.actions.balances import reverse_transaction
from regulars.cards.queries.cards import CardView, find_card
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Invalid, Refused
from regulars.platform.database import unit_of_work
from regulars.rewards.actions.definitions import change_reward
from regulars.rewards.errors import CardFull, CardsAboveGoal, HoldersInRound, RewardInUse
from regulars.rewards.queries.milestones import find_card_standing
from regulars.rewards.tests.reward_kit import RewardShop, open_reward_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> RewardShop:
    return open_reward_shop()


def cards_with(shop: RewardShop, stamps: Sequence[int]) -> list[CardView]:
    cards = [shop.counter.issue(f"+49151123456{number:02}") for number in range(len(stamps))]
    for card, count in zip(cards, stamps, strict=True):
        if count:
            shop.stamp(card, count)
    return cards


def shown(shop: RewardShop, card: CardView) -> tuple[int, int, str | None]:
    """Filled, of how many, and the reward that comes next; the list of cards shows the same goal."""
    with unit_of_work(shop.counter.chain_id):
        standing = find_card_standing(shop.counter.chain_id, card.id)
        listed = find_card(shop.counter.chain_id, card.id, now=timezone.now())
    assert standing is not None
    assert listed is not None
    assert listed.progress is not None
    assert listed.progress.goal == standing.size
    return standing.filled, standing.size, standing.next_reward.title if standing.next_reward else None


def test_it_is_asked_only_where_cards_are_in_a_round(shop: RewardShop) -> None:
    coffee, cake = shop.award("A coffee"), shop.award("A cake")
    shop.goals({8: coffee})
    first, second, _ = cards_with(shop, (3, 8, 0))
    with pytest.raises(Refused) as refused:
        shop.goals({10: coffee})
    assert refused.value.refusal == HoldersInRound(cards=2)
    with pytest.raises(Refused) as refused:
        shop.goals({8: cake})
    assert refused.value.refusal == HoldersInRound(cards=2)
    with pytest.raises(Refused) as refused:
        shop.goals({})
    assert refused.value.refusal == HoldersInRound(cards=2, choices=("move",))
    with pytest.raises(Refused) as refused:
        shop.goals({}, holders="finish_round")
    assert isinstance(refused.value.refusal, Invalid)
    assert shown(shop, first) == (3, 8, "A coffee")
    # Neither where the goals stay as they are, nor where nobody has a stamp.
    shop.goals({8: coffee}, pause_seconds=5)
    shop.counter.adjust(first, "-3", balance_type="stamps")
    shop.counter.adjust(second, "-8", balance_type="stamps")
    shop.goals({10: cake})
    assert shown(shop, first) == (0, 10, "A cake")


def test_holders_finish_their_round_by_the_goals_as_they_were(shop: RewardShop) -> None:
    coffee, cake = shop.award("A coffee"), shop.award("A cake")
    shop.goals({8: coffee})
    begun, full, new = cards_with(shop, (5, 8, 0))
    shop.goals({4: cake, 10: cake}, holders="finish_round")
    assert [shown(shop, one) for one in (begun, full, new)] == [(5, 8, "A coffee"), (8, 8, "A cake"), (0, 10, "A cake")]
    # Three more fill the round by the former goal, six begin the next, and that has the new ones.
    shop.stamp(begun, 3)
    assert shown(shop, begun) == (8, 8, "A cake")
    shop.stamp(begun, 6)
    assert shown(shop, begun) == (6, 10, "A cake")
    shop.stamp(full, 12)
    assert shown(shop, full) == (2, 10, "A cake")
    shop.stamp(new, 4)
    assert shop.given(begun) == [("A coffee", "given", 0, 8), ("A cake", "given", 1, 4)]
    assert shop.given(full) == [("A coffee", "given", 0, 8), ("A cake", "given", 1, 4), ("A cake", "given", 1, 10)]
    assert shop.given(new) == [("A cake", "given", 0, 4)]


def test_one_scan_over_the_end_of_a_former_round(shop: RewardShop) -> None:
    shop.goals({8: shop.award("A coffee")})
    (card,) = cards_with(shop, (5,))
    shop.goals({10: shop.award("A cake")}, holders="finish_round")
    # 5 + 15: three to the end of the former round, ten in the next, two in the one after.
    shop.stamp(card, 15)
    assert shop.stamps(card) == 2
    assert shop.given(card) == [("A coffee", "given", 0, 8), ("A cake", "given", 1, 10)]
    assert shown(shop, card) == (2, 10, "A cake")


def test_a_round_that_is_given_back_has_its_former_goal_again(shop: RewardShop) -> None:
    shop.goals({8: shop.award("A coffee")})
    (card,) = cards_with(shop, (5,))
    shop.goals({10: shop.award("A cake")}, holders="finish_round")
    stamped = shop.stamp(card, 6)
    assert shown(shop, card) == (3, 10, "A cake")
    public = encode("txn", stamped.posted.transaction_id)
    reverse_transaction(shop.counter.actor, public, reason="a slip", now=timezone.now())
    assert shown(shop, card) == (5, 8, "A coffee")
    assert [state for _, state, _, _ in shop.given(card)] == ["cancelled"]


def test_holders_who_move_over_are_measured_by_the_new_goals(shop: RewardShop) -> None:
    coffee, cake = shop.award("A coffee"), shop.award("A cake")
    shop.goals({8: coffee})
    low, high, full = cards_with(shop, (3, 6, 8))
    with pytest.raises(Refused) as refused:
        shop.goals({5: cake}, holders="move")
    # Six and eight stamps are above five; eight begins a second round of three.
    assert refused.value.refusal == CardsAboveGoal(cards=2, rewards=2)
    assert shown(shop, low) == (3, 8, "A coffee")
    shop.goals({5: cake}, holders="move", above="reward")
    shop.work()
    assert [shown(shop, one) for one in (low, high, full)] == [(3, 5, "A cake"), (1, 5, "A cake"), (3, 5, "A cake")]
    assert shop.given(low) == []
    assert shop.given(high) == [("A cake", "given", 0, 5)]
    assert shop.given(full) == [("A coffee", "given", 0, 8), ("A cake", "given", 0, 5)]


def test_who_finishes_a_round_may_be_moved_over_later(shop: RewardShop) -> None:
    coffee, cake, tart = shop.award("A coffee"), shop.award("A cake"), shop.award("A tart")
    shop.goals({8: coffee})
    (card,) = cards_with(shop, (5,))
    shop.goals({10: cake}, holders="finish_round")
    # Goals that change again do not change the round that runs.
    shop.goals({12: tart}, holders="finish_round")
    assert shown(shop, card) == (5, 8, "A coffee")
    with pytest.raises(Refused) as refused:
        change_reward(shop.counter.actor, encode("rwd", coffee.id), {"archived": True}, now=timezone.now())
    assert isinstance(refused.value.refusal, RewardInUse)
    shop.goals({12: tart}, holders="move")
    assert shown(shop, card) == (5, 12, "A tart")
    change_reward(shop.counter.actor, encode("rwd", coffee.id), {"archived": True}, now=timezone.now())
    shop.stamp(card, 7)
    assert shop.given(card) == [("A tart", "given", 0, 12)]


def test_the_last_round_ends_at_the_goal_it_goes_on_by(shop: RewardShop) -> None:
    coffee = shop.award("A coffee")
    shop.goals({8: coffee}, rounds=1)
    (card,) = cards_with(shop, (5,))
    shop.goals({10: coffee}, rounds=1, holders="finish_round")
    assert shop.stamp(card, 9).given == 3
    with pytest.raises(Refused) as refused:
        shop.stamp(card, 1, now=timezone.now() + timedelta(hours=1))
    assert refused.value.refusal == CardFull(room=0, stamps=8, goal=8, rounds=1)


def test_other_goals_are_a_version_that_reaches_passes(shop: RewardShop) -> None:
    coffee = shop.award("A coffee")
    shop.goals({8: coffee})
    cards_with(shop, (5,))
    ((before,),) = shop.counter.read("SELECT version FROM card_types")
    shop.goals({8: coffee}, pause_seconds=1)
    shop.goals({9: coffee}, holders="finish_round")
    told = shop.counter.read("SELECT version, goal FROM card_types")
    assert told == [(before + 1, 9)]
    ((count,),) = shop.counter.read("SELECT count(*) FROM events WHERE kind = 'card_type.published'")
    assert count >= 2
