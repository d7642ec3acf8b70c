"""Rewards over HTTP: every refusal by its code (RWD-1, RWD-2)."""

from typing import Any

import pytest

from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import decode, encode
from regulars.rewards.queries.rewards import access_reward
from regulars.rewards.tests.reward_kit import RewardShop
from regulars.vouchers.actions.redeem import RedeemCommand, redeem_voucher
from tests.contract.chains import add_caller
from tests.order_kit import BONUS, TEN_OFF, OrderShop, open_order_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> OrderShop:
    return open_order_shop()


@pytest.fixture
def rewards(shop: OrderShop) -> RewardShop:
    return RewardShop(shop.counter)


@pytest.fixture
def card(shop: OrderShop) -> CardView:
    return shop.counter.issue("+4915112345678")


def reward(shop: OrderShop, **body: Any) -> dict[str, Any]:
    reply = shop.caller.post("/rewards", {"title": "A coffee", **body})
    assert reply.status == 201, reply.body
    return dict(reply.body)


def bought(amount: str = "5.00") -> dict[str, Any]:
    return {"price": {"balance_type": "bonus", "amount": amount}}


def problems(reply: Any) -> list[tuple[str, str]]:
    assert reply.status == 422, reply.body
    return [(one["pointer"], one["code"]) for one in reply.body["errors"]]


def test_a_reward_is_defined_changed_and_put_away(shop: OrderShop) -> None:
    made = reward(shop, external_id="coffee", kind="voucher", validity={"kind": "days", "value": 30}, **bought())
    assert made["price"] == {"balance_type": "bonus", "amount": "5.00"}
    assert made["validity"] == {"kind": "days", "value": 30}
    read = shop.caller.get("/rewards/ext:coffee")
    assert read.body == made
    changed = shop.caller.send("PATCH", f"/rewards/{made['id']}", {"title": "A latte", "stock": 3, "price": None})
    assert (changed.body["title"], changed.body["stock"], changed.body["price"]) == ("A latte", 3, None)
    shop.caller.send("PATCH", f"/rewards/{made['id']}", {"archived": True})
    assert shop.caller.get("/rewards").body["items"] == []
    assert len(shop.caller.get("/rewards?archived=true").body["items"]) == 1


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"title": " "}, "/title", "required"),
        ({"icon": "skull"}, "/icon", "unknown_value"),
        ({"validity": {"kind": "days", "value": 3}}, "/validity", "not_of_this_kind"),
        ({"kind": "voucher", "validity": {"kind": "days", "value": 0}}, "/validity/value", "out_of_range"),
        ({"kind": "voucher", "benefit": {"percent": "101"}}, "/benefit/percent", "out_of_range"),
        ({"kind": "lottery"}, "/variants", "out_of_range"),
        ({"price": {"balance_type": "nothing", "amount": "5"}}, "/balance_type", "unknown_value"),
        ({"price": {"balance_type": "bonus", "amount": "0"}}, "/price", "out_of_range"),
        ({"price": {"balance_type": "bonus", "amount": "0.001"}}, "/price", "too_many_decimals"),
        ({"stock": -1}, "/stock", "out_of_range"),
        ({"per_customer": 0}, "/per_customer", "out_of_range"),
    ],
)
def test_a_reward_that_cannot_be(shop: OrderShop, body: dict[str, Any], pointer: str, code: str) -> None:
    assert (pointer, code) in problems(shop.caller.post("/rewards", {"title": "A coffee", **body}))


def variants(*percents: str) -> list[dict[str, str]]:
    return [{"probability": percent, "kind": "award", "title": f"Prize {percent}"} for percent in percents]


@pytest.mark.parametrize(
    ("percents", "says"),
    [(("50", "49.99"), "0.01 % are missing"), (("50", "50.01"), "0.01 % more than 100 %")],
)
def test_probabilities_are_exactly_a_hundred(shop: OrderShop, percents: tuple[str, ...], says: str) -> None:
    reply = shop.caller.post("/rewards", {"title": "Spin", "kind": "lottery", "variants": variants(*percents)})
    assert problems(reply) == [("/variants", "not_whole")]
    assert says in reply.body["errors"][0]["detail"]
    whole = shop.caller.post(
        "/rewards", {"title": "Spin", "kind": "lottery", "variants": variants("50", "49.99", "0.01")}
    )
    assert whole.status == 201, whole.body


def test_an_external_id_is_given_once(shop: OrderShop) -> None:
    reward(shop, external_id="coffee")
    reply = shop.caller.post("/rewards", {"title": "Another", "external_id": "coffee"})
    assert (reply.status, reply.body["code"]) == (409, "external_id_taken")


def milestones(shop: OrderShop) -> str:
    return f"/card-types/{encode('ctp', shop.counter.card_type.id)}/milestones"


def test_milestones_are_set_and_read(shop: OrderShop) -> None:
    made = reward(shop)
    goals = [{"stamps": 8, "reward": made["id"]}, {"stamps": 4, "reward": made["id"]}]
    reply = shop.caller.send("PUT", milestones(shop), {"goals": goals, "rounds": 3, "money_per_stamp": "5.00"})
    assert reply.status == 200, reply.body
    assert [one["stamps"] for one in reply.body["goals"]] == [4, 8]
    assert (reply.body["rounds"], reply.body["money_per_stamp"]) == (3, "5.00")
    assert shop.caller.get(milestones(shop)).body == reply.body
    away = shop.caller.send("PATCH", f"/rewards/{made['id']}", {"archived": True})
    assert (away.status, away.body["code"]) == (409, "reward_in_use")
    card_type = f"/card-types/{encode('ctp', shop.counter.card_type.id)}"
    assert shop.caller.get(card_type).body["goal"] == 8
    assert problems(shop.caller.send("PATCH", card_type, {"goal": 9})) == [("/goal", "set_by_milestones")]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"goals": [{"stamps": 0}]}, "/goals/0/stamps", "out_of_range"),
        ({"goals": [{"stamps": 8}, {"stamps": 8}]}, "/goals/1/stamps", "duplicate"),
        ({"goals": [{"stamps": 8, "reward": "rwd_00000000000000000000000000"}]}, "/goals/0/reward", "unknown_value"),
        ({"goals": [], "rounds": 0}, "/rounds", "out_of_range"),
        ({"goals": [], "pause_seconds": -1}, "/pause_seconds", "out_of_range"),
        ({"goals": [], "money_per_stamp": "0"}, "/money_per_stamp", "out_of_range"),
        ({"goals": [{"stamps": number} for number in range(1, 12)]}, "/goals", "out_of_range"),
    ],
)
def test_milestones_that_cannot_be(shop: OrderShop, body: dict[str, Any], pointer: str, code: str) -> None:
    made = reward(shop)
    sent = {**body, "goals": [{"reward": made["id"], **goal} for goal in body["goals"]]}
    assert (pointer, code) in problems(shop.caller.send("PUT", milestones(shop), sent))


def test_cards_above_a_goal_are_counted_first(shop: OrderShop, rewards: RewardShop, card: CardView) -> None:
    shop.counter.adjust(card, "19", balance_type="stamps")
    made = reward(shop)
    goals = {"goals": [{"stamps": 8, "reward": made["id"]}]}
    counted = shop.caller.post(f"{milestones(shop)}/count", goals)
    assert counted.body == {"cards": 1, "rewards": 2, "rounds": 2, "in_round": 0}
    unsaid = shop.caller.send("PUT", milestones(shop), goals)
    assert (unsaid.status, unsaid.body["code"]) == (409, "cards_above_goal")
    assert (unsaid.body["cards"], unsaid.body["rewards"]) == (1, 2)
    said = shop.caller.send("PUT", milestones(shop), {**goals, "above": "reward"})
    assert said.status == 200, said.body
    assert said.body["settling"]["state"] == "waiting"
    under_way = shop.caller.send("PUT", milestones(shop), goals)
    assert (under_way.status, under_way.body["code"]) == (409, "settling_under_way")


def test_goals_that_change_ask_how_holders_move_over(shop: OrderShop, rewards: RewardShop, card: CardView) -> None:
    made = reward(shop)
    shop.caller.send("PUT", milestones(shop), {"goals": [{"stamps": 8, "reward": made["id"]}]})
    rewards.stamp(card, 5)
    goals = {"goals": [{"stamps": 10, "reward": made["id"]}]}
    assert shop.caller.post(f"{milestones(shop)}/count", goals).body["in_round"] == 1
    unsaid = shop.caller.send("PUT", milestones(shop), goals)
    assert (unsaid.status, unsaid.body["code"], unsaid.body["cards"]) == (409, "holders_in_round", 1)
    assert unsaid.body["choices"] == ["move", "finish_round"]
    wrong = shop.caller.send("PUT", milestones(shop), {**goals, "holders": "later"})
    assert (wrong.status, wrong.body["code"]) == (422, "invalid_request")
    said = shop.caller.send("PUT", milestones(shop), {**goals, "holders": "finish_round"})
    assert said.status == 200, said.body
    standing = shop.caller.get(f"/cards/{encode('crd', card.id)}/standing").body
    assert (standing["stamps"], standing["goal"], standing["next"]["goal"]) == (5, 8, 8)
    listed = shop.caller.get(f"/cards/{encode('crd', card.id)}").body
    assert listed["progress"] == {"stamps": 5, "goal": 8}
    moved = shop.caller.send("PUT", milestones(shop), {**goals, "holders": "move"})
    assert moved.status == 200, moved.body
    assert shop.caller.get(f"/cards/{encode('crd', card.id)}/standing").body["goal"] == 10


def test_stamps_bring_rewards_and_say_where_the_card_stands(
    shop: OrderShop, rewards: RewardShop, card: CardView
) -> None:
    rewards.goals({8: rewards.voucher("A coffee")}, rounds=2)
    path = f"/cards/{encode('crd', card.id)}/stamps"
    first = shop.caller.post(path, {"count": 7})
    assert first.status == 201, first.body
    assert first.body["standing"]["next"] == {"goal": 8, "missing": 1, "title": "A coffee"}
    soon = shop.caller.post(path, {"count": 3})
    assert (soon.status, soon.body["code"]) == (409, "stamped_recently")
    assert soon.body["at"]
    again = shop.caller.post(path, {"count": 3, "again": True, "source": "pos"})
    assert again.status == 201, again.body
    (given,) = again.body["rewards"]
    assert given["voucher_code"]
    assert again.body["transaction"]["source"] == "pos"
    assert (again.body["standing"]["stamps"], again.body["standing"]["round"]) == (2, 2)
    part = shop.caller.post(path, {"count": 9, "again": True})
    assert (part.body["given"], part.body["refused"], part.body["standing"]["next"]) == (6, 3, None)
    full = shop.caller.post(path, {"count": 1, "again": True})
    assert (full.status, full.body["code"], full.body["room"]) == (409, "card_full", 0)
    read = shop.caller.get(f"/cards/{encode('crd', card.id)}/standing")
    assert (read.body["stamps"], read.body["goal"]) == (8, 8)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/count", "required"),
        ({"count": 1, "amount": "5"}, "/count", "required"),
        ({"count": 0}, "/count", "out_of_range"),
        ({"count": 101}, "/count", "out_of_range"),
        ({"amount": "5"}, "/amount", "no_money_per_stamp"),
    ],
)
def test_stamps_that_cannot_be(shop: OrderShop, card: CardView, body: dict[str, Any], pointer: str, code: str) -> None:
    reply = shop.caller.post(f"/cards/{encode('crd', card.id)}/stamps", body)
    assert problems(reply) == [(pointer, code)]


def test_a_reward_is_bought_with_points_and_cancelled(shop: OrderShop, card: CardView) -> None:
    made = reward(shop, kind="voucher", stock=1, **bought())
    body = {"card": encode("crd", card.id)}
    path = f"/rewards/{made['id']}/redeem"
    poor = shop.caller.post(path, body)
    assert (poor.status, poor.body["code"]) == (409, "insufficient_balance")
    shop.counter.adjust(card, "12.00", balance_type="bonus")
    given = shop.caller.post(path, body)
    assert given.status == 201, given.body
    assert given.body["voucher_code"]
    assert shop.balance(card) == 700
    assert shop.caller.get(f"/rewards/{made['id']}").body["stock"] == 0
    last = shop.caller.post(path, body)
    assert (last.status, last.body["code"]) == (409, "out_of_stock")
    cancelled = shop.caller.post(f"/given-rewards/{given.body['id']}/cancel", {"reason": "a slip"})
    assert (cancelled.body["state"], cancelled.body["voucher_state"]) == ("cancelled", "cancelled")
    assert shop.balance(card) == 1200
    assert shop.caller.get(f"/rewards/{made['id']}").body["stock"] == 1
    twice = shop.caller.post(f"/given-rewards/{given.body['id']}/cancel", {})
    assert (twice.status, twice.body["code"]) == (409, "reward_cancelled")


def test_the_price_of_a_bought_reward_does_not_come_back_alone(shop: OrderShop, card: CardView) -> None:
    made = reward(shop, kind="voucher", **bought())
    shop.counter.adjust(card, "12.00", balance_type="bonus")
    given = shop.caller.post(f"/rewards/{made['id']}/redeem", {"card": encode("crd", card.id)})
    reply = shop.caller.post(f"/transactions/{given.body['transaction']}/reverse", {"reason": "a slip"})
    assert (reply.status, reply.body["code"]) == (409, "not_reversible")
    assert shop.balance(card) == 700
    assert shop.caller.get(f"/given-rewards/{given.body['id']}").body["voucher_state"] == "active"


def test_what_was_used_is_not_cancelled(shop: OrderShop, rewards: RewardShop, card: CardView) -> None:
    made = reward(shop, kind="voucher", **bought())
    shop.counter.adjust(card, "12.00", balance_type="bonus")
    given = shop.caller.post(f"/rewards/{made['id']}/redeem", {"card": encode("crd", card.id)})
    redeem_voucher(shop.counter.actor, RedeemCommand(given.body["voucher"]), now=rewards.now())
    reply = shop.caller.post(f"/given-rewards/{given.body['id']}/cancel", {})
    assert (reply.status, reply.body["code"]) == (409, "reward_used")


def test_a_draw_that_was_bought_is_not_returned(shop: OrderShop, card: CardView) -> None:
    spin = reward(shop, kind="lottery", variants=[{"probability": "100", "kind": "award", "title": "Mug"}], **bought())
    shop.counter.adjust(card, "12.00", balance_type="bonus")
    given = shop.caller.post(f"/rewards/{spin['id']}/redeem", {"card": encode("crd", card.id)})
    reply = shop.caller.post(f"/given-rewards/{given.body['id']}/cancel", {})
    assert (reply.status, reply.body["code"]) == (409, "reward_drawn")
    assert shop.balance(card) == 700


def test_a_reward_has_its_limits(shop: OrderShop, card: CardView) -> None:
    body = {"card": encode("crd", card.id)}
    shop.counter.adjust(card, "20.00", balance_type="bonus")
    free = reward(shop)
    reply = shop.caller.post(f"/rewards/{free['id']}/redeem", body)
    assert (reply.status, reply.body["code"]) == (409, "not_in_catalogue")
    once = reward(shop, per_customer=1, **bought())
    assert shop.caller.post(f"/rewards/{once['id']}/redeem", body).status == 201
    twice = shop.caller.post(f"/rewards/{once['id']}/redeem", body)
    assert (twice.status, twice.body["code"], twice.body["had"]) == (409, "customer_limit", 1)
    shop.caller.send("PATCH", f"/rewards/{once['id']}", {"archived": True})
    away = shop.caller.post(f"/rewards/{once['id']}/redeem", body)
    assert (away.status, away.body["code"]) == (409, "reward_archived")


def test_an_award_is_handed_over_once(shop: OrderShop, rewards: RewardShop, card: CardView) -> None:
    rewards.goals({2: rewards.award("A biscuit"), 3: rewards.voucher("A coffee")})
    rewards.stamp(card, 3)
    voucher, award = shop.caller.get(f"/given-rewards?card={encode('crd', card.id)}&open=true").body["items"]
    path = f"/given-rewards/{award['id']}"
    unsaid = shop.caller.post(f"{path}/undo-hand-over")
    assert (unsaid.status, unsaid.body["code"]) == (409, "not_handed_over")
    done = shop.caller.post(f"{path}/hand-over", {})
    assert (done.status, done.body["state"]) == (200, "handed_over")
    twice = shop.caller.post(f"{path}/hand-over", {})
    assert (twice.status, twice.body["code"]) == (409, "already_handed_over")
    assert twice.body["handed_over_at"]
    assert shop.caller.post(f"{path}/undo-hand-over").body["state"] == "given"
    wrong = shop.caller.post(f"/given-rewards/{voucher['id']}/hand-over", {})
    assert (wrong.status, wrong.body["code"]) == (409, "not_an_award")
    assert shop.caller.get("/given-rewards/grw_00000000000000000000000000").status == 404


def test_another_chain_sees_nothing_of_it(shop: OrderShop) -> None:
    made = reward(shop, **bought())
    other = open_order_shop(name="Bar Luna")
    assert other.caller.get(f"/rewards/{made['id']}").status == 404
    card = other.counter.issue("+4915112345679")
    reply = other.caller.post(f"/rewards/{made['id']}/redeem", {"card": encode("crd", card.id)})
    assert reply.status == 404


def test_a_card_that_counts_no_stamps_takes_none() -> None:
    shop = open_order_shop(BONUS)
    card = shop.counter.issue("+4915112345678")
    refused = shop.caller.post(f"/cards/{encode('crd', card.id)}/stamps", {"count": 1})
    assert (refused.status, refused.code) == (409, "no_stamps")


def test_whoever_gives_rewards_does_not_define_them(shop: OrderShop, card: CardView) -> None:
    made = reward(shop)
    cashier = add_caller(shop.counter.chain_id, role="cashier")
    goals = {"goals": [{"stamps": 8, "reward": made["id"]}]}
    for reply in (
        cashier.post("/rewards", {"title": "All of it"}),
        cashier.send("PATCH", f"/rewards/{made['id']}", {"title": "All of it"}),
        cashier.send("PUT", milestones(shop), goals),
        cashier.post(f"{milestones(shop)}/settle", {"choice": "reward"}),
    ):
        assert (reply.status, reply.body["needs"]) == (403, "promotions:write")


def test_what_was_handed_over_elsewhere_is_undone_there(shop: OrderShop, rewards: RewardShop, card: CardView) -> None:
    rewards.goals({2: rewards.award("A biscuit")})
    rewards.stamp(card, 2)
    (award,) = shop.caller.get(f"/given-rewards?card={encode('crd', card.id)}").body["items"]
    here = shop.caller.get("/locations").body["items"][0]["id"]
    place = decode("loc", shop.caller.post("/locations", {"name": "There"}).body["id"])
    assert place
    other = add_caller(shop.counter.chain_id, role="cashier", location_ids=[place])
    path = f"/given-rewards/{award['id']}"
    assert shop.caller.post(f"{path}/hand-over", {"location": here}).status == 200
    refused = other.post(f"{path}/undo-hand-over")
    assert (refused.status, refused.code) == (403, "done_elsewhere")


def test_a_lottery_says_what_was_drawn(shop: OrderShop, rewards: RewardShop, card: CardView) -> None:
    variants = [
        {"kind": "award", "title": "A car wash", "probability": "12.5"},
        {"kind": "nothing", "title": "Better luck", "probability": "87.5"},
    ]
    made = shop.caller.post("/rewards", {"title": "The wheel", "kind": "lottery", "variants": variants}).body
    draws = f"/rewards/{made['id']}/draws"
    assert [one["share"] for one in shop.caller.get(draws).body["variants"]] == ["0", "0"]
    rewards.goals({1: access_reward(shop.counter.actor, made["id"])})
    rewards.stamp(card, 20)
    # A goal that is lost and reached again is one draw.
    shop.counter.adjust(card, "-1", balance_type="stamps")
    told = shop.caller.get(draws).body
    assert (told["count"], told["before"]) == (20, 0)
    assert sum(one["drawn"] for one in told["variants"]) == 20
    for one in told["variants"]:
        assert float(one["share"]) == pytest.approx(one["drawn"] * 5)
    variants[0]["title"] = "A free wash"
    assert shop.caller.patch(f"/rewards/{made['id']}", {"variants": variants}).status == 200
    told = shop.caller.get(draws).body
    assert (told["count"], told["before"]) == (0, 20)
    mug = shop.caller.post("/rewards", {"title": "A mug"}).body
    assert shop.caller.get(f"/rewards/{mug['id']}/draws").status == 404


def test_a_reward_unlocks_a_promotion_that_is_there(shop: OrderShop) -> None:
    unknown = {"promotion": "prm_00000000000000000000000000"}
    body = {"title": "A secret", "kind": "voucher", "benefit": unknown}
    assert problems(shop.caller.post("/rewards", body)) == [("/benefit/promotion", "unknown_promotion")]
    spin = {"probability": "100", "kind": "voucher", "title": "Yes", "benefit": unknown}
    drawn = shop.caller.post("/rewards", {"title": "Spin", "kind": "lottery", "variants": [spin]})
    assert problems(drawn) == [("/variants/0/benefit/promotion", "unknown_promotion")]


def test_a_promotion_is_named_by_its_external_id_wherever_a_benefit_is_taken(shop: OrderShop, card: CardView) -> None:
    (promotion,) = shop.run({**TEN_OFF, "external_id": "happy-hour"})
    named, kept = {"promotion": "ext:happy-hour"}, {"promotion": promotion}
    made = shop.caller.post("/rewards", {"title": "A secret", "kind": "voucher", "benefit": named})
    assert made.body["benefit"] == kept
    changed = shop.caller.patch(f"/rewards/{made.body['id']}", {"benefit": {**named, "minimum": "5"}})
    assert changed.body["benefit"] == {**kept, "minimum": "5"}
    spin = {"probability": "100", "kind": "voucher", "title": "Yes", "benefit": named}
    lottery = shop.caller.post("/rewards", {"title": "Spin", "kind": "lottery", "variants": [spin]})
    assert lottery.body["variants"][0]["benefit"] == kept
    voucher = shop.caller.post("/vouchers", {"title": "x", "card": encode("crd", card.id), "benefit": named})
    assert voucher.body["benefit"] == kept
