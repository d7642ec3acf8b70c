"""Stamps of orders bring rewards, and a refund takes back what nobody has used (RWD-1, ORD-13)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode
from regulars.orders.actions.lapsed import release_lapsed_orders
from regulars.rewards.tests.reward_kit import RewardShop
from regulars.vouchers.actions.redeem import RedeemCommand, redeem_voucher
from tests.contract.chains import Reply
from tests.order_kit import LATTE, OrderShop, open_order_shop

pytestmark = pytest.mark.django_db

STAMP_FOR_EACH = {"earnings": [{"kind": "per_unit", "balance_type": "ext:stamps", "units": "1"}]}


@pytest.fixture
def shop() -> OrderShop:
    return open_order_shop()


@pytest.fixture
def rewards(shop: OrderShop) -> RewardShop:
    return RewardShop(shop.counter)


@pytest.fixture
def card(shop: OrderShop) -> CardView:
    return shop.counter.issue("+4915112345678")


def buy(shop: OrderShop, card: CardView, lattes: int, **more: Any) -> Reply:
    body = shop.order({**LATTE, "quantity": str(lattes)}, card=encode("crd", card.id), state="paid", **more)
    reply = shop.record(body)
    assert reply.status == 201, reply.body
    return reply


def test_an_order_brings_the_reward_and_begins_the_round(shop: OrderShop, rewards: RewardShop, card: CardView) -> None:
    shop.run(STAMP_FOR_EACH)
    rewards.goals({8: rewards.voucher("A coffee")})
    assert buy(shop, card, 7).body["rewards"] == []
    order = buy(shop, card, 3)
    (reward,) = order.body["rewards"]
    assert (reward["title"], reward["kind"], reward["goal"], reward["state"]) == ("A coffee", "voucher", 8, "given")
    assert reward["voucher"].startswith("vch_")
    assert rewards.stamps(card) == 2
    again = shop.caller.get(f"/orders/{order.body['id']}")
    assert again.body["rewards"] == [reward]


def test_a_cancelled_order_gives_the_round_back_and_cancels_the_voucher(
    shop: OrderShop, rewards: RewardShop, card: CardView
) -> None:
    shop.run(STAMP_FOR_EACH)
    rewards.goals({8: rewards.voucher("A coffee")})
    buy(shop, card, 7)
    order = buy(shop, card, 3)
    cancelled = shop.caller.post(f"/orders/{order.body['id']}/cancel")
    assert cancelled.status == 200, cancelled.body
    assert cancelled.body["kept_rewards"] == []
    assert cancelled.body["not_recovered"] == []
    assert rewards.stamps(card) == 7
    assert rewards.given(card) == [("A coffee", "cancelled", 0, 8)]


def test_what_was_redeemed_is_kept_and_said_so(shop: OrderShop, rewards: RewardShop, card: CardView) -> None:
    shop.run(STAMP_FOR_EACH)
    rewards.goals({8: rewards.voucher("A coffee")})
    buy(shop, card, 7)
    order = buy(shop, card, 3)
    voucher = order.body["rewards"][0]["voucher"]
    redeem_voucher(shop.counter.actor, RedeemCommand(voucher), now=rewards.now())
    body = {"lines": [{"index": 0, "quantity": "2"}], "external_id": "back-1"}
    part = shop.caller.post(f"/orders/{order.body['id']}/refunds", body)
    assert part.status == 201, part.body
    # Eight are left of ten: the card is full again, the goal is reached.
    assert part.body["kept_rewards"] == []
    assert rewards.stamps(card) == 8
    rest = shop.caller.post(f"/orders/{order.body['id']}/cancel")
    assert rest.body["kept_rewards"] == [order.body["rewards"][0]["id"]]
    assert rewards.stamps(card) == 7
    # Its goal brings nothing a second time.
    assert buy(shop, card, 1).body["rewards"] == []


def test_a_preview_of_a_refund_changes_nothing(shop: OrderShop, rewards: RewardShop, card: CardView) -> None:
    from regulars.orders.actions.refund import preview_refund

    shop.run(STAMP_FOR_EACH)
    rewards.goals({8: rewards.voucher("A coffee")})
    order = buy(shop, card, 9)
    looked = preview_refund(shop.counter.actor, order.body["id"], None, now=rewards.now())
    assert looked.outcome.cancelled_rewards == (order.body["rewards"][0]["id"],)
    assert rewards.stamps(card) == 1
    assert rewards.given(card) == [("A coffee", "given", 0, 8)]


def test_the_last_round_takes_what_fits_and_the_order_stands(
    shop: OrderShop, rewards: RewardShop, card: CardView
) -> None:
    shop.run(STAMP_FOR_EACH)
    rewards.goals({8: rewards.award("A coffee")}, rounds=1)
    buy(shop, card, 7)
    body = shop.order({**LATTE, "quantity": "3"}, card=encode("crd", card.id))
    assert [one["amount"] for one in shop.quote(body).body["earn"]] == ["1"]
    order = buy(shop, card, 3)
    assert [one["amount"] for one in order.body["earn"]] == ["1"]
    assert len(order.body["rewards"]) == 1
    assert buy(shop, card, 3).body["earn"] == []
    assert rewards.stamps(card) == 8


def test_an_open_order_brings_its_rewards_when_it_is_paid(shop: OrderShop, rewards: RewardShop, card: CardView) -> None:
    shop.run(STAMP_FOR_EACH)
    rewards.goals({2: rewards.award("A biscuit")})
    body = shop.order({**LATTE, "quantity": "3"}, card=encode("crd", card.id), state="open", reserve_seconds=60)
    order = shop.record(body)
    assert order.body["rewards"] == []
    paid = shop.caller.post(f"/orders/{order.body['id']}/pay")
    assert paid.status == 200, paid.body
    assert [one["title"] for one in paid.body["rewards"]] == ["A biscuit"]
    assert rewards.stamps(card) == 1


def test_a_batch_brings_rewards_as_well(shop: OrderShop, rewards: RewardShop, card: CardView) -> None:
    shop.run(STAMP_FOR_EACH)
    rewards.goals({2: rewards.award("A biscuit")})
    orders = [
        shop.order({**LATTE, "quantity": "3"}, card=encode("crd", card.id), state="paid", external_id=f"b-{number}")
        for number in range(3)
    ]
    reply = shop.caller.post("/orders/batch", orders)
    assert reply.status == 200, reply.body
    assert rewards.stamps(card) == 1
    assert len(rewards.given(card)) == 4


FOUND = ("reward", "card", "title", "goal", "lottery")


def foretold(shop: OrderShop, card: CardView, lattes: int) -> list[tuple[Any, ...]]:
    body = shop.order({**LATTE, "quantity": str(lattes)}, card=encode("crd", card.id), state="paid")
    reply = shop.quote(body)
    assert reply.status == 200, reply.body
    for one in reply.body["rewards"]:
        assert (one["id"], one["voucher"], one["state"]) == (None, None, "planned")
    return [tuple(one[name] for name in FOUND) for one in reply.body["rewards"]]


def test_a_quote_says_what_the_order_then_brings(shop: OrderShop, rewards: RewardShop, card: CardView) -> None:
    shop.run(STAMP_FOR_EACH)
    rewards.goals({3: rewards.award("A biscuit"), 8: rewards.voucher("A coffee")})
    for lattes in (2, 1, 7, 4, 20):
        before = rewards.given(card), rewards.stamps(card)
        said = foretold(shop, card, lattes)
        assert (rewards.given(card), rewards.stamps(card)) == before
        order = buy(shop, card, lattes)
        assert [tuple(one[name] for name in FOUND) for one in order.body["rewards"]] == said
    # 34 stamps: four rounds are behind it.
    assert len(rewards.given(card)) == 8
    assert rewards.stamps(card) == 2


def test_a_quote_says_that_a_lottery_would_be_drawn_and_not_what(
    shop: OrderShop, rewards: RewardShop, card: CardView
) -> None:
    shop.run(STAMP_FOR_EACH)
    wheel = rewards.lottery(
        "The wheel",
        [
            {"kind": "award", "title": "A mug", "probability": "50"},
            {"kind": "voucher", "title": "A coffee", "probability": "50"},
        ],
    )
    rewards.goals({2: wheel})
    body = shop.order({**LATTE, "quantity": "2"}, card=encode("crd", card.id), state="paid")
    (said,) = shop.quote(body).body["rewards"]
    assert said == {
        "id": None,
        "reward": encode("rwd", wheel.id),
        "card": encode("crd", card.id),
        "kind": "lottery",
        "title": "The wheel",
        "lottery": "The wheel",
        "goal": 2,
        "voucher": None,
        "state": "planned",
    }
    assert rewards.given(card) == []
    order = buy(shop, card, 2)
    (given,) = order.body["rewards"]
    assert given["reward"] == said["reward"]
    assert given["lottery"] == "The wheel"
    assert given["title"] in ("A mug", "A coffee")
    assert given["kind"] == {"A mug": "award", "A coffee": "voucher"}[given["title"]]
    assert shop.caller.get(f"/orders/{order.body['id']}").body["rewards"] == [given]


def test_a_quote_knows_what_was_rewarded_and_what_a_last_round_takes(
    shop: OrderShop, rewards: RewardShop, card: CardView
) -> None:
    shop.run(STAMP_FOR_EACH)
    rewards.goals({2: rewards.award("A biscuit"), 4: rewards.award("A coffee")}, rounds=1)
    order = buy(shop, card, 2)
    shop.caller.post(f"/given-rewards/{order.body['rewards'][0]['id']}/hand-over", {})
    shop.caller.post(f"/orders/{order.body['id']}/cancel")
    # The biscuit is eaten: its goal brings nothing a second time.
    assert [one[2] for one in foretold(shop, card, 3)] == []
    assert [one[2] for one in foretold(shop, card, 9)] == ["A coffee"]
    assert [one["title"] for one in buy(shop, card, 9).body["rewards"]] == ["A coffee"]
    assert foretold(shop, card, 9) == []


def test_a_quote_knows_that_a_round_waits_for_stamps_that_are_set_aside(
    shop: OrderShop, rewards: RewardShop, card: CardView
) -> None:
    shop.run(STAMP_FOR_EACH)
    rewards.goals({1: rewards.award("A biscuit"), 4: rewards.award("A coffee")})
    buy(shop, card, 3)
    hold = shop.caller.post(
        f"/cards/{encode('crd', card.id)}/holds", {"balance_type": "ext:stamps", "amount": "2", "seconds": 600}
    )
    assert hold.status == 201, hold.body
    said = foretold(shop, card, 2)
    order = buy(shop, card, 2)
    assert [tuple(one[name] for name in FOUND) for one in order.body["rewards"]] == said
    assert [one[2] for one in said] == ["A coffee"]


def kept_by_an_order(shop: OrderShop, rewards: RewardShop, card: CardView) -> tuple[str, str, str]:
    """An order that brought a voucher, the voucher, and an open order that keeps it."""
    shop.run(STAMP_FOR_EACH)
    rewards.goals({8: rewards.voucher("A euro off", benefit={"amount": "1.00"})})
    first = buy(shop, card, 8).body
    voucher = first["rewards"][0]["voucher"]
    code = shop.caller.get(f"/vouchers/{voucher}").body["code"]
    cake = {"sku": "cake", "name": "Cake", "quantity": "0.5", "price": "8.00"}
    body = shop.order(cake, card=encode("crd", card.id), state="open", reserve_seconds=600, codes=[code])
    kept = shop.record(body)
    assert [one["state"] for one in kept.body["redemptions"]] == ["locked"], kept.body
    return first["id"], voucher, kept.body["id"]


def state_of(shop: OrderShop, voucher: str) -> str:
    return str(shop.caller.get(f"/vouchers/{voucher}").body["state"])


def test_a_voucher_that_an_open_order_keeps_stays_with_it(shop: OrderShop, rewards: RewardShop, card: CardView) -> None:
    first, voucher, kept = kept_by_an_order(shop, rewards, card)
    cancelled = shop.caller.post(f"/orders/{first}/cancel")
    assert len(cancelled.body["kept_rewards"]) == 1
    assert rewards.stamps(card) == 0
    # Whoever was promised the price pays it: paying never refuses.
    paid = shop.caller.post(f"/orders/{kept}/pay", {"expected_total": "3.00"})
    assert (paid.status, [one["state"] for one in paid.body["redemptions"]]) == (200, ["used"]), paid.body
    assert rewards.given(card) == [("A euro off", "given", 0, 8)]
    # It counts as used: its goal brings nothing a second time, and it comes back with the order that used it.
    assert buy(shop, card, 8).body["rewards"] == []
    shop.caller.post(f"/orders/{kept}/cancel")
    assert state_of(shop, voucher) == "active"
    assert shop.counter.read("SELECT 1 FROM given_rewards WHERE waits_for_order") == []


@pytest.mark.parametrize("how", ["release", "cancel", "changed", "time"])
@pytest.mark.parametrize("is_reached_again", [False, True])
def test_let_go_it_is_cancelled_unless_the_goal_is_reached_again(
    shop: OrderShop, rewards: RewardShop, card: CardView, how: str, is_reached_again: bool
) -> None:
    first, voucher, kept = kept_by_an_order(shop, rewards, card)
    shop.caller.post(f"/orders/{first}/cancel")
    assert state_of(shop, voucher) == "redeemed"
    if is_reached_again:
        assert buy(shop, card, 8).body["rewards"] == []
    match how:
        case "time":
            release_lapsed_orders(shop.chain_id, timezone.now() + timedelta(minutes=11))
        case "changed":
            changed = shop.caller.patch(f"/orders/{kept}", {"codes": []})
            assert changed.status == 200, changed.body
        case _:
            done = shop.caller.post(f"/orders/{kept}/{how}")
            assert done.status == 200, done.body
    if is_reached_again:
        assert state_of(shop, voucher) == "active"
        assert rewards.given(card) == [("A euro off", "given", 0, 8)]
        return
    assert state_of(shop, voucher) == "cancelled"
    assert rewards.given(card) == [("A euro off", "cancelled", 0, 8)]
    # Nobody has used it, so the goal brings one anew.
    (again,) = buy(shop, card, 8).body["rewards"]
    assert again["voucher"] != voucher


def test_an_order_that_is_changed_keeps_the_voucher(shop: OrderShop, rewards: RewardShop, card: CardView) -> None:
    first, voucher, kept = kept_by_an_order(shop, rewards, card)
    shop.caller.post(f"/orders/{first}/cancel")
    changed = shop.caller.patch(f"/orders/{kept}", {"contact_point": "till-2"})
    assert [one["state"] for one in changed.body["redemptions"]] == ["locked"], changed.body
    assert state_of(shop, voucher) == "redeemed"
    assert shop.caller.post(f"/orders/{kept}/pay").status == 200
    assert state_of(shop, voucher) == "redeemed"
