"""Rewards under races: the last piece, the goal that two tills reach, work that runs twice (RWD-1, RWD-2)."""

from collections import Counter as Tally
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.orders.actions.refund import cancel_order
from regulars.orders.actions.release import release_order
from regulars.rewards.actions.catalogue import hand_over, redeem_reward
from regulars.rewards.actions.settling import run_settling
from regulars.rewards.actions.stamps import Stamped
from regulars.rewards.tests.reward_kit import RewardShop, open_reward_shop
from tests.ledger_kit import at_once
from tests.order_kit import LATTE, open_order_shop

pytestmark = pytest.mark.committed


@pytest.fixture
def shop(committed_db: None) -> RewardShop:
    return open_reward_shop()


def outcomes(results: list[Any]) -> Tally[str]:
    return Tally(
        one.refusal.code if isinstance(one, Refused) else "failed" if isinstance(one, Exception) else "done"
        for one in results
    )


def test_one_of_many_gets_the_last_piece(shop: RewardShop) -> None:
    mug = shop.award("A mug", balance_type="points", price="5.00", stock=1)
    cards = [shop.counter.issue(f"+49151123456{number:02}") for number in range(8)]
    for card in cards:
        shop.counter.adjust(card, "5.00")

    def buy(card_id: str) -> Any:
        return redeem_reward(shop.counter.actor, encode("rwd", mug.id), card_id, now=timezone.now())

    results = at_once([partial(buy, encode("crd", card.id)) for card in cards])
    assert outcomes(results) == {"done": 1, "out_of_stock": 7}
    assert sorted(shop.counter.balance(card) for card in cards) == [0] + [500] * 7
    assert shop.counter.read("SELECT stock FROM rewards") == [(0,)]


def test_a_customer_with_one_piece_to_go_gets_one(shop: RewardShop) -> None:
    mug = shop.award("A mug", balance_type="points", price="1.00", per_customer=1)
    card = shop.counter.issue("+4915112345678")
    shop.counter.adjust(card, "50.00")
    results = at_once(
        [lambda: redeem_reward(shop.counter.actor, encode("rwd", mug.id), encode("crd", card.id), now=timezone.now())]
        * 6
    )
    assert outcomes(results) == {"done": 1, "customer_limit": 5}
    assert shop.counter.balance(card) == 4900


def test_two_tills_reach_a_goal_once(shop: RewardShop) -> None:
    shop.goals({8: shop.voucher("A coffee")})
    card = shop.counter.issue("+4915112345678")
    shop.stamp(card, 7)
    results = at_once([lambda: shop.stamp(card, 1)] * 6)
    assert outcomes(results) == {"done": 6}
    assert sum(len(one.rewards) for one in results if isinstance(one, Stamped)) == 1
    # Thirteen stamps: one round begun, five in it.
    assert shop.stamps(card) == 5
    assert len(shop.given(card)) == 1


def test_a_scan_of_the_same_moment_is_refused_at_all_tills_but_one(shop: RewardShop) -> None:
    card = shop.counter.issue("+4915112345678")
    results = at_once([lambda: shop.stamp(card, 1, again=False)] * 6)
    assert outcomes(results) == {"done": 1, "stamped_recently": 5}
    assert shop.stamps(card) == 1


def test_work_that_runs_at_two_workers_while_stamps_come_rewards_once(shop: RewardShop) -> None:
    cards = [shop.counter.issue(f"+49151123456{number:02}") for number in range(6)]
    for card in cards:
        shop.counter.adjust(card, "8", balance_type="stamps")
    shop.goals({8: shop.award("A coffee")}, above="reward")
    ((chain_id, work_id),) = shop.deferred
    calls: list[Callable[[], object]] = [
        partial(run_settling, chain_id, work_id, now=timezone.now()),
        partial(run_settling, chain_id, work_id, now=timezone.now()),
        *(partial(shop.stamp, card, 1) for card in cards[:2]),
    ]
    results = at_once(calls)
    assert outcomes(results) == {"done": 4}
    for card in cards[2:]:
        assert (shop.stamps(card), len(shop.given(card))) == (8, 1)
    for card in cards[:2]:
        # The stamp came first and left what was there, or it came second and began the round.
        assert shop.stamps(card) == 1
        assert len(shop.given(card)) <= 1


def test_an_award_is_handed_over_at_one_till(shop: RewardShop) -> None:
    shop.goals({1: shop.award("A biscuit")})
    card = shop.counter.issue("+4915112345678")
    given = encode("grw", shop.stamp(card, 1).rewards[0].id)
    results = at_once([lambda: hand_over(shop.counter.actor, given, now=timezone.now())] * 5)
    assert outcomes(results) == {"done": 1, "already_handed_over": 4}


@pytest.mark.parametrize("attempt", range(4))
def test_a_milestone_taken_back_while_an_order_lets_its_voucher_go(committed_db: None, attempt: int) -> None:
    orders = open_order_shop()
    shop = RewardShop(orders.counter)
    card = shop.counter.issue("+4915112345678")
    orders.run({"earnings": [{"kind": "per_unit", "balance_type": "ext:stamps", "units": "1"}]})
    shop.goals({8: shop.voucher("A euro off", benefit={"amount": "1.00"})})
    named = {"card": encode("crd", card.id)}
    first = orders.record(orders.order({**LATTE, "quantity": "8"}, state="paid", **named)).body
    code = orders.caller.get(f"/vouchers/{first['rewards'][0]['voucher']}").body["code"]
    cake = {"sku": "cake", "quantity": "0.5", "price": "8.00"}
    kept = orders.record(orders.order(cake, state="open", reserve_seconds=600, codes=[code], **named)).body
    acts: list[Callable[[], Any]] = [
        lambda: cancel_order(orders.caller.actor, first["id"], now=timezone.now()),
        lambda: release_order(orders.caller.actor, kept["id"], now=timezone.now()),
        lambda: shop.stamp(card, 8),
    ]
    results = at_once(acts[attempt % 3 :] + acts[: attempt % 3])
    assert [one for one in results if isinstance(one, Exception)] == []
    # Eight stamps of sixteen are left: the card stands at its goal, and has one voucher for it that can be used.
    assert shop.stamps(card) == 8
    assert shop.counter.read("SELECT count(*) FROM vouchers WHERE state = 'active'") == [(1,)]
    assert shop.counter.read("SELECT count(*) FROM given_rewards WHERE state = 'given'") == [(1,)]
    assert shop.counter.read("SELECT 1 FROM given_rewards WHERE waits_for_order") == []


def test_goals_that_change_while_tills_stamp_leave_every_round_whole(shop: RewardShop) -> None:
    """Every stamp comes wholly before or after the change: who had one finishes the round of eight, who had none begins ten."""
    coffee, cake = shop.award("A coffee"), shop.award("A cake")
    shop.goals({8: coffee})
    cards = [shop.counter.issue(f"+49151123456{number:02}") for number in range(6)]
    for card in cards[:3]:
        shop.stamp(card, 7)
    calls: list[Callable[[], object]] = [partial(shop.stamp, card, 9) for card in cards]
    calls.insert(2, partial(shop.goals, {10: cake}, holders="finish_round"))
    results = at_once(calls)
    assert outcomes(results) == {"done": 7}
    for card in cards:
        count = 16 if card in cards[:3] else 9
        sizes = "SELECT b.size FROM begun_rounds b JOIN accounts a ON a.id = b.account_id WHERE a.card_id = %s"
        begun = [size for (size,) in shop.counter.read(sizes, [card.id])]
        assert shop.stamps(card) == count - sum(begun)
        given = [(title, goal) for title, _state, _number, goal in shop.given(card)]
        if count == 16 or begun:
            # The round that ran was one of eight for every card; its reward came once.
            assert begun == [8]
            assert given in ([("A coffee", 8)], [("A coffee", 8)] * 2)
        else:
            # It came after the change as the first of its card: nine of ten.
            assert given == []
