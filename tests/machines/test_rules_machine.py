"""The pure rules of the ledger against the naive purse: the same lots, the same refusals, after any history."""

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from msgspec.structs import replace

from regulars.kernel.ids import new_id
from regulars.ledger.rules.plan import (
    CLOCKS_APART_MAX,
    AccountState,
    DrawnLot,
    Lot,
    Plan,
    Short,
    plan_change,
    plan_close,
    plan_return,
)
from tests.machines.purse import FOR_EVER, Purse, Taken

START = datetime.fromisoformat("2026-01-01T09:00:00+00:00")
AMOUNTS = st.integers(min_value=1, max_value=12)


class Ledger:
    """What the final statement does to an account, without a database."""

    def __init__(self) -> None:
        self.account = AccountState(id=new_id(), balance=0, held=0, version=0, lots=())
        self.lots: dict[object, Lot] = {}

    def post(self, plan: Plan) -> Lot | None:
        """Apply a plan as PostgreSQL would, with its constraints."""
        assert plan.version == self.account.version
        for draw in plan.draws:
            lot = self.lots[draw.lot_id]
            assert 0 <= lot.remaining - draw.amount <= lot.amount, "a constraint would refuse this"
            self.lots[draw.lot_id] = replace(lot, remaining=lot.remaining - draw.amount)
        opened = None
        if plan.new_lot:
            new = plan.new_lot
            opened = Lot(new_id(), new.amount, new.remaining, new.activates_at, new.expires_at)
            self.lots[opened.id] = opened
        assert plan.balance_after == self.account.balance + plan.amount
        live = tuple(lot for lot in self.lots.values() if lot.remaining)
        self.account = replace(self.account, balance=plan.balance_after, version=self.account.version + 1, lots=live)
        return opened


class RulesMachine(RuleBasedStateMachine):
    """Earn, spend, take back, close, reopen, wait: in any order."""

    earned = Bundle("earned")
    spent = Bundle("spent")
    closed = Bundle("closed")

    @initialize()
    def begin(self) -> None:
        self.ledger, self.purse, self.now = Ledger(), Purse(), START
        self.lot_of_roll: dict[int, Lot] = {}

    @rule(target=earned, amount=AMOUNTS, delay=st.integers(0, 2), life=st.none() | st.integers(1, 4))
    def earn(self, amount: int, delay: int, life: int | None) -> tuple[int, int]:
        begins = self.now + timedelta(days=delay)
        ends = None if life is None else begins + timedelta(days=life)
        plan = plan_change(self.ledger.account, amount, now=self.now, activates_at=begins, expires_at=ends)
        assert isinstance(plan, Plan)
        lot = self.ledger.post(plan)
        assert lot is not None
        roll = self.purse.earn(amount, begins=begins, ends=ends)
        self.lot_of_roll[roll] = lot
        return roll, amount

    @rule(target=spent, amount=AMOUNTS)
    def spend(self, amount: int) -> tuple[Plan, Taken] | None:
        return self._take(amount)

    @rule(target=spent, what=consumes(earned))
    def take_back_what_was_earned(self, what: tuple[int, int]) -> tuple[Plan, Taken] | None:
        roll, amount = what
        return self._take(amount, roll=roll)

    def _take(self, amount: int, *, roll: int = 0) -> tuple[Plan, Taken] | None:
        first = self.lot_of_roll[roll].id if roll else None
        plan = plan_change(self.ledger.account, -amount, now=self.now, first_lot=first)
        taken = self.purse.spend(amount, self.now, first=roll)
        if taken is None:
            assert plan == Short(available=self.purse.available(self.now, first=roll), wanted=amount)
            return None
        assert isinstance(plan, Plan)
        self.ledger.post(plan)
        return plan, taken

    @rule(what=consumes(spent))
    def give_back(self, what: tuple[Plan, Taken] | None) -> None:
        if what is not None:
            self._give_back(*what)

    @rule(target=closed)
    def close(self) -> tuple[Plan, Taken] | None:
        plan = plan_close(self.ledger.account)
        taken = self.purse.close(self.now)
        if plan is None:
            assert taken.units == []
            return None
        self.ledger.post(plan)
        assert self.ledger.account.balance == 0
        return plan, taken

    @rule(what=consumes(closed))
    def reopen(self, what: tuple[Plan, Taken] | None) -> None:
        if what is not None:
            self._give_back(*what)

    def _give_back(self, plan: Plan, taken: Taken) -> None:
        drawn = tuple(
            DrawnLot(lot=self.ledger.lots[draw.lot_id], drawn=draw.amount, drawn_at=taken.at) for draw in plan.draws
        )
        back = plan_return(self.ledger.account, -plan.amount, drawn=drawn, now=self.now)
        assert isinstance(back, Plan)
        opened = self.ledger.post(back)
        self.purse.give_back(taken, self.now)
        if opened:
            self.lot_of_roll[self.purse.rolls] = opened

    @rule(hours=st.sampled_from([1, 24, 24 * 31]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @invariant()
    def holds_what_the_purse_holds(self) -> None:
        if not hasattr(self, "purse"):
            return
        account = self.ledger.account
        shape: Counter[tuple[datetime, datetime]] = Counter()
        for lot in account.lots:
            shape[lot.activates_at, lot.expires_at or FOR_EVER] += lot.remaining
        assert shape == self.purse.shape()
        assert account.balance == self.purse.total >= 0
        assert account.debt == 0
        assert account.available(self.now) == self.purse.available(self.now)
        assert account.available(self.now) + account.pending(self.now) <= account.balance


TestRules = RulesMachine.TestCase
TestRules.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)

assert timedelta(hours=1) > CLOCKS_APART_MAX, "the purse knows nothing of clocks that differ"
