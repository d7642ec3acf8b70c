"""Limits of promotions under many tills at the same instant: never more than they allow, and all that they allow (ORD-8)."""

from collections import Counter as Tally
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from regulars.kernel.ids import encode, new_id
from regulars.platform.database import rows, unit_of_work
from regulars.platform.embedded import DatabaseUrls
from regulars.platform.hot import hot_unit_of_work
from regulars.promotions.actions.limits import LimitUsedUp, Part, give_back_limits, take_limits
from regulars.promotions.actions.publishing import publish_promotion
from regulars.promotions.actions.writing import PromotionDraft, change_promotion, create_promotion
from regulars.promotions.queries.promotions import PromotionView
from regulars.promotions.queries.running import running_of
from regulars.promotions.queries.uses import uses_of
from regulars.promotions.rules.facts import Uses
from regulars.promotions.rules.promotion import Limits
from tests.ledger_kit import Counter, at_once, open_counter

pytestmark = [pytest.mark.committed, pytest.mark.outside]

TILLS = 16
TODAY = date(2026, 11, 27)


@pytest.fixture
def counter(committed_db: DatabaseUrls) -> Counter:
    return open_counter()


def publish(counter: Counter, **limits: Any) -> PromotionView:
    draft = PromotionDraft(
        name="Ten off",
        program=encode("prg", counter.card_type.program.id),
        content={
            "benefits": [{"kind": "percent_off_order", "percent": "10"}],
            "earnings": [{"kind": "per_order", "balance_type": "ext:points", "units": "1"}],
            "limits": limits,
        },
        state="active",
    )
    return create_promotion(counter.actor, draft, now=timezone.now())


def limits_of(counter: Counter, promotion: PromotionView) -> Limits:
    with unit_of_work(counter.chain_id):
        return running_of(None, counter.chain_id).promotions[str(promotion.id)].rule.limits


def take(counter: Counter, part: Part, limits: Limits) -> LimitUsedUp | None:
    with hot_unit_of_work(counter.chain_id) as cursor:
        return take_limits(cursor, counter.chain_id, [(part, limits)])


def used(counter: Counter, promotion: PromotionView, limits: Limits, *, holder_id: UUID | None = None) -> Uses:
    with hot_unit_of_work(counter.chain_id) as cursor:
        return uses_of(cursor, {promotion.id: limits}, holder_id=holder_id, day=TODAY)[str(promotion.id)]


def outcomes(results: list[Any]) -> Tally[str]:
    return Tally(
        "taken" if one is None else one.limit if isinstance(one, LimitUsedUp) else repr(one) for one in results
    )


@pytest.mark.parametrize("limit", [1, 3, 7, 40])
def test_16_tills_take_a_limit_of_uses_to_the_last_one(counter: Counter, limit: int) -> None:
    promotion = publish(counter, total=limit)
    limits = limits_of(counter, promotion)
    results = []
    for _ in range(3):
        results += at_once([partial(take, counter, Part(promotion.id, None, TODAY), limits)] * TILLS)
    expected = Tally({"taken": limit, "uses": 3 * TILLS - limit})
    assert outcomes(results) == expected
    assert used(counter, promotion, limits).total == limit


def test_a_budget_in_money_is_drawn_over_several_slots_and_never_overdrawn(counter: Counter) -> None:
    promotion = publish(counter, discount="10000.00")
    limits = limits_of(counter, promotion)
    # 16 slots of 625.00: no slot holds a second 400.00, yet 25 orders fit.
    results = []
    for _ in range(2):
        results += at_once([partial(take, counter, Part(promotion.id, None, TODAY, discount=40_000), limits)] * TILLS)
    assert outcomes(results) == Tally({"taken": 25, "discount": 7})
    assert used(counter, promotion, limits).discount == 1_000_000


def test_a_limit_per_customer_and_per_day_holds_for_each_one(counter: Counter) -> None:
    promotion = publish(counter, per_customer=5, per_day=3)
    limits = limits_of(counter, promotion)
    anna, ivan = new_id(), new_id()
    tills = [partial(take, counter, Part(promotion.id, who, TODAY), limits) for who in (anna, ivan)] * 8
    assert outcomes(at_once(tills)) == Tally({"taken": 6, "per_day": 10})
    tomorrow = [partial(take, counter, Part(promotion.id, anna, date(2026, 11, 28)), limits)] * 8
    assert outcomes(at_once(tomorrow)) == Tally({"taken": 2, "per_customer": 6})
    found = used(counter, promotion, limits, holder_id=anna)
    assert (found.by_customer, found.today) == (5, 3)


def test_units_earned_in_a_day_are_counted_in_units(counter: Counter) -> None:
    promotion = publish(counter, earned_per_day="10.00")
    limits = limits_of(counter, promotion)
    part = Part(promotion.id, new_id(), TODAY, earned=300)
    assert outcomes(at_once([partial(take, counter, part, limits)] * 8)) == Tally({"taken": 3, "earned_per_day": 5})


def test_what_does_not_suffice_takes_nothing_of_the_others(counter: Counter) -> None:
    plenty, scarce = publish(counter, total=1000, per_customer=1000), publish(counter, total=5)
    many, few = limits_of(counter, plenty), limits_of(counter, scarce)
    holder = new_id()

    def both() -> LimitUsedUp | None:
        with hot_unit_of_work(counter.chain_id) as cursor:
            parts = [(Part(scarce.id, holder, TODAY), few), (Part(plenty.id, holder, TODAY), many)]
            return take_limits(cursor, counter.chain_id, parts)

    results = at_once([both] * TILLS)
    assert outcomes(results) == Tally({"taken": 5, "uses": 11})
    assert used(counter, plenty, many, holder_id=holder).total == 5
    assert used(counter, plenty, many, holder_id=holder).by_customer == 5


def test_what_is_given_back_can_be_taken_again_beside_others_who_take(counter: Counter) -> None:
    promotion = publish(counter, total=16, per_customer=16)
    limits = limits_of(counter, promotion)
    part = Part(promotion.id, new_id(), TODAY)
    assert outcomes(at_once([partial(take, counter, part, limits)] * TILLS)) == Tally({"taken": 16})

    def give() -> LimitUsedUp | None:
        with hot_unit_of_work(counter.chain_id) as cursor:
            give_back_limits(cursor, [part])
        return None

    calls: list[Callable[[], LimitUsedUp | None]] = [*[give] * 8, *[partial(take, counter, part, limits)] * 8]
    results = at_once(calls)
    assert all(one is None or isinstance(one, LimitUsedUp) for one in results)
    taken = sum(one is None for one in results[8:])
    found = used(counter, promotion, limits, holder_id=part.holder_id)
    assert (found.total, found.by_customer) == (8 + taken, 8 + taken)


def test_a_raised_or_lowered_limit_keeps_what_was_used(counter: Counter) -> None:
    promotion = publish(counter, total=10)
    part = Part(promotion.id, None, TODAY)
    name = encode("prm", promotion.id)

    def publish_limit(total: int) -> Limits:
        change_promotion(counter.actor, name, {"limits": {"total": total}}, now=timezone.now())
        publish_promotion(counter.actor, name, now=timezone.now())
        return limits_of(counter, promotion)

    limits = limits_of(counter, promotion)
    for _ in range(8):
        assert take(counter, part, limits) is None
    limits = publish_limit(100)
    assert used(counter, promotion, limits).total == 8
    limits = publish_limit(5)
    assert used(counter, promotion, limits).total == 8
    with unit_of_work(counter.chain_id):
        assert rows("SELECT sum(remaining) FROM promotion_slots WHERE slot >= 0") == [(0,)]
    # Three too many: what comes back is not given a second time before the limit holds again.
    for wanted in (7, 6, 5):
        with hot_unit_of_work(counter.chain_id) as cursor:
            give_back_limits(cursor, [part])
        assert used(counter, promotion, limits).total == wanted
        assert isinstance(take(counter, part, limits), LimitUsedUp)
    with hot_unit_of_work(counter.chain_id) as cursor:
        give_back_limits(cursor, [part])
    assert take(counter, part, limits) is None
    assert isinstance(take(counter, part, limits), LimitUsedUp)


def test_a_limit_is_raised_while_tills_take_of_it(counter: Counter) -> None:
    promotion = publish(counter, total=5)
    limits = limits_of(counter, promotion)
    part = Part(promotion.id, None, TODAY)
    name = encode("prm", promotion.id)
    change_promotion(counter.actor, name, {"limits": {"total": 12}}, now=timezone.now())

    def raise_limit() -> LimitUsedUp | None:
        publish_promotion(counter.actor, name, now=timezone.now())
        return None

    calls: list[Callable[[], LimitUsedUp | None]] = [raise_limit, *[partial(take, counter, part, limits)] * 8]
    results = at_once(calls)
    assert results[0] is None
    taken = sum(one is None for one in results[1:])
    assert 5 <= taken <= 8
    later = limits_of(counter, promotion)
    while take(counter, part, later) is None:
        taken += 1
    assert taken == 12


def test_a_promotion_without_counted_limits_touches_no_row(counter: Counter) -> None:
    promotion = publish(counter, per_order=2)
    limits = limits_of(counter, promotion)
    assert take(counter, Part(promotion.id, new_id(), TODAY), limits) is None
    with unit_of_work(counter.chain_id):
        assert rows("SELECT count(*) FROM promotion_slots") == [(0,)]
        assert rows("SELECT count(*) FROM promotion_uses") == [(0,)]
