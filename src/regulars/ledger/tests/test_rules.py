"""Tables for the decisions of the ledger: what is drawn from where, what is refused, what comes back."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from regulars.kernel.ids import new_id
from regulars.ledger.rules.explain import Change, explain
from regulars.ledger.rules.plan import (
    BALANCE_MAX,
    CLOCKS_APART_MAX,
    RETURNED_LOT_LIFE,
    AccountState,
    DrawnLot,
    Lot,
    NewLot,
    Plan,
    Short,
    TooLarge,
    plan_capture,
    plan_change,
    plan_close,
    plan_expire,
    plan_hold,
    plan_lapse,
    plan_return,
)

NOW = datetime.fromisoformat("2026-05-01T12:00:00+00:00")
DAY = timedelta(days=1)


def lot(
    remaining: int, *, begins: float = -10, ends: float | None = None, amount: int | None = None, held: int = 0
) -> Lot:
    """A lot that begins and ends so many days from now."""
    return Lot(
        id=new_id(),
        amount=remaining if amount is None else amount,
        remaining=remaining,
        activates_at=NOW + begins * DAY,
        expires_at=None if ends is None else NOW + ends * DAY,
        held=held,
    )


def account(*lots: Lot, debt: int = 0) -> AccountState:
    balance = sum(one.remaining for one in lots) - debt
    held = sum(one.held for one in lots)
    return AccountState(id=new_id(), balance=balance, held=held, version=7, lots=lots, allows_debt=debt > 0)


def drawn(plan: Plan | Short | TooLarge, *lots: Lot) -> list[int]:
    """How much a plan draws from each lot."""
    assert isinstance(plan, Plan)
    by_lot = {draw.lot_id: draw.amount for draw in plan.draws}
    return [by_lot.pop(one.id, 0) for one in lots] + list(by_lot.values())


@pytest.mark.parametrize(
    ("lots", "wanted", "expected"),
    [
        # remaining, begins, ends -> drawn; soonest end first, what never ends last, among equals what came first
        ([(10, -3, 5), (10, -2, 2)], 12, [2, 10]),
        ([(10, -3, None), (10, -2, 9)], 12, [2, 10]),
        ([(10, -3, None), (10, -5, None)], 12, [10, 2]),
        ([(10, -3, 4), (10, -5, 4)], 12, [10, 2]),
        ([(10, -3, -1), (10, -2, None)], 10, [0, 10]),
        ([(10, 1, 2), (10, -2, None)], 10, [0, 10]),
        ([(10, -3, 5)], 10, [10]),
    ],
)
def test_a_minus_draws_what_would_be_lost_first(
    lots: list[tuple[int, float, float | None]], wanted: int, expected: list[int]
) -> None:
    made = [lot(remaining, begins=begins, ends=ends) for remaining, begins, ends in lots]
    plan = plan_change(account(*made), -wanted, now=NOW)
    assert drawn(plan, *made) == expected


@pytest.mark.parametrize(
    ("state", "wanted", "available"),
    [
        (account(), 1, 0),
        (account(lot(10)), 11, 10),
        (account(lot(10, held=4)), 7, 6),
        (account(lot(10, held=10)), 1, 0),
        (account(lot(10, held=10), lot(3, ends=-1)), 1, 0),
        (account(lot(10, ends=-1)), 1, 0),
        (account(lot(10, begins=1)), 1, 0),
        (account(lot(10), debt=3), 11, 7),
    ],
)
def test_more_than_lives_is_refused_with_what_there_is(state: AccountState, wanted: int, available: int) -> None:
    assert plan_change(state, -wanted, now=NOW) == Short(available=available, wanted=wanted)


def test_the_moment_an_end_comes_the_lot_is_over() -> None:
    assert isinstance(plan_change(account(lot(1, ends=0)), -1, now=NOW), Short)
    assert isinstance(plan_change(account(lot(1, ends=0)), -1, now=NOW - timedelta(microseconds=1)), Plan)


def test_what_another_till_has_just_given_can_be_spent_though_its_clock_is_ahead() -> None:
    ahead = account(lot(5, begins=CLOCKS_APART_MAX / DAY))
    assert isinstance(plan_change(ahead, -5, now=NOW), Plan)
    assert ahead.pending(NOW) == 0
    later = account(lot(5, begins=2 * CLOCKS_APART_MAX / DAY))
    assert isinstance(plan_change(later, -5, now=NOW), Short)
    assert later.pending(NOW) == 5


def test_a_plus_opens_a_lot_and_fills_a_debt_first() -> None:
    plan = plan_change(account(debt=8), 5, now=NOW)
    assert isinstance(plan, Plan)
    assert (plan.amount, plan.balance_after) == (5, -3)
    assert plan.new_lot == NewLot(amount=5, remaining=0, activates_at=NOW, expires_at=None)
    rest = plan_change(account(debt=3), 5, now=NOW, activates_at=NOW + DAY, expires_at=NOW + 9 * DAY)
    assert isinstance(rest, Plan)
    assert rest.new_lot == NewLot(amount=5, remaining=2, activates_at=NOW + DAY, expires_at=NOW + 9 * DAY)


def test_a_balance_stops_at_what_fits() -> None:
    full = account(lot(BALANCE_MAX))
    assert plan_change(full, 1, now=NOW) == TooLarge()
    assert isinstance(plan_change(account(lot(BALANCE_MAX - 1)), 1, now=NOW), Plan)
    part = DrawnLot(lot=lot(0, amount=1), drawn=1, drawn_at=NOW)
    assert plan_return(full, 1, drawn=(part,), now=NOW) == TooLarge()


def test_some_lots_are_enough_to_know_that_there_is_no_debt() -> None:
    some = replace(account(lot(10)), balance=500, has_all_lots=False)
    plan = plan_change(some, 5, now=NOW)
    assert isinstance(plan, Plan)
    assert plan.new_lot == NewLot(amount=5, remaining=5, activates_at=NOW, expires_at=None)
    assert drawn(plan_change(some, -4, now=NOW)) == [4]


def test_what_a_reversal_takes_comes_from_where_it_went() -> None:
    soon, own = lot(10, ends=1), lot(10)
    plan = plan_change(account(soon, own), -12, now=NOW, first_lot=own.id)
    assert drawn(plan, soon, own) == [2, 10]


def back(plan: Plan | TooLarge) -> tuple[list[int], NewLot | None]:
    assert isinstance(plan, Plan)
    return [draw.amount for draw in plan.draws], plan.new_lot


def test_what_was_spent_returns_to_its_lots_the_last_drawn_first() -> None:
    first, second = lot(0, amount=10, ends=3), lot(4, amount=10)
    parts = (DrawnLot(first, 10, NOW), DrawnLot(second, 6, NOW))
    assert back(plan_return(account(second), 16, drawn=parts, now=NOW)) == ([-6, -10], None)
    assert back(plan_return(account(second), 7, drawn=parts, now=NOW)) == ([-6, -1], None)


def test_what_belongs_to_an_ended_lot_lives_thirty_days_more() -> None:
    ended = lot(0, amount=10, ends=-1)
    parts = (DrawnLot(ended, 10, NOW - 2 * DAY),)
    assert back(plan_return(account(), 10, drawn=parts, now=NOW)) == (
        [],
        NewLot(10, 10, NOW, NOW + RETURNED_LOT_LIFE),
    )


def test_what_was_closed_after_its_end_is_not_brought_back_to_life() -> None:
    ended = lot(0, amount=10, ends=-5)
    parts = (DrawnLot(ended, 10, NOW - 2 * DAY),)
    assert back(plan_return(account(), 10, drawn=parts, now=NOW)) == ([-10], None)


def test_closing_takes_what_lives_what_waits_and_what_ended() -> None:
    lots = lot(3), lot(4, begins=2), lot(5, ends=-1)
    plan = plan_close(account(*lots))
    assert plan is not None
    assert (plan.amount, plan.balance_after, drawn(plan, *lots)) == (-12, 0, [3, 4, 5])
    assert plan_close(account()) is None


def test_an_explanation_adds_up_and_what_is_old_is_one_sentence() -> None:
    changes = [Change(at=NOW, kind="earn", source="order", amount=30), Change(NOW, "expire", "lot", -8)]
    sentences = explain(changes, earlier_sum=20, earlier_count=4)
    assert [(sentence.key, sentence.amount) for sentence in sentences] == [
        ("earlier", 20),
        ("earn", 30),
        ("expire", -8),
    ]
    assert explain([], earlier_sum=0, earlier_count=0) == ()


LOTS = st.lists(
    st.integers(1, 50).flatmap(
        lambda remaining: st.builds(
            lot,
            st.just(remaining),
            begins=st.integers(-5, 3),
            ends=st.none() | st.integers(-3, 9),
            held=st.just(0) | st.integers(0, remaining),
        )
    ),
    max_size=8,
)


@given(lots=LOTS, amount=st.integers(-300, 300).filter(bool))
def test_any_change_keeps_balance_and_lots_together(lots: list[Lot], amount: int) -> None:
    state = account(*lots)
    plan = plan_change(state, amount, now=NOW)
    available = state.available(NOW)
    if isinstance(plan, Short):
        assert -amount > available
        return
    assert isinstance(plan, Plan)
    assert amount > 0 or -amount <= available
    taken = {draw.lot_id: draw.amount for draw in plan.draws}
    assert len(taken) == len(plan.draws), "a lot is drawn once"
    by_id: dict[UUID, Lot] = {one.id: one for one in lots}
    assert all(0 < amount <= by_id[lot_id].free for lot_id, amount in taken.items())
    assert all(by_id[lot_id].is_spendable(NOW) for lot_id in taken)
    after = sum(one.remaining for one in lots) - sum(taken.values()) + (plan.new_lot.remaining if plan.new_lot else 0)
    assert after == plan.balance_after == state.balance + amount >= 0
    # Nobody loses what ends later while something that ends sooner is left untouched.
    left = [one for one in lots if one.is_spendable(NOW) and one.free > taken.get(one.id, 0)]
    forever = NOW + 999 * DAY
    if taken and left:
        latest = max(by_id[lot_id].expires_at or forever for lot_id in taken)
        assert latest <= min(one.expires_at or forever for one in left)


@given(lots=LOTS, amount=st.integers(1, 300))
def test_a_hold_sets_aside_what_a_minus_would_take_and_gives_it_when_captured(lots: list[Lot], amount: int) -> None:
    state = account(*lots)
    parts = plan_hold(state, amount, now=NOW)
    spent = plan_change(state, -amount, now=NOW)
    if isinstance(parts, Short):
        assert parts == spent
        return
    assert isinstance(spent, Plan)
    assert parts == spent.draws
    aside = {part.lot_id: part.amount for part in parts}
    during = account(*(replace(one, held=one.held + aside.get(one.id, 0)) for one in lots))
    assert during.available(NOW) == state.available(NOW) - amount
    # Whatever expires meanwhile, the hold's own units are left to it.
    later = NOW + 20 * DAY
    over = plan_expire(during, now=later)
    expired = {draw.lot_id: draw.amount for draw in over.draws} if over else {}
    left = {one.id: one.remaining - expired.get(one.id, 0) for one in during.lots}
    for part in (1, amount // 2, amount):
        if part:
            plan = plan_capture(state, part, parts=parts)
            assert plan.amount == -part
            assert all(0 < draw.amount <= left[draw.lot_id] for draw in plan.draws)


@given(lots=LOTS, days=st.integers(-9, 12))
def test_expiry_takes_all_that_is_over_and_nothing_else(lots: list[Lot], days: int) -> None:
    state, now = account(*lots), NOW + days * DAY
    plan = plan_expire(state, now=now)
    over = sum(one.free for one in lots if one.expires_at and one.expires_at <= now)
    assert (-plan.amount if plan else 0) == over
    assert plan is None or plan.balance_after == state.balance - over >= 0


@given(lots=LOTS)
def test_a_lapse_takes_the_whole_balance_but_not_what_is_pending_or_set_aside(lots: list[Lot]) -> None:
    state = account(*lots)
    plan = plan_lapse(state, now=NOW)
    assert (-plan.amount if plan else 0) == sum(one.free for one in lots if one.activates_at <= NOW)


def test_what_a_reversal_takes_back_may_be_pending_or_over() -> None:
    pending, over = lot(10, begins=3), lot(10, ends=-1)
    for own in (pending, over):
        assert drawn(plan_change(account(own, lot(1)), -11, now=NOW, first_lot=own.id), own) == [10, 1]
        assert plan_change(account(own, lot(1)), -12, now=NOW, first_lot=own.id) == Short(available=11, wanted=12)
        assert plan_change(account(own, lot(1)), -2, now=NOW) == Short(available=1, wanted=2)
