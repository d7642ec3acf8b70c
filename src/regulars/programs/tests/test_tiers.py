"""In which tier somebody is (PRG-6): the pure rules."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.programs.rules.tiers import (
    Period,
    Standing,
    Tier,
    TierGroup,
    Window,
    ended_window,
    judge,
    judged_at,
    period_end,
    rise,
    window_of,
)

BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")
SILVER, GOLD, BLACK = (Tier(UUID(int=number), number * 100) for number in (1, 2, 3))


def group(period: Period = "year", *, months: int = 0, grace: int = 0) -> TierGroup:
    return TierGroup(UUID(int=9), "paid", period, (SILVER, GOLD, BLACK), months=months, grace_days=grace)


def local(year: int, month: int, day: int, hour: int = 0, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime(year, month, day, hour, tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(("counted", "rank"), [(0, 0), (99, 0), (100, 1), (199, 1), (200, 2), (10**12, 3)])
def test_a_tier_begins_at_its_threshold(counted: int, rank: int) -> None:
    assert group().rank_at(counted) == rank


def test_a_first_tier_at_zero_takes_everybody() -> None:
    everybody = TierGroup(UUID(int=9), "visits", "lifetime", (Tier(UUID(int=1), 0), GOLD))
    assert rise(everybody, None, 0, local(2026, 5, 1), BERLIN).tier == UUID(int=1)


@pytest.mark.parametrize(
    ("period", "months", "at", "begins", "ends"),
    [
        ("lifetime", 0, local(2026, 5, 1), None, None),
        ("year", 0, local(2026, 5, 1), local(2026, 1, 1), local(2027, 1, 1)),
        # The year is the chain's: in Berlin it has begun when it is still 23:30 UTC of the old one.
        ("year", 0, datetime(2025, 12, 31, 23, 30, tzinfo=UTC), local(2026, 1, 1), local(2027, 1, 1)),
        ("months", 6, local(2026, 8, 31, 15), local(2026, 2, 28), local(2027, 2, 28)),
        ("months", 12, local(2026, 11, 27, 15), local(2025, 11, 27), local(2027, 11, 27)),
    ],
)
def test_periods_and_windows(
    period: Period, months: int, at: datetime, begins: datetime | None, ends: datetime | None
) -> None:
    assert window_of(group(period, months=months), at, BERLIN) == Window(begins=begins)
    assert period_end(group(period, months=months), at, BERLIN) == ends


def test_up_at_once_and_never_down_within_the_period() -> None:
    rule = group()
    silver = rise(rule, None, 150, local(2026, 3, 1), BERLIN)
    assert silver == Standing(SILVER.id, local(2026, 3, 1), local(2027, 1, 1))
    black = rise(rule, silver, 300, local(2026, 4, 1), BERLIN)
    assert (black.tier, black.since) == (BLACK.id, local(2026, 4, 1))
    assert rise(rule, black, 0, local(2026, 5, 1), BERLIN) == black


def test_over_a_lifetime_the_tier_follows_the_total() -> None:
    rule = group("lifetime")
    gold = rise(rule, None, 250, local(2026, 3, 1), BERLIN)
    assert gold.until is None
    assert rise(rule, gold, 120, local(2026, 4, 1), BERLIN) == Standing(SILVER.id, local(2026, 4, 1))
    assert rise(rule, gold, 0, local(2026, 4, 1), BERLIN) == Standing(None, local(2026, 4, 1))


@pytest.mark.parametrize(
    ("ended", "counted", "tier", "since_changes"),
    [
        (250, 0, GOLD, False),
        (0, 210, GOLD, False),
        (150, 0, SILVER, True),
        (0, 150, SILVER, True),
        (900, 900, GOLD, False),
        (0, 0, None, True),
    ],
)
def test_when_the_period_ends_what_it_counted_decides(
    ended: int, counted: int, tier: Tier | None, since_changes: bool
) -> None:
    rule = group(grace=10)
    gold = Standing(GOLD.id, local(2026, 3, 1), local(2027, 1, 1))
    at = judged_at(rule, gold)
    assert at == local(2027, 1, 1) + timedelta(days=10)
    found = judge(rule, gold, ended=ended, counted=counted, at=at, zone=BERLIN)
    assert found.tier == (tier.id if tier else None)
    assert found.since == (at if since_changes else gold.since)
    assert found.until == (local(2028, 1, 1) if tier else None)


def test_the_ended_window_is_the_year_or_the_months_before() -> None:
    assert ended_window(group(), local(2027, 1, 1), BERLIN) == Window(local(2026, 1, 1), local(2027, 1, 1))
    rolling = group("months", months=3)
    assert ended_window(rolling, local(2026, 7, 1), BERLIN) == Window(local(2026, 4, 1), local(2026, 7, 1))


def test_a_tier_that_is_no_longer_there_is_left_at_once() -> None:
    gone = Standing(UUID(int=77), local(2026, 3, 1), local(2027, 1, 1))
    assert rise(group(), gone, 0, local(2026, 4, 1), BERLIN) == Standing(None, local(2026, 4, 1))
    assert rise(group(), gone, 250, local(2026, 4, 1), BERLIN).tier == GOLD.id


PERIODS = st.sampled_from(
    [group("year"), group("year", grace=40), group("months", months=1), group("months", months=7, grace=90)]
)
MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(
    PERIODS, MOMENTS, st.integers(0, 400), st.integers(0, 400), st.integers(0, 400), st.sampled_from([BERLIN, KOLKATA])
)
def test_judging_never_raises_anybody_and_always_ends_later(
    rule: TierGroup, at: datetime, reached: int, ended: int, counted: int, zone: ZoneInfo
) -> None:
    standing = rise(rule, None, reached, at, zone)
    end = judged_at(rule, standing)
    if end is None:
        assert standing.tier is None
        return
    assert end > at
    judged = judge(rule, standing, ended=ended, counted=counted, at=end, zone=zone)
    assert rule.rank_of(judged.tier) <= rule.rank_of(standing.tier)
    assert rule.rank_of(judged.tier) <= max(rule.rank_at(ended), rule.rank_at(counted))
    next_end = judged_at(rule, judged)
    assert next_end is None if judged.tier is None else next_end is not None and next_end > end


def test_days_are_the_chains() -> None:
    at = datetime(2026, 12, 31, 20, tzinfo=UTC)
    assert window_of(group(), at, KOLKATA).begins == datetime(2027, 1, 1, tzinfo=KOLKATA).astimezone(UTC)
    assert window_of(group(), at, BERLIN).begins == datetime(2026, 1, 1, tzinfo=BERLIN).astimezone(UTC)
    assert at.astimezone(KOLKATA).date() == date(2027, 1, 1)
