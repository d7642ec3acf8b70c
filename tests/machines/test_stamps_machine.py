"""A stamp card driven at random over PostgreSQL: scans, undos, redeemed rewards, days that pass; held against a counter (RWD-1)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

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

from regulars.cards.actions.balances import reverse_transaction
from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.rewards.tests.reward_kit import RewardShop, open_reward_shop
from regulars.vouchers.actions.redeem import RedeemCommand, redeem_voucher
from tests.machines.histories import histories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

GOALS = (3, 8)
DAYS_VALID = 20


@dataclass
class Scan:
    """Stamps that were given, and what names them."""

    transaction_id: UUID
    count: int
    is_undone: bool = False


@dataclass
class Model:
    """A counter: so many stamps in all, and which goals have been rewarded and kept."""

    total: int = 0
    begun: int = 0
    scans: list[Scan] = field(default_factory=list)
    held: dict[int, tuple[UUID, bool]] = field(default_factory=dict)
    """By the place of a goal in all rounds: the voucher, and whether it was used."""

    def places(self) -> set[int]:
        """The goals that the stamps reach, as places in all rounds."""
        size = GOALS[-1]
        return {
            number * size + goal
            for number in range(self.total // size + 1)
            for goal in GOALS
            if number * size + goal <= self.total
        }


class StampCard(RuleBasedStateMachine):
    """What a till does to one card."""

    shop: RewardShop
    card: CardView

    @initialize()
    def begin(self) -> None:
        self.shop = open_reward_shop()
        terms: dict[str, Any] = {"validity": {"kind": "days", "value": DAYS_VALID}}
        self.shop.goals({3: self.shop.voucher("A biscuit", **terms), 8: self.shop.voucher("A coffee", **terms)})
        self.card = self.shop.counter.issue("+4915112345678")
        self.now: datetime = timezone.now()
        self.model = Model()

    @rule(days=st.integers(1, 15))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(count=st.integers(1, 20))
    def scan(self, count: int) -> None:
        stamped = self.shop.stamp(self.card, count, now=self.now)
        before = self.model.places() | set(self.model.held)
        self.model.total += count
        self.model.scans.append(Scan(stamped.posted.transaction_id, count))
        new = sorted(self.model.places() - before)
        assert [(one.goal, one.title) for one in stamped.rewards] == [
            ((place - 1) % 8 + 1, "A coffee" if place % 8 == 0 else "A biscuit") for place in new
        ]
        for place, one in zip(new, stamped.rewards, strict=True):
            assert one.voucher_id is not None
            self.model.held[place] = (one.voucher_id, False)

    @precondition(lambda self: any(not scan.is_undone for scan in self.model.scans))
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        scan = data.draw(st.sampled_from([one for one in self.model.scans if not one.is_undone]))
        reverse_transaction(self.shop.counter.actor, encode("txn", scan.transaction_id), reason="a slip", now=self.now)
        scan.is_undone = True
        self.model.total -= scan.count
        lost = set(self.model.held) - self.model.places()
        for place in lost:
            if not self.model.held[place][1]:
                del self.model.held[place]

    @precondition(lambda self: self.model.held)
    @rule(data=st.data())
    def redeem(self, data: st.DataObject) -> None:
        place = data.draw(st.sampled_from(sorted(self.model.held)))
        voucher_id, is_used = self.model.held[place]
        command = RedeemCommand(encode("vch", voucher_id))
        try:
            redeem_voucher(self.shop.counter.actor, command, now=self.now)
        except Refused as refused:
            said = refused.refusal.code
        else:
            said = ""
            self.model.held[place] = (voucher_id, True)
        assert said in (("already_redeemed",) if is_used else ("", "voucher_expired"))

    @invariant()
    def the_card_shows_what_was_counted(self) -> None:
        size = GOALS[-1]
        total = self.model.total
        begun = max(0, (total - 1) // size)
        assert self.shop.stamps(self.card) == total - begun * size
        standing = self.shop.counter.read("SELECT round FROM card_rounds WHERE card_id = %s", [self.card.id])
        assert (standing[0][0] if standing else 0) == begun
        held = self.shop.counter.read(
            "SELECT number * 8 + goal, voucher_id FROM given_rewards WHERE card_id = %s AND NOT is_undone",
            [self.card.id],
        )
        assert dict(held) == {place: voucher_id for place, (voucher_id, _used) in self.model.held.items()}
        # Of what was taken back no voucher can be used any more, unless its time was over before.
        live = self.shop.counter.read(
            "SELECT count(*) FROM given_rewards g JOIN vouchers v ON v.id = g.voucher_id"
            " WHERE g.is_undone AND v.state IN ('issued', 'active') AND v.expires_at > %s",
            [self.now],
        )
        assert live == [(0,)]


def test_a_stamp_card_is_what_its_scans_say() -> None:
    run_state_machine_as_test(
        StampCard,
        settings=histories(25, steps=25),
    )
