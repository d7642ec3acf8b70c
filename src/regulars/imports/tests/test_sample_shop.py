"""The shop of the sample: two months of orders through the real actions; the books hold before and after it goes (UX 8)."""

import time
from collections import Counter as Tally

import pytest
from django.utils import timezone

from regulars.cards.actions.balances import AdjustCommand, adjust_balance
from regulars.cards.queries.types import list_card_types
from regulars.imports.actions import sample_data
from regulars.imports.actions.sample_data import add_sample, remove_sample, run_adding, run_removing
from regulars.imports.models import SampleData
from regulars.imports.rules.sample_shop import ORDERS, PRODUCTS
from regulars.imports.rules.samples import FILES
from regulars.kernel.ids import encode
from regulars.orders.queries.orders import OrderFilter, list_orders
from regulars.platform.database import rows, unit_of_work
from regulars.platform.embedded import DatabaseUrls
from regulars.products.queries import ProductFilter, list_products
from regulars.project.proofs import verify
from regulars.promotions.queries.promotions import list_promotions
from regulars.rewards.queries.milestones import find_milestones
from regulars.rewards.queries.rewards import list_rewards
from regulars.vouchers.actions.redeem import RedeemCommand, redeem_voucher
from regulars.vouchers.queries.vouchers import VoucherFilter, list_vouchers
from tests.ledger_kit import dispatcher
from tests.people import Shop, open_shop

SECONDS_MAX = 30


@pytest.fixture
def shop(committed_db: DatabaseUrls, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr(sample_data, "FILES", (FILES[1], FILES[5]))
    return open_shop()


def add(shop: Shop) -> None:
    add_sample(shop.actor, word="Sample", defer=lambda *_: None, now=timezone.now())
    run_adding(shop.chain_id, now=timezone.now())


def assert_sound() -> None:
    dispatcher().make_round()
    assert verify(now=timezone.now()).breaches == []


@pytest.mark.committed
@pytest.mark.outside
def test_people_bought_for_two_months_and_all_of_it_goes(shop: Shop) -> None:
    began = time.monotonic()
    add(shop)
    assert time.monotonic() - began < SECONDS_MAX
    with unit_of_work(shop.chain_id):
        states = Tally(dict(rows("SELECT state, count(*) FROM orders GROUP BY 1")))
        promotions = list_promotions(shop.actor, limit=50)
        assert {one.name.partition(":")[0] for one in promotions} == {"Sample"}
        assert Tally(one.state for one in promotions) == {"active": 6, "ended": 1, "draft": 1}
        assert len(list_products(shop.actor, ProductFilter(), limit=50).products) == len(PRODUCTS)
        held = rows("SELECT count(*) FROM holds WHERE state = 'active'")
        gifts = dict(
            rows(
                "SELECT p.external_id, count(*) FROM order_promotions o JOIN promotions p ON p.id = o.promotion_id"
                " GROUP BY 1"
            )
        )
        tiers = rows("SELECT count(*) FROM holder_tiers WHERE tier_id IS NOT NULL")
        spends = rows("SELECT count(*) FROM order_effects WHERE kind = 'spend' AND transaction_id IS NOT NULL")
        yesterday = rows("SELECT count(*) FROM orders WHERE at >= now() - interval '40 hours' AND state = 'completed'")
        vouchers, _ = list_vouchers(shop.actor, VoucherFilter(), now=timezone.now())
        rewards = list_rewards(shop.actor)
        coffee = next(one for one in list_card_types(shop.actor) if one.name == "Sample: Coffee card")
        goals = [(one.stamps, one.title) for one in find_milestones(shop.chain_id, coffee.id).goals]
        given = rows("SELECT count(*) FROM given_rewards")
    assert sum(states.values()) == ORDERS + 2
    assert states["open"] == 2
    assert states["cancelled"] >= 3
    assert states["partly_refunded"] + states["refunded"] >= 5
    assert held[0][0] == 1
    # Every kind of promise was kept to somebody.
    assert set(gifts) >= {"sample-cashback", "sample-happy-hour", "sample-buy-get", "sample-stamps"}
    assert tiers[0][0] >= 3
    assert spends[0][0] >= 3
    assert yesterday[0][0] >= 3
    assert [(one.title, one.state) for one in vouchers] == [
        ("Sample: A hair mask on the house", "active"),
        ("Sample: 10 % off your next visit", "active"),
    ]
    assert [one.title for one in rewards if one.is_listed] == ["Sample: A tea from the tin", "Sample: Hand cream"]
    assert goals == [
        (3, "Sample: Turn of the wheel"),
        (5, "Sample: A biscuit"),
        (10, "Sample: A coffee of your choice"),
    ]
    # Who had the stamps before has had what they lead to.
    assert given == [(0,)]
    assert_sound()
    # After a kill: nothing is doubled.
    with unit_of_work(shop.chain_id):
        SampleData.objects.update(state="adding")
    run_adding(shop.chain_id, now=timezone.now())
    with unit_of_work(shop.chain_id):
        assert rows("SELECT count(*) FROM orders") == [(ORDERS + 2,)]
        assert len(list_promotions(shop.actor, limit=50)) == len(promotions)
        assert len(list_vouchers(shop.actor, VoucherFilter(), now=timezone.now())[0]) == len(vouchers)
        assert len(list_rewards(shop.actor)) == len(rewards)
    remove_sample(shop.actor, defer=lambda *_: None, now=timezone.now())
    run_removing(shop.chain_id, now=timezone.now())
    with unit_of_work(shop.chain_id):
        assert SampleData.objects.get().kept == {"cards": 0, "customers": 0, "types": 0}
        assert list_orders(shop.actor, OrderFilter())[0] == []
        assert list_promotions(shop.actor, limit=50) == []
        assert list_vouchers(shop.actor, VoucherFilter(), now=timezone.now())[0] == []
        assert list_rewards(shop.actor) + list_rewards(shop.actor, archived=True) == []
        assert rows("SELECT count(*) FROM milestones") == [(0,)]
        assert rows("SELECT count(*) FROM vouchers WHERE card_id IS NOT NULL OR customer_id IS NOT NULL") == [(0,)]
        assert rows("SELECT count(*) FROM code_keys WHERE kind = 'voucher'") == [(0,)]
        assert list_products(shop.actor, ProductFilter(), limit=50).products == ()
        assert rows("SELECT count(*) FROM holds WHERE state = 'active'") == [(0,)]
        assert rows("SELECT count(*) FROM holder_tiers") == [(0,)]
        assert rows("SELECT count(*) FROM orders WHERE state <> 'undone' OR customer_id IS NOT NULL") == [(0,)]
    assert_sound()
    add(shop)
    with unit_of_work(shop.chain_id):
        assert len(list_promotions(shop.actor, limit=50)) == len(promotions)
        assert rows("SELECT count(*) FROM orders WHERE state <> 'undone'") == [(ORDERS + 2,)]
        assert len(list_vouchers(shop.actor, VoucherFilter(), now=timezone.now())[0]) == len(vouchers)
        assert len(list_rewards(shop.actor)) == len(rewards)
    assert_sound()


@pytest.mark.committed
@pytest.mark.outside
def test_a_reward_that_somebody_got_stays_with_its_card_and_its_goal(shop: Shop) -> None:
    add(shop)
    now = timezone.now()
    with unit_of_work(shop.chain_id):
        coffee = next(one for one in list_card_types(shop.actor) if one.name == "Sample: Coffee card")
        ((card_id,),) = rows(
            "SELECT k.id FROM cards k JOIN accounts a ON a.card_id = k.id WHERE k.card_type_id = %s AND a.balance = 0"
            " AND k.status = 'active' ORDER BY k.id LIMIT 1",
            [coffee.id],
        )
        voucher = next(iter(list_vouchers(shop.actor, VoucherFilter(), now=now)[0]))
    command = AdjustCommand(
        card=encode("crd", card_id), balance_type="sample-stamps", amount="5", reason="A real visit"
    )
    adjust_balance(shop.actor, command, now=now)
    redeem_voucher(shop.actor, RedeemCommand(encode("vch", voucher.id)), now=now)
    remove_sample(shop.actor, defer=lambda *_: None, now=now)
    run_removing(shop.chain_id, now=now)
    with unit_of_work(shop.chain_id):
        kept = SampleData.objects.get().kept
        assert (kept["cards"], kept["types"]) == (2, 2)
        assert {one.title for one in list_rewards(shop.actor)} == {
            "Sample: Turn of the wheel",
            "Sample: A biscuit",
            "Sample: A coffee of your choice",
        }
        assert [one.state for one in list_vouchers(shop.actor, VoucherFilter(source="manual"), now=now)[0]] == [
            "redeemed"
        ]
    assert_sound()
