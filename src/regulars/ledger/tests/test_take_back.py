"""Taking back what was earned: its own lot first, then what is spent first, then a debt or nothing (LED-4)."""

from hypothesis import given
from hypothesis import strategies as st

from regulars.ledger.rules.plan import Plan, Short, plan_change
from regulars.ledger.rules.posting import size_of
from regulars.ledger.rules.take_back import plan_take_back
from regulars.ledger.tests.test_rules import NOW, account, drawn, lot


def test_its_own_lot_gives_first_also_while_it_is_pending() -> None:
    own, other = lot(10, begins=5), lot(10, ends=1)
    back = plan_take_back(account(other, own), 12, first_lot=own.id, now=NOW, may_owe=True)
    assert back.plan
    assert drawn(back.plan, other, own) == [2, 10]


def test_what_is_spent_becomes_a_debt() -> None:
    own = lot(3, amount=10)
    back = plan_take_back(account(own), 10, first_lot=own.id, now=NOW, may_owe=True)
    assert (back.taken, back.owed, back.missing) == (10, 7, 0)
    assert back.plan
    assert back.plan.balance_after == -7


def test_what_is_spent_is_left_where_cards_may_not_owe() -> None:
    own = lot(3, amount=10)
    back = plan_take_back(account(own), 10, first_lot=own.id, now=NOW, may_owe=False)
    assert (back.taken, back.owed, back.missing) == (3, 0, 7)
    nothing = plan_take_back(account(), 10, first_lot=None, now=NOW, may_owe=False)
    assert (nothing.plan, nothing.missing) == (None, 10)


def test_what_is_held_is_not_taken() -> None:
    own = lot(10, held=4)
    back = plan_take_back(account(own), 10, first_lot=own.id, now=NOW, may_owe=False)
    assert (back.taken, back.missing) == (6, 4)


def test_a_debt_is_not_spent_a_second_time() -> None:
    pending = lot(10, begins=5)
    begun = account(lot(10), debt=4)
    assert account(pending, debt=4).available(NOW) == 0
    assert begun.available(NOW) == 6
    assert isinstance(plan_change(begun, -7, now=NOW), Short)


@given(st.lists(st.integers(1, 20), max_size=4), st.integers(1, 60), st.booleans(), st.integers(0, 30))
def test_what_is_taken_and_what_is_missing_is_what_was_wanted(
    remaining: list[int], wanted: int, may_owe: bool, debt: int
) -> None:
    lots = [lot(one) for one in remaining]
    before = account(*lots, debt=debt)
    back = plan_take_back(before, wanted, first_lot=lots[0].id if lots else None, now=NOW, may_owe=may_owe)
    assert back.taken + back.missing == wanted
    assert back.missing == 0 or not may_owe
    if isinstance(back.plan, Plan):
        assert sum(one.amount for one in back.plan.draws) == back.taken - back.owed
        assert (
            before.debt + back.owed
            == sum(one.remaining for one in lots) - (back.taken - back.owed) - back.plan.balance_after
        )


def test_the_size_of_a_transaction_is_its_larger_side() -> None:
    assert size_of([5, -5]) == 5
    assert size_of([5, 3]) == 8
    assert size_of([-7]) == 7
