"""What customers' orders add up to (CUS-5): the pure rules, and the fold over the real database."""

import itertools
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.customers.tests.people import enter
from regulars.imports.models import OpeningFigures
from regulars.kernel.ids import encode, new_id
from regulars.orders.actions.statistics import recount_statistics
from regulars.orders.queries.statistics import StatisticsView, find_statistics
from regulars.orders.rules.statistics import average_interval, average_paid, expected_next, usual_interval
from regulars.platform.database import rows, unit_of_work
from tests.ledger_kit import Counter, dispatcher, open_counter
from tests.order_rows import change_order, pay_with, put_order, tell, tell_of_import

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 1, 5)


def after(*days: int) -> list[date]:
    return [MONDAY + timedelta(days=one) for one in days]


@pytest.mark.parametrize(
    ("days", "interval"),
    [
        ([], None),
        (after(0), None),
        (after(0, 7), None),
        (after(0, 0, 7), None),
        (after(0, 7, 14), 7),
        (after(14, 0, 7), 7),
        (after(0, 7, 15), 8),
        (after(0, 7, 14, 80), 7),
        (after(0, *range(300, 313)), 1),
    ],
)
def test_the_usual_interval_is_the_median_of_the_gaps(days: list[date], interval: int | None) -> None:
    assert usual_interval(days) == interval


@given(st.lists(st.dates(date(2000, 1, 1), date(2060, 1, 1)), max_size=40))
def test_an_interval_lies_between_the_shortest_and_the_longest_gap(days: list[date]) -> None:
    came = sorted(set(days))[-13:]
    gaps = [(later - earlier).days for earlier, later in itertools.pairwise(came)]
    found = usual_interval(days)
    assert found is None if len(came) < 3 else min(gaps) <= (found or 0) <= max(gaps)


@pytest.mark.parametrize(
    ("visits", "first", "last", "interval"),
    [
        (3, MONDAY, MONDAY + timedelta(days=20), 10),
        (2, MONDAY, MONDAY + timedelta(days=20), None),
        (9, MONDAY, MONDAY, None),
        (500, MONDAY, MONDAY + timedelta(days=2), 1),
        (5, None, MONDAY, None),
    ],
)
def test_who_came_from_elsewhere_has_an_average(
    visits: int, first: date | None, last: date, interval: int | None
) -> None:
    assert average_interval(visits, first, last) == interval


def test_nobody_is_expected_before_their_habit_is_known() -> None:
    assert expected_next(MONDAY, None) is None
    assert expected_next(None, 7) is None
    assert expected_next(MONDAY, 7) == date(2026, 1, 12)
    assert (average_paid(1000, 3), average_paid(5, 0)) == (333, None)


@pytest.fixture
def counter(db: None) -> Counter:
    return open_counter()


def day(number: int, hour: int = 12) -> datetime:
    return datetime(2026, 1, number, hour, tzinfo=UTC)


def statistics(counter: Counter, customer: UUID) -> StatisticsView:
    dispatcher().make_round()
    with unit_of_work(counter.chain_id):
        return find_statistics(counter.chain_id, customer)


def test_orders_add_up_and_visits_of_one_day_are_one_day(counter: Counter) -> None:
    anna = enter(counter.shop, "Anna", phone="0151 23450001").id
    for number in (1, 8, 8, 15):
        put_order(counter.chain_id, at=day(number), sold=1000, total=800, customer=anna)
    found = statistics(counter, anna)
    assert found == StatisticsView(4000, 3200, 4, day(1), day(15), 7)
    assert (found.average, found.lifetime_value, found.expected_next(BERLIN)) == (800, 3200, date(2026, 1, 22))


def test_an_event_that_comes_again_counts_nothing_twice(counter: Counter) -> None:
    anna = enter(counter.shop, "Anna", phone="0151 23450001").id
    order = put_order(counter.chain_id, at=day(1), sold=1000, customer=anna, kind="order.recorded")
    with unit_of_work(counter.chain_id):
        for kind in ("order.paid", "order.completed", "order.paid"):
            tell(counter.chain_id, order, kind)
    assert statistics(counter, anna).sold == 1000
    with unit_of_work(counter.chain_id):
        recount_statistics(counter.chain_id, [anna, anna])
    assert statistics(counter, anna).visits == 1


def test_an_open_visit_counts_once_it_is_paid_and_on_the_day_it_took_place(counter: Counter) -> None:
    anna = enter(counter.shop, "Anna", phone="0151 23450001").id
    visit = put_order(
        counter.chain_id, at=day(1), starts_at=day(9), sold=1000, customer=anna, state="open", kind="order.recorded"
    )
    assert statistics(counter, anna).visits == 0
    change_order(counter.chain_id, visit, "order.paid", state="paid")
    assert statistics(counter, anna) == StatisticsView(1000, 1000, 1, day(9), day(9), None)


def test_refunds_reduce_in_proportion_and_what_is_cancelled_never_was(counter: Counter) -> None:
    anna = enter(counter.shop, "Anna", phone="0151 23450001").id
    order = put_order(counter.chain_id, at=day(1), sold=1000, total=800, customer=anna)
    other = put_order(counter.chain_id, at=day(2), sold=500, customer=anna)
    change_order(counter.chain_id, order, "order.refunded", state="partly_refunded", refunded=200)
    found = statistics(counter, anna)
    assert (found.sold, found.paid, found.visits) == (750 + 500, 600 + 500, 2)
    change_order(counter.chain_id, order, "order.refunded", state="refunded", refunded=800)
    change_order(counter.chain_id, other, "order.cancelled", state="cancelled")
    assert statistics(counter, anna) == StatisticsView()


def test_points_as_payment_are_no_money_and_a_free_order_is_a_visit(counter: Counter) -> None:
    anna = enter(counter.shop, "Anna", phone="0151 23450001").id
    card = counter.issue("0151 23450001")
    points = counter.card_type.balance_types[0].id
    order = put_order(counter.chain_id, at=day(1), sold=1000, customer=anna)
    pay_with(counter.chain_id, order, card=card.id, balance_type=points, money=300)
    put_order(counter.chain_id, at=day(2), sold=400, total=0, customer=anna)
    found = statistics(counter, anna)
    assert (found.sold, found.paid, found.visits) == (1400, 700, 2)


def test_what_somebody_bought_before_they_came_here_counts_once_the_card_is_theirs(counter: Counter) -> None:
    card = counter.issue("0151 23450001")
    with unit_of_work(counter.chain_id):
        OpeningFigures.objects.create(
            chain_id=counter.chain_id, import_id=new_id(), card_id=card.id, sold=90_000, paid=80_000, visits=11,
            first_visit=date(2025, 1, 1), last_visit=date(2025, 4, 11),
        )  # fmt: skip
    tell_of_import(counter.chain_id, [card.id])
    anna = enter(counter.shop, "Anna", phone="0151 23450001").id
    found = statistics(counter, anna)
    assert (found.sold, found.paid, found.visits, found.interval_days) == (90_000, 80_000, 11, 10)
    assert found.first_at is not None
    assert found.first_at.astimezone(BERLIN).date() == date(2025, 1, 1)
    put_order(counter.chain_id, at=day(1), sold=1000, customer=anna)
    assert statistics(counter, anna).visits == 12


def test_another_chain_counts_nothing_of_it(counter: Counter) -> None:
    anna = enter(counter.shop, "Anna", phone="0151 23450001").id
    put_order(counter.chain_id, at=day(1), sold=1000, customer=anna)
    assert statistics(counter, anna).sold == 1000
    other = open_counter(name="Salon Fremd")
    with unit_of_work(other.chain_id):
        recount_statistics(other.chain_id, [anna])
        assert rows("SELECT count(*) FROM customer_statistics") == [(0,)]
        assert rows("SELECT count(*) FROM counted_orders") == [(0,)]
    assert encode("cus", anna)
