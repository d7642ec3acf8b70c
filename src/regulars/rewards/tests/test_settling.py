"""Cards that have reached a goal when it is set: counted first, then rewarded or left (RWD-1); draws of a lottery as they fall."""

from collections import Counter as Tally

import pytest
from django.utils import timezone

from regulars.kernel.refusal import Refused
from regulars.platform.database import unit_of_work
from regulars.platform.hot import open_cursor
from regulars.rewards.actions.giving import Award, give_rewards
from regulars.rewards.actions.settling import run_settling
from regulars.rewards.errors import CardsAboveGoal
from regulars.rewards.queries.milestones import find_milestones
from regulars.rewards.tests.reward_kit import RewardShop, open_reward_shop
from regulars.rewards.tests.test_lottery import CRITICAL, chi_squared

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> RewardShop:
    return open_reward_shop()


def test_cards_above_a_goal_are_counted_and_rewarded_by_choice(shop: RewardShop) -> None:
    cards = [shop.counter.issue(f"+49151123456{number:02}") for number in range(5)]
    for card, stamps in zip(cards, ("3", "8", "9", "19", "40"), strict=True):
        shop.counter.adjust(card, stamps, balance_type="stamps")
    coffee = shop.award("A coffee")
    with pytest.raises(Refused) as refused:
        shop.goals({8: coffee})
    # One, one, two and five of them.
    assert refused.value.refusal == CardsAboveGoal(cards=4, rewards=9)
    work = shop.goals({8: coffee}, above="reward").settling
    assert work is not None
    assert (work.state, work.total) == ("waiting", 4)
    ((chain_id, work_id),) = shop.deferred
    shop.work()
    assert [shop.stamps(card) for card in cards] == [3, 8, 1, 3, 8]
    assert [len(shop.given(card)) for card in cards] == [0, 1, 1, 2, 5]
    # A second run, after a kill, say, finds nothing to do.
    run_settling(chain_id, work_id, now=timezone.now())
    assert [len(shop.given(card)) for card in cards] == [0, 1, 1, 2, 5]
    with unit_of_work(chain_id):
        done = find_milestones(chain_id, shop.counter.card_type.id).settling
    assert done is not None
    assert (done.state, done.done, done.rewards) == ("done", 4, 9)


def test_cards_that_are_left_keep_their_stamps_and_get_nothing_for_them(shop: RewardShop) -> None:
    card = shop.counter.issue("+4915112345678")
    shop.counter.adjust(card, "10", balance_type="stamps")
    shop.goals({4: shop.award("A biscuit"), 8: shop.award("A coffee")}, above="leave")
    shop.work()
    assert shop.stamps(card) == 10
    assert shop.given(card) == []
    # The next stamp begins the round that they fill.
    shop.stamp(card, 1)
    assert shop.stamps(card) == 3
    shop.stamp(card, 1)
    assert shop.given(card) == [("A biscuit", "given", 1, 4)]


def test_many_cards_are_done_in_chunks(shop: RewardShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("regulars.rewards.actions.settling.CHUNK", 2)
    cards = [shop.counter.issue(f"+49151123456{number:02}") for number in range(7)]
    for card in cards:
        shop.counter.adjust(card, "8", balance_type="stamps")
    shop.goals({8: shop.voucher("A coffee")}, above="reward")
    shop.work()
    assert [len(shop.given(card)) for card in cards] == [1] * 7


def test_real_draws_follow_their_probabilities(shop: RewardShop) -> None:
    """Two thousand draws by the server; by chance the test fails once in a thousand runs of a fair lottery, so it may try again."""
    chances = {"A car wash": 600_000, "A coffee": 300_000, "Nothing": 100_000}
    variants = [
        {"probability": str(chance // 10_000), "kind": "nothing" if title == "Nothing" else "award", "title": title}
        for title, chance in chances.items()
    ]
    spin = shop.lottery("Spin", variants)
    card = shop.counter.issue("+4915112345678")
    awards = [Award(reward_id=spin.id, card_id=card.id, origin="catalogue")] * 2_000
    for attempt in range(3):
        with unit_of_work(shop.counter.chain_id):
            given = give_rewards(open_cursor(), shop.counter.actor, awards, now=timezone.now())
        titles = Tally(one.title for one in given)
        drawn = Tally({place: titles[title] for place, title in enumerate(chances)})
        if chi_squared(drawn, list(chances.values())) < CRITICAL[2]:
            break
        assert attempt < 2
    ((stored,),) = shop.counter.read("SELECT count(*) FROM given_rewards WHERE drawn ->> 'number' IS NOT NULL")
    assert stored >= 2_000
