"""What memberships decide, without a database: terms, states, what a bill is covered by, and how an end moves."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel.refusal import Refusal
from regulars.memberships.rules.freeze import Unfrozen, check_freeze, extend, frozen, unfreeze
from regulars.memberships.rules.states import STATES, TRANSITIONS, MembershipState, as_of, follow
from regulars.memberships.rules.terms import Terms, read_terms, terms_json
from regulars.memberships.rules.use import BillLine, Covered, Service, check_recent, check_usable, cover_lines, plan_use

TODAY = date(2027, 1, 31)
NOW = datetime(2027, 1, 31, 12, tzinfo=UTC)
SOMETHING = UUID(int=7)


def membership(**more: Any) -> MembershipState:
    terms = more.pop("terms", Terms(visits=10))
    known: dict[str, Any] = {
        "id": SOMETHING,
        "type_id": SOMETHING,
        "type_name": "Ten",
        "customer_id": None,
        "card_id": None,
        "state": "active",
        "terms": terms,
        "visits": terms.visits,
        "used": 0,
        "starts_on": TODAY,
        "first_ends_on": terms.last_day(TODAY),
        "ends_on": terms.last_day(TODAY),
        "extended_days": 0,
        "frozen_days": 0,
        "freezes": 0,
        "frozen_from": None,
        "frozen_until": None,
        "last_used_at": None,
        "begun_by": None,
        "price": 9000,
        "version": 1,
    }
    return MembershipState(**known | more)


def month(months: int = 1, **more: Any) -> Terms:
    return Terms(period_unit="months", period=months, freezes_max=None, **more)


@pytest.mark.parametrize(
    ("begins", "months", "last"),
    [
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2027, 1, 31), 3, date(2027, 4, 30)),
        (date(2027, 1, 15), 1, date(2027, 2, 15)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2027, 12, 31), 120, date(2037, 12, 31)),
    ],
)
def test_months_end_with_the_same_day_or_the_last_of_the_month(begins: date, months: int, last: date) -> None:
    assert month(months).last_day(begins) == last


def test_terms_come_back_as_they_were_written() -> None:
    terms = month(
        visits=3, kinds=("service",), categories=("Body",), skus=("x",), locations=(SOMETHING,), notice_days=3
    )
    assert read_terms(terms_json(terms)) == terms


def test_every_state_is_reached_and_only_cancelled_is_the_end() -> None:
    reached: set[str] = {"sold", "active"}
    rim: set[str] = {"sold", "active"}
    while rim:
        rim = {str(after) for (before, _), after in TRANSITIONS.items() if before in rim} - reached
        reached |= rim
    assert reached == set(STATES)
    assert {verb for before, verb in TRANSITIONS if before == "cancelled"} == {"undo_use"}
    with pytest.raises(KeyError):
        follow("cancelled", "use")


@pytest.mark.parametrize(
    ("stored", "frozen_from", "frozen_until", "day", "is_now"),
    [
        ("active", None, None, 0, "active"),
        ("active", None, None, 28, "active"),
        ("active", None, None, 29, "expired"),
        ("active", 2, 5, 1, "active"),
        ("active", 2, 5, 2, "frozen"),
        ("active", 2, 5, 5, "frozen"),
        ("active", 2, 5, 6, "active"),
        ("frozen", 2, 5, 6, "active"),
        ("frozen", 2, 5, 40, "expired"),
        ("used_up", None, None, 40, "used_up"),
        ("cancelled", 2, 5, 3, "cancelled"),
    ],
)
def test_what_it_is_on_a_day(
    stored: Any, frozen_from: int | None, frozen_until: int | None, day: int, is_now: str
) -> None:
    def at(days: int | None) -> date | None:
        return None if days is None else TODAY + timedelta(days=days)

    one = membership(terms=month(), state=stored, frozen_from=at(frozen_from), frozen_until=at(frozen_until))
    today = TODAY + timedelta(days=day)
    assert as_of(one, today).state == is_now
    assert as_of(as_of(one, today), today) == as_of(one, today)


@pytest.mark.parametrize(
    ("terms", "sku", "category", "kind", "covers"),
    [
        (Terms(visits=1), "x", "", "goods", True),
        (Terms(visits=1, kinds=("service",)), "x", "", "goods", False),
        (Terms(visits=1, skus=("x",)), "x", "", "goods", True),
        (Terms(visits=1, skus=("x",)), "X", "", "service", False),
        (Terms(visits=1, categories=("Body",)), "y", "Body", "service", True),
        (Terms(visits=1, categories=("Body",)), "y", "Body > Massage", "service", True),
        (Terms(visits=1, categories=("Body",)), "y", "Bodyguards", "service", False),
        (Terms(visits=1, categories=("Body",), skus=("x",)), "x", "Hair", "service", True),
        (Terms(visits=1, categories=("Body",), kinds=("service",)), "y", "Body", "goods", False),
    ],
)
def test_what_it_is_for(terms: Terms, sku: str, category: str, kind: str, covers: bool) -> None:
    assert terms.covers(sku=sku, category=category, kind=kind) is covers


def test_a_bill_is_covered_from_the_dearest_on_as_long_as_visits_are_left() -> None:
    one = membership(terms=Terms(visits=3, kinds=("service",)))
    bill = [
        BillLine(index=0, service=Service(sku="wash"), units=2, price=1000),
        BillLine(index=1, service=Service(sku="cream", kind="goods"), units=5, price=9000),
        BillLine(index=2, service=Service(sku="cut"), units=2, price=3000),
    ]
    assert cover_lines(one, bill) == (Covered(0, 1), Covered(2, 2))
    assert cover_lines(membership(terms=Terms(period_unit="days", period=3)), bill[:1]) == (Covered(0, 2),)
    assert cover_lines(replace(one, used=3), bill) == ()


@given(
    visits=st.none() | st.integers(1, 8),
    units=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5), st.booleans()), max_size=6),
)
def test_never_more_is_covered_than_there_is(visits: int | None, units: list[tuple[int, int, bool]]) -> None:
    terms = Terms(visits=visits, period_unit="days", period=9, kinds=("service",))
    bill = [
        BillLine(index=at, service=Service(kind="service" if fits else "goods"), units=count, price=price)
        for at, (count, price, fits) in enumerate(units)
    ]
    covered = cover_lines(membership(terms=terms), bill)
    fitting = sum(count for count, _, fits in units if fits)
    assert sum(one.units for one in covered) == (fitting if visits is None else min(visits, fitting))
    assert all(0 < one.units <= bill[one.index].units and units[one.index][2] for one in covered)


def test_the_first_use_begins_it_and_the_last_uses_it_up() -> None:
    one = membership(
        terms=month(visits=2, begins="first_use"), state="sold", starts_on=None, first_ends_on=None, ends_on=None,
        extended_days=3,
    )  # fmt: skip
    first = plan_use(one, 1, use_id=SOMETHING, now=NOW, today=TODAY).after
    assert (first.state, first.starts_on, first.first_ends_on) == ("active", TODAY, date(2027, 2, 28))
    assert (first.ends_on, first.begun_by) == (date(2027, 3, 3), SOMETHING)
    assert plan_use(first, 1, use_id=SOMETHING, now=NOW, today=TODAY).after.state == "used_up"
    assert check_usable(one, 3, location_id=None, today=TODAY) is not None


def test_a_use_soon_after_another_has_to_be_confirmed() -> None:
    one = membership(terms=Terms(visits=9, every_hours=24), last_used_at=NOW - timedelta(hours=24, seconds=-1))
    assert check_recent(one, NOW) is not None
    assert check_recent(one, NOW + timedelta(seconds=1)) is None


@given(start=st.integers(0, 28), days=st.integers(1, 28), back=st.integers(0, 60), added=st.integers(0, 5))
def test_an_end_moves_by_the_days_that_it_rested_and_no_others(start: int, days: int, back: int, added: int) -> None:
    one = membership(terms=month())
    first = TODAY + timedelta(days=start)
    assert check_freeze(one, starts_on=first, days=days, today=TODAY, last_used_on=None) is None
    rests = frozen(one, starts_on=first, days=days, today=TODAY)
    assert rests.ends_on == date(2027, 2, 28) + timedelta(days=days)
    assert check_freeze(rests, starts_on=first, days=1, today=TODAY, last_used_on=None) is not None
    today = TODAY + timedelta(days=back)
    outcome = unfreeze(rests, today)
    is_over = back >= start + days
    assert isinstance(outcome, Refusal) is is_over
    if isinstance(outcome, Unfrozen):
        assert outcome.days == max(0, back - start)
        assert outcome.after.ends_on == date(2027, 2, 28) + timedelta(days=outcome.days)
        assert outcome.after.freezes == (outcome.days > 0)
        assert as_of(outcome.after, today).state == "active"
        more = extend(outcome.after, days=added, visits=0, today=today) if added else outcome.after
        assert isinstance(more, MembershipState)
        assert more.ends_on == date(2027, 2, 28) + timedelta(days=outcome.days + added)
