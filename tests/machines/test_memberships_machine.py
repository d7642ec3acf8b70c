"""Any history of a membership, over PostgreSQL, with days that pass: it is at every step what a calendar and a tally say (RWD-6).

The model knows nothing of states and transitions: it keeps days and visits, and says what must be so.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.ledger.verify import prove
from regulars.memberships.actions.night import tell_of_ends, turn_memberships
from regulars.memberships.actions.rest import (
    FreezeCommand,
    extend_membership,
    freeze_membership,
    unfreeze_membership,
)
from regulars.memberships.actions.sell import SaleCommand, cancel_membership, sell_membership
from regulars.memberships.actions.types import create_type
from regulars.memberships.actions.use import UseCommand, undo_use, use_membership
from regulars.memberships.actions.write import Place
from regulars.memberships.queries.memberships import find_membership
from regulars.memberships.queries.promises import MEMBERSHIP_PROMISES
from regulars.memberships.rules.terms import Terms, TypeDraft
from regulars.platform.database import rows, unit_of_work
from regulars.platform.embedded import DatabaseUrls
from tests.machines.histories import histories
from tests.membership_kit import BERLIN, open_studio

pytestmark = [pytest.mark.committed, pytest.mark.slow, pytest.mark.outside]

PERIOD = 12
FREEZE_DAYS_MAX, FREEZE_DAYS_MIN, FREEZES_MAX = 9, 2, 3
HERE = Place(zone=BERLIN, decimals=2)
KINDS = (
    Terms(visits=4, notice_visits=1),
    Terms(
        period_unit="days",
        period=PERIOD,
        freezes_max=FREEZES_MAX,
        freeze_days_max=FREEZE_DAYS_MAX,
        freeze_days_min=FREEZE_DAYS_MIN,
        notice_days=3,
    ),
    Terms(visits=4, period_unit="days", period=PERIOD, freezes_max=FREEZES_MAX, begins="first_use", notice_days=3),
)


@dataclass
class Pass:
    """A membership as somebody with a calendar and a tally keeps it."""

    id: str
    terms: Terms
    visits: int | None
    begun: date | None
    added: int = 0
    uses: dict[str, tuple[int, date]] = field(default_factory=dict)
    rests: list[tuple[date, int]] = field(default_factory=list)
    cancelled: bool = False

    @property
    def used(self) -> int:
        return sum(visits for visits, _ in self.uses.values())

    @property
    def last(self) -> date | None:
        if self.begun is None or not self.terms.period_unit:
            return None
        return self.begun + timedelta(days=PERIOD + self.added + sum(days for _, days in self.rests))

    def rest_on(self, today: date) -> tuple[date, int] | None:
        """The freeze that is, or is to come."""
        return next((one for one in self.rests if one[0] + timedelta(days=one[1] - 1) >= today), None)

    def is_now(self, today: date) -> str:
        """What it is, in one word."""
        rest = self.rest_on(today)
        if self.cancelled:
            return "cancelled"
        if self.begun is None:
            return "sold"
        if self.used == self.visits:
            return "used_up"
        if self.last is not None and self.last < today:
            return "expired"
        return "frozen" if rest is not None and rest[0] <= today else "active"


class MembershipMachine(RuleBasedStateMachine):
    """A studio that sells, uses, rests, extends and cancels memberships while days pass."""

    def __init__(self) -> None:
        super().__init__()
        self.studio = open_studio()
        self.actor = self.studio.caller.actor
        # Days begin and end with midnight: never while a step is being made.
        self.now = timezone.now().astimezone(BERLIN).replace(hour=12)
        self.passes: list[Pass] = []
        self.types = [
            encode("mbt", create_type(self.actor, TypeDraft(name=f"T{at}", terms=one, price=100), now=self.now).id)
            for at, one in enumerate(KINDS)
        ]

    @property
    def today(self) -> date:
        return self.now.date()

    @initialize(which=st.integers(0, 2))
    def open(self, which: int) -> None:
        self.sell(which)

    @precondition(lambda self: len(self.passes) < 3)
    @rule(which=st.integers(0, 2))
    def sell(self, which: int) -> None:
        command = SaleCommand(type=self.types[which], with_code=True)
        sold = sell_membership(self.actor, command, zone=BERLIN, now=self.now)
        terms = KINDS[which]
        begun = self.today if terms.begins == "sale" else None
        self.passes.append(Pass(encode("mbr", sold.id), terms, terms.visits, begun))

    @rule(which=st.integers(0, 2), visits=st.integers(1, 3))
    def use(self, which: int, visits: int) -> None:
        one = self.pick(which)
        left = None if one.visits is None else one.visits - one.used
        may = one.is_now(self.today) in ("sold", "active") and (left is None or visits <= left)
        used = self.try_to(
            may, lambda: use_membership(self.actor, one.id, UseCommand(visits=visits), at=HERE, now=self.now)
        )
        if used:
            one.uses[encode("mbu", used[1].id)] = (visits, self.today)
            one.begun = one.begun or self.today

    @precondition(lambda self: any(one.uses for one in self.passes))
    @rule(which=st.integers(0, 8))
    def undo(self, which: int) -> None:
        uses = [(one, use) for one in self.passes for use in one.uses]
        one, use = uses[which % len(uses)]
        before = one.is_now(self.today)
        done = self.try_to(
            not one.cancelled, lambda: undo_use(self.actor, one.id, use, reason="x", at=HERE, now=self.now)
        )
        if done:
            del one.uses[use]
            begins_anew = one.terms.begins == "first_use" and not one.uses and not one.rests
            if begins_anew and before in ("active", "used_up"):
                one.begun = None
        self.try_to(False, lambda: undo_use(self.actor, one.id, use, reason="x", at=HERE, now=self.now)) if done else 0

    @rule(which=st.integers(0, 2), days=st.integers(1, PERIOD + 1), ahead=st.none() | st.integers(-1, 5))
    def freeze(self, which: int, days: int, ahead: int | None) -> None:
        one, today = self.pick(which), self.today
        last_used = max((day for _, day in one.uses.values()), default=None)
        first = today + timedelta(days=1 if last_used == today else 0)
        start = first if ahead is None else today + timedelta(days=ahead)
        rested = sum(length for _, length in one.rests)
        may = (
            one.is_now(today) in ("active", "frozen")
            and one.last is not None
            and one.rest_on(today) is None
            and len(one.rests) < FREEZES_MAX
            and one.terms.freeze_days_min <= days <= PERIOD
            and (one.terms.freeze_days_max is None or rested + days <= FREEZE_DAYS_MAX)
            and today <= start <= one.last
            and (last_used is None or last_used < start)
        )
        command = FreezeCommand(days=days, starts_on=None if ahead is None else start)
        if self.try_to(may, lambda: freeze_membership(self.actor, one.id, command, at=HERE, now=self.now)):
            one.rests.append((start, days))

    @rule(which=st.integers(0, 2))
    def unfreeze(self, which: int) -> None:
        one, today = self.pick(which), self.today
        rest = one.rest_on(today)
        may = one.is_now(today) in ("active", "frozen") and rest is not None
        if self.try_to(may, lambda: unfreeze_membership(self.actor, one.id, at=HERE, now=self.now)):
            assert rest is not None
            one.rests.remove(rest)
            if (days := (today - rest[0]).days) > 0:
                one.rests.append((rest[0], days))

    @rule(which=st.integers(0, 2), days=st.sampled_from([0, 0, 1, 20]), visits=st.integers(0, 2))
    def extend(self, which: int, days: int, visits: int) -> None:
        one, today = self.pick(which), self.today
        is_over = one.last is not None and one.last + timedelta(days=days) < today
        may = (
            not one.cancelled
            and days + visits > 0
            and not (days and not one.terms.period_unit)
            and not (visits and one.visits is None)
            and not is_over
        )

        def act() -> Any:
            return extend_membership(self.actor, one.id, days=days, visits=visits, reason="x", at=HERE, now=self.now)

        if self.try_to(may, act):
            one.added += days
            one.visits = None if one.visits is None else one.visits + visits

    @rule(which=st.integers(0, 2), sure=st.integers(0, 4))
    def cancel(self, which: int, sure: int) -> None:
        one = self.pick(which)
        if sure:
            return

        def act() -> Any:
            return cancel_membership(self.actor, one.id, reason="x", refund=50, at=HERE, now=self.now)

        if self.try_to(not one.cancelled, act):
            one.cancelled = True

    @rule(days=st.integers(1, 9), nights=st.booleans())
    def pass_days(self, days: int, nights: bool) -> None:
        self.now += timedelta(days=days)
        if nights:
            chain = self.studio.caller.chain_id
            turn_memberships(chain, self.now)
            tell_of_ends(chain, self.now, defer=lambda *_: None)
            with unit_of_work(chain):
                stored = dict(rows("SELECT id, state FROM memberships"))
            assert sorted(stored.values()) == sorted(one.is_now(self.today) for one in self.passes)

    @invariant()
    def all_is_as_the_calendar_says(self) -> None:
        with unit_of_work(self.studio.caller.chain_id):
            for one in self.passes:
                found = find_membership(self.studio.caller.chain_id, one.id, today=self.today)
                assert found is not None
                now = found.now
                assert (now.state, now.used, now.visits) == (one.is_now(self.today), one.used, one.visits)
                assert (now.starts_on, now.ends_on) == (one.begun, one.last)

    def teardown(self) -> None:
        report = prove(MEMBERSHIP_PROMISES)
        assert report.is_sound, report.breaches

    def pick(self, which: int) -> Pass:
        return self.passes[which % len(self.passes)]

    def try_to(self, may: bool, act: Callable[[], Any]) -> Any:
        """What it gave, where it may be done; else it must be refused."""
        refusal = None
        try:
            done = act()
        except Refused as refused:
            done, refusal = None, refused.refusal
        assert (refusal is None) is may, refusal
        return done


def test_any_history_of_memberships_is_what_a_calendar_and_a_tally_say(committed_db: DatabaseUrls) -> None:
    run_state_machine_as_test(
        MembershipMachine,
        settings=histories(25, steps=30),
    )
