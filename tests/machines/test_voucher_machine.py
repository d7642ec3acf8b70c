"""Vouchers driven at random over PostgreSQL: a model that only knows the drawn table agrees, whatever the clock does."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import Refused
from regulars.ledger.actions.post import post
from regulars.platform.database import unit_of_work
from regulars.platform.hot import open_cursor
from regulars.programs.rules.validity import Validity
from regulars.project.proofs import verify
from regulars.vouchers.actions.due import expire_vouchers
from regulars.vouchers.actions.issue import issue_vouchers
from regulars.vouchers.actions.parts import Return, give_back_parts, redeem_parts
from regulars.vouchers.actions.redeem import RedeemCommand, cancel_voucher, redeem_voucher, undo_redemption
from regulars.vouchers.queries.redeemable import lock_vouchers
from regulars.vouchers.queries.vouchers import get_vouchers
from regulars.vouchers.rules.redeeming import Redemption, check_redeem
from regulars.vouchers.rules.states import TRANSITIONS
from regulars.vouchers.rules.vouchers import VoucherDraft
from tests.ledger_kit import Counter, dispatcher, open_counter

pytestmark = [pytest.mark.committed, pytest.mark.slow, pytest.mark.outside]


@dataclass
class Slip:
    """What somebody who keeps vouchers on paper knows of one."""

    id: UUID
    state: str
    starts_at: datetime
    expires_at: datetime | None
    order: UUID | None = None

    def by(self, now: datetime) -> str:
        """The state at a moment, reasoned from the dates alone."""
        if self.state in ("issued", "active"):
            if self.expires_at is not None and now >= self.expires_at:
                return "expired"
            return "active" if now >= self.starts_at else "issued"
        return self.state


class VoucherMachine(RuleBasedStateMachine):
    """Issue, redeem, give back, cancel, in orders and by hand, while the clock is moved."""

    slips = Bundle("slips")

    def __init__(self) -> None:
        super().__init__()
        self.known: list[Slip] = []

    @initialize()
    def open(self) -> None:
        self.counter: Counter = open_counter()
        self.now = timezone.now()

    @rule(target=slips, begins=st.integers(0, 3), days=st.one_of(st.none(), st.integers(1, 4)))
    def issue(self, begins: int, days: int | None) -> Slip:
        validity = Validity() if days is None else Validity(kind="days", count=days)
        draft = VoucherDraft(title="A coffee", validity=validity, starts_at=self.now + timedelta(days=begins))
        with unit_of_work(self.counter.chain_id):
            (made,) = issue_vouchers(self.counter.actor, [draft], now=self.now)
        slip = Slip(made.id, made.state, made.starts_at, made.expires_at)
        assert slip.state == ("issued" if begins else "active")
        self.known.append(slip)
        return slip

    def allowed(self, slip: Slip, verb: str) -> str | None:
        table: Any = TRANSITIONS
        found: str | None = table.get((slip.by(self.now), verb))
        return found

    @rule(slip=slips)
    def redeem(self, slip: Slip) -> None:
        wanted = self.allowed(slip, "redeem")
        try:
            redeem_voucher(self.counter.actor, RedeemCommand(encode("vch", slip.id)), now=self.now)
        except Refused:
            assert wanted is None
        else:
            assert wanted == "redeemed"
            slip.state, slip.order = wanted, None

    @rule(slip=slips)
    def redeem_in_an_order(self, slip: Slip) -> None:
        wanted, order = self.allowed(slip, "redeem"), new_id()
        with unit_of_work(self.counter.chain_id):
            cursor = open_cursor()
            held = lock_vouchers(cursor, self.counter.chain_id, [slip.id])[slip.id]
            refusal = check_redeem(held, location_id=None, now=self.now)
            assert (refusal is None) == (wanted is not None)
            if refusal is None:
                taken = Redemption(voucher=held, order_id=order, is_of_order=True)
                post(cursor, self.counter.actor, (), also=redeem_parts(self.counter.actor, [taken], now=self.now))
                slip.state, slip.order = "redeemed", order

    @rule(slip=slips)
    def refund_the_order(self, slip: Slip) -> None:
        if slip.state != "redeemed" or slip.order is None:
            return
        with unit_of_work(self.counter.chain_id):
            cursor = open_cursor()
            held = lock_vouchers(cursor, self.counter.chain_id, [slip.id])[slip.id]
            back = Return(voucher=held, order_id=held.order_id)
            post(cursor, self.counter.actor, (), also=give_back_parts(self.counter.actor, [back], now=self.now))
        slip.state, slip.order = "active", None

    @rule(slip=slips)
    def undo(self, slip: Slip) -> None:
        wanted = self.allowed(slip, "give_back") if slip.order is None else None
        told = ""
        try:
            undo_redemption(self.counter.actor, encode("vch", slip.id), now=self.now)
        except Refused as refused:
            told = refused.refusal.code
        if wanted is None:
            assert told == ("redeemed_in_order" if slip.state == "redeemed" else "not_redeemed")
        else:
            assert (wanted, told) == ("active", "")
            slip.state = wanted

    @rule(slip=slips)
    def cancel(self, slip: Slip) -> None:
        wanted = self.allowed(slip, "cancel")
        try:
            cancel_voucher(self.counter.actor, encode("vch", slip.id), now=self.now)
        except Refused:
            assert wanted is None
        else:
            assert wanted == "cancelled"
            slip.state = wanted

    @rule(hours=st.integers(1, 60), looks=st.booleans())
    def time_passes(self, hours: int, looks: bool) -> None:
        """The clock goes on; the work that falls due comes in time, or late."""
        self.now += timedelta(hours=hours)
        if looks:
            expire_vouchers(self.counter.chain_id, self.now)

    @invariant()
    def every_voucher_is_what_its_slip_says(self) -> None:
        if not self.known:
            return
        with unit_of_work(self.counter.chain_id):
            views = get_vouchers(self.counter.chain_id, [slip.id for slip in self.known], now=self.now)
        assert [view.state for view in views] == [slip.by(self.now) for slip in self.known]

    def teardown(self) -> None:
        if not self.known:
            return
        expire_vouchers(self.counter.chain_id, self.now)
        self.every_voucher_is_what_its_slip_says()
        dispatcher().make_round()
        assert verify(now=timezone.now()).breaches == []


def test_vouchers_live_as_they_are_drawn(committed_db: object) -> None:
    run_state_machine_as_test(
        VoucherMachine,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
