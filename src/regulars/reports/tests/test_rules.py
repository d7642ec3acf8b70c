"""Freshness, comparison and nearness of figures."""

from datetime import UTC, datetime, timedelta

from regulars.reports.rules import Comparison, compare, is_fresh, may_count_at_once, nearest

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_figures_are_fresh_for_a_minute_and_longer_where_counting_was_long() -> None:
    assert is_fresh(NOW - timedelta(seconds=59), NOW, took_ms=10)
    assert not is_fresh(NOW - timedelta(seconds=61), NOW, took_ms=10)
    assert is_fresh(NOW - timedelta(seconds=61), NOW, took_ms=10_000)
    assert not is_fresh(NOW - timedelta(seconds=201), NOW, took_ms=10_000)
    assert may_count_at_once(500)
    assert not may_count_at_once(1_000)


def test_a_period_is_compared_with_the_one_before() -> None:
    assert compare([1, 2, 3, 4], 2) == Comparison(value=7, before=3)
    assert compare([0, 0, 3, 4], 2).share is None
    assert compare([1, 1, 1, 0], 2).share == -0.5


def test_who_is_near_is_counted_stamp_by_stamp() -> None:
    near = nearest(8, {0: 3, 1: 2, 4: 5, 8: 70})
    assert (near.full, near.missing) == (3, ((1, 2), (2, 0), (3, 0), (4, 5)))
    assert nearest(2, {0: 1, 1: 1, 2: 9}).missing == ((1, 1),)
    assert nearest(1, {1: 9}).missing == ()
