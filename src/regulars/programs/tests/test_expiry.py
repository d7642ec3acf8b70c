"""When lots begin and end: tables for the calendar, properties for every zone."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.programs.rules.expiry import (
    EXPIRY_KINDS,
    VALUES,
    ExpiryPolicy,
    balance_end,
    check_expiry,
    inactive_since,
    lot_end,
    months_after,
    present_expiry,
    read_expiry,
    start_of_day,
)
from regulars.programs.rules.lots import LotTerms, lot_times

BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")
ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "Asia/Kolkata",
        "America/Sao_Paulo",
        "America/Havana",
        "Asia/Beirut",
        "Pacific/Apia",
        "Pacific/Kiritimati",
    ]
).map(ZoneInfo)
MOMENTS = st.integers(0, 2_800_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
POLICIES = st.sampled_from(EXPIRY_KINDS).flatmap(
    lambda kind: st.integers(*VALUES[kind]).map(lambda value: read_expiry({"kind": kind, "value": value}))
)


def ends(policy: ExpiryPolicy, at: datetime, zone: ZoneInfo = BERLIN) -> str:
    """The last day of a lot, as the chain's calendar names it."""
    end = lot_end(policy, at, zone)
    assert end is not None
    assert end.astimezone(zone).time().isoformat() == "00:00:00"
    return (end.astimezone(zone).date() - timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    ("policy", "at", "last_day"),
    [
        (ExpiryPolicy("days", 1), datetime(2026, 11, 27, 12, tzinfo=UTC), "2026-11-28"),
        (ExpiryPolicy("days", 30), datetime(2026, 1, 31, 23, 30, tzinfo=UTC), "2026-03-03"),
        (ExpiryPolicy("months", 1), datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-02-28"),
        (ExpiryPolicy("months", 1), datetime(2028, 1, 31, 12, tzinfo=UTC), "2028-02-29"),
        (ExpiryPolicy("months", 1), datetime(2026, 2, 28, 12, tzinfo=UTC), "2026-03-28"),
        (ExpiryPolicy("months", 12), datetime(2028, 2, 29, 12, tzinfo=UTC), "2029-02-28"),
        (ExpiryPolicy("months", 13), datetime(2026, 12, 1, 12, tzinfo=UTC), "2028-01-01"),
        (ExpiryPolicy("month_end"), datetime(2026, 2, 1, 12, tzinfo=UTC), "2026-02-28"),
        (ExpiryPolicy("month_end", 1), datetime(2026, 12, 31, 12, tzinfo=UTC), "2027-01-31"),
        (ExpiryPolicy("quarter_end"), datetime(2026, 3, 31, 21, 59, tzinfo=UTC), "2026-03-31"),
        (ExpiryPolicy("quarter_end"), datetime(2026, 3, 31, 22, 0, tzinfo=UTC), "2026-06-30"),
        (ExpiryPolicy("quarter_end", 2), datetime(2026, 11, 27, 12, tzinfo=UTC), "2027-06-30"),
        (ExpiryPolicy("year_end"), datetime(2026, 12, 31, 22, 59, tzinfo=UTC), "2026-12-31"),
        (ExpiryPolicy("year_end"), datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "2027-12-31"),
        (ExpiryPolicy("year_end", 1), datetime(2026, 6, 1, 12, tzinfo=UTC), "2027-12-31"),
    ],
)
def test_days_end_in_the_chains_zone(policy: ExpiryPolicy, at: datetime, last_day: str) -> None:
    assert ends(policy, at) == last_day


def test_a_day_of_23_or_25_hours_is_a_day() -> None:
    day = timedelta(hours=1)
    spring = lot_end(ExpiryPolicy("days", 1), datetime(2026, 3, 28, 12, tzinfo=UTC), BERLIN)
    assert spring == datetime(2026, 3, 29, 22, tzinfo=UTC)
    autumn = lot_end(ExpiryPolicy("days", 1), datetime(2026, 10, 24, 12, tzinfo=UTC), BERLIN)
    assert autumn == datetime(2026, 10, 25, 23, tzinfo=UTC)
    assert spring - start_of_day(date(2026, 3, 29), BERLIN) == 23 * day
    assert autumn - start_of_day(date(2026, 10, 25), BERLIN) == 25 * day


def test_where_clocks_leave_midnight_out_the_day_begins_with_its_first_moment() -> None:
    # On 15 October 2017 São Paulo went from 23:59 to 01:00.
    begun = start_of_day(date(2017, 10, 15), ZoneInfo("America/Sao_Paulo"))
    assert begun == datetime(2017, 10, 15, 3, tzinfo=UTC)


def test_one_moment_is_another_day_in_another_zone() -> None:
    at = datetime(2026, 11, 27, 20, tzinfo=UTC)
    assert ends(ExpiryPolicy("days", 1), at, BERLIN) == "2026-11-28"
    assert ends(ExpiryPolicy("days", 1), at, KOLKATA) == "2026-11-29"


def test_a_delay_ends_with_the_beginning_of_a_day_and_life_counts_from_there() -> None:
    at = datetime(2026, 11, 27, 16, tzinfo=UTC)
    assert lot_times(LotTerms(), at, BERLIN) == (at, None)
    starts_at, ends_at = lot_times(LotTerms(ExpiryPolicy("days", 30), 14), at, BERLIN)
    assert starts_at == datetime(2026, 12, 10, 23, tzinfo=UTC)
    assert ends_at == datetime(2027, 1, 10, 23, tzinfo=UTC)


def test_what_has_no_end_of_its_own_ends_never_or_with_the_whole_balance() -> None:
    at = datetime(2026, 11, 27, 16, tzinfo=UTC)
    assert lot_end(ExpiryPolicy(), at, BERLIN) is None
    assert lot_end(ExpiryPolicy("inactive_months", 12), at, BERLIN) is None
    assert balance_end(ExpiryPolicy("months", 12), at, BERLIN) is None
    end = balance_end(ExpiryPolicy("inactive_months", 12), at, BERLIN)
    assert end == datetime(2027, 11, 27, 23, tzinfo=UTC)


@given(POLICIES, MOMENTS, ZONES, st.integers(0, 3650))
def test_a_lot_lives_at_least_to_the_end_of_its_first_day(
    policy: ExpiryPolicy, at: datetime, zone: ZoneInfo, delay: int
) -> None:
    starts_at, ends_at = lot_times(LotTerms(policy, delay), at, zone)
    assert starts_at >= at or delay == 0
    assert (starts_at == at) == (delay == 0) or starts_at > at
    if ends_at is None:
        assert not policy.is_of_lots
    else:
        assert ends_at > starts_at
        assert ends_at.astimezone(zone).date() > starts_at.astimezone(zone).date()


@given(POLICIES, MOMENTS, ZONES, st.integers(0, 90 * 24 * 3600))
def test_what_comes_later_never_ends_earlier(policy: ExpiryPolicy, at: datetime, zone: ZoneInfo, more: int) -> None:
    first, second = lot_end(policy, at, zone), lot_end(policy, at + timedelta(seconds=more), zone)
    assert (first is None) == (second is None)
    assert first is None or second is None or first <= second


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(-200, 200))
def test_months_keep_the_day_or_take_the_last(day: date, months: int) -> None:
    found = months_after(day, months)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == day.day or (found.day < day.day and (found + timedelta(days=1)).day == 1)


@given(st.integers(1, 120), MOMENTS, MOMENTS, ZONES)
def test_the_moment_of_a_lapse_and_its_threshold_say_the_same(
    months: int, counted_from: datetime, now: datetime, zone: ZoneInfo
) -> None:
    policy = ExpiryPolicy("inactive_months", months)
    end = balance_end(policy, counted_from, zone)
    assert end is not None
    assert (end <= now) == (counted_from < inactive_since(policy, now, zone))
    assert counted_from < inactive_since(policy, end, zone)
    assert not counted_from < inactive_since(policy, end - timedelta(microseconds=1), zone)


@given(POLICIES)
def test_a_policy_reads_back_from_its_json(policy: ExpiryPolicy) -> None:
    written = present_expiry(policy)
    assert check_expiry(written, "/expiry", kind="points") == []
    assert read_expiry(written) == policy


@pytest.mark.parametrize(
    ("written", "pointer", "code"),
    [
        (None, "/expiry", "invalid_type"),
        ([], "/expiry", "invalid_type"),
        ({"kind": "weeks"}, "/expiry/kind", "unknown_value"),
        ({"kind": None}, "/expiry/kind", "unknown_value"),
        ({"kind": []}, "/expiry/kind", "unknown_value"),
        ({"kind": "days"}, "/expiry/value", "required"),
        ({"kind": "days", "value": 0}, "/expiry/value", "out_of_range"),
        ({"kind": "days", "value": 3651}, "/expiry/value", "out_of_range"),
        ({"kind": "days", "value": True}, "/expiry/value", "out_of_range"),
        ({"kind": "days", "value": 1.5}, "/expiry/value", "out_of_range"),
        ({"kind": "days", "value": "30"}, "/expiry/value", "out_of_range"),
        ({"kind": "never", "value": 3}, "/expiry/value", "out_of_range"),
        ({"kind": "months", "value": 12, "day": 1}, "/expiry/day", "unknown_field"),
        ({"kind": "inactive_months", "value": 121}, "/expiry/value", "out_of_range"),
    ],
)
def test_a_bad_policy_is_told_to_the_field(written: Any, pointer: str, code: str) -> None:
    assert [(problem.pointer, problem.code) for problem in check_expiry(written, "/expiry", kind="points")] == [
        (pointer, code)
    ]


def test_a_deposit_never_expires() -> None:
    assert check_expiry({"kind": "days", "value": 3}, "/expiry", kind="deposit")[0].code == "not_for_deposit"
    assert check_expiry({}, "/expiry", kind="deposit") == []
    assert check_expiry({"kind": "month_end"}, "/expiry", kind="points") == []
