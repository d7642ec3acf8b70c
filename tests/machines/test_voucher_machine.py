"""Vouchers driven at random over PostgreSQL: a model that only knows the drawn table agrees, whatever the clock does."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.orders.actions.record import record_order
from regulars.orders.actions.refund import cancel_order
from regulars.orders.rules.command import LineDraft, OrderDraft
from regulars.platform.database import unit_of_work
from regulars.programs.rules.validity import Validity
from regulars.project.proofs import verify
from regulars.vouchers.actions.due import expire_vouchers
from regulars.vouchers.actions.issue import issue_vouchers
from regulars.vouchers.actions.redeem import RedeemCommand, cancel_voucher, redeem_voucher, undo_redemption
from regulars.vouchers.queries.vouchers import get_vouchers
from regulars.vouchers.rules.states import TRANSITIONS
from regulars.vouchers.rules.vouchers import VoucherDraft
from tests.ledger_kit import Counter, dispatcher, open_counter
from tests.machines.histories import histories

pytestmark = [pytest.mark.committed, pytest.mark.slow, pytest.mark.outside]


@dataclass
class Slip:
    """What somebody who keeps vouchers on paper knows of one."""

    id: UUID
    code: str
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
        starts_at, benefit = self.now + timedelta(days=begins), {"amount": "5.00"}
        draft = VoucherDraft(title="A coffee", validity=validity, starts_at=starts_at, benefit=benefit)
        with unit_of_work(self.counter.chain_id):
            (made,) = issue_vouchers(self.counter.actor, [draft], now=self.now)
        slip = Slip(made.id, made.code, made.state, made.starts_at, made.expires_at)
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
        wanted = self.allowed(slip, "redeem")
        draft = OrderDraft(lines=(LineDraft(quantity="1", sku="hat", price="50.00"),), codes=(slip.code,))
        view = record_order(self.counter.actor, draft, now=self.now)
        assert view.id is not None
        used = [one.owner_id for one in view.redemptions if one.state == "used"]
        assert used == ([slip.id] if wanted else [])
        if wanted:
            slip.state, slip.order = wanted, view.id

    @rule(slip=slips)
    def cancel_the_order(self, slip: Slip) -> None:
        if slip.state != "redeemed" or slip.order is None:
            return
        cancel_order(self.counter.actor, encode("ord", slip.order), now=self.now)
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
        settings=histories(15, steps=25),
    )
