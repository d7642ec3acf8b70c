"""The same histories over PostgreSQL, by the real actions: the naive purse agrees, and every promise is proved at the end."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

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

from regulars.cards.actions.balances import Posted, TransferCommand, reverse_transaction, transfer_balance
from regulars.cards.actions.holds import HoldCommand, capture_hold, make_hold, release_hold
from regulars.cards.actions.lifecycle import delete_card, restore_card
from regulars.cards.queries.cards import CardView, find_card
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.ledger.actions.night import expire_due
from regulars.ledger.queries.holds import HoldView
from regulars.platform.database import execute, unit_of_work
from regulars.programs.rules import BalanceTypeDraft
from regulars.project.proofs import verify
from tests import ledger_kit
from tests.machines.histories import histories
from tests.machines.purse import FOR_EVER, Purse, Taken, Unit

pytestmark = [pytest.mark.committed, pytest.mark.slow, pytest.mark.outside]

BALANCE = BalanceTypeDraft(name="Points", kind="points", external_id="points", initial_balance="5")
CARDS_MAX = 3
AMOUNTS = st.integers(1, 9)


@dataclass
class Envelope:
    """What a hold has set aside, and until when."""

    hold: str
    units: list[Unit]
    until: datetime
    of_order: bool = False


@dataclass
class Holder:
    """A card and the purse that has to agree with it; units in envelopes are in no purse."""

    card: CardView
    purse: Purse
    envelopes: list[Envelope] = field(default_factory=list)
    closed: Taken | None = None
    is_deleted: bool = False

    @property
    def own_envelopes(self) -> list[Envelope]:
        """Those that belong to no order."""
        return [envelope for envelope in self.envelopes if not envelope.of_order]

    def open_late_envelopes(self, now: datetime) -> None:
        """What is in envelopes whose time is over is free again."""
        for envelope in [one for one in self.envelopes if one.until <= now]:
            self.purse.put_back(envelope.units)
            self.envelopes.remove(envelope)


@dataclass
class Done:
    """A transaction that can be taken back: what it brought where, what it took from where."""

    posted: Posted
    earned: list[tuple[Holder, int, int]] = field(default_factory=list)
    spent: list[tuple[Holder, Taken]] = field(default_factory=list)


class LedgerMachine(RuleBasedStateMachine):
    """A shop in which anything may happen in any order."""

    opening, returned_days = 5, 30

    @initialize()
    def open(self) -> None:
        self.start(ledger_kit.open_counter(balance_types=(BALANCE,)), timezone.now())

    def start(self, counter: ledger_kit.Counter, now: datetime) -> None:
        self.counter, self.now = counter, now
        self.holders: list[Holder] = []
        self.done: list[Done] = []
        self.dispatcher = ledger_kit.dispatcher()
        self.issue()

    def times(self) -> tuple[datetime, datetime | None]:
        """From when to when units live that come in now."""
        return self.now, None

    def pick(self, number: int) -> Holder:
        return self.holders[number % len(self.holders)]

    @precondition(lambda self: len(self.holders) < CARDS_MAX)
    @rule()
    def issue(self) -> None:
        card = self.counter.issue(f"+49 151 1111111{len(self.holders)}", now=self.now)
        purse = Purse()
        begins, ends = self.times()
        purse.earn(self.opening, begins=begins, ends=ends)
        self.holders.append(Holder(card, purse))

    @rule(who=st.integers(0, 9), amount=AMOUNTS, life=st.none() | st.integers(1, 3))
    def earn(self, who: int, amount: int, life: int | None) -> None:
        holder = self.pick(who)
        if holder.is_deleted:
            self.refused("card_not_active", lambda: self.counter.adjust(holder.card, str(amount), now=self.now))
            return
        posted = self.counter.adjust(holder.card, str(amount), now=self.now)
        begins, ends = self.times()
        if life is not None:
            ends = begins + timedelta(days=life)
            # An end of its own, as an import gives it.
            with unit_of_work(self.counter.chain_id):
                touched = execute(
                    "UPDATE lots SET expires_at = %s WHERE entry_id IN"
                    " (SELECT id FROM entries WHERE transaction_id = %s)",
                    [ends, posted.transaction_id],
                )
                assert touched == 1
        roll = holder.purse.earn(amount, begins=begins, ends=ends)
        self.done.append(Done(posted, earned=[(holder, roll, amount)]))

    @rule(who=st.integers(0, 9), amount=AMOUNTS)
    def spend(self, who: int, amount: int) -> None:
        holder = self.pick(who)

        def adjust() -> Posted:
            return self.counter.adjust(holder.card, str(-amount), now=self.now)

        if holder.is_deleted:
            self.refused("card_not_active", adjust)
            return
        taken = holder.purse.spend(amount, self.now)
        if taken is None:
            self.refused("insufficient_balance", adjust)
            return
        self.done.append(Done(adjust(), spent=[(holder, taken)]))

    @precondition(lambda self: len(self.holders) > 1)
    @rule(who=st.integers(0, 9), amount=AMOUNTS)
    def move(self, who: int, amount: int) -> None:
        source, target = self.pick(who), self.pick(who + 1)
        command = TransferCommand(
            card=encode("crd", source.card.id),
            to=encode("crd", target.card.id),
            balance_type="points",
            amount=amount,
            reason="test",
        )

        def transfer() -> Posted:
            return transfer_balance(self.counter.actor, command, now=self.now)

        if source.is_deleted or target.is_deleted:
            self.refused("card_not_active", transfer)
            return
        taken = source.purse.spend(amount, self.now)
        if taken is None:
            self.refused("insufficient_balance", transfer)
            return
        posted = transfer()
        ends = min(unit.ends for unit in taken.units)
        roll = target.purse.earn(amount, begins=self.now, ends=ends if ends < FOR_EVER else None)
        self.done.append(Done(posted, earned=[(target, roll, amount)], spent=[(source, taken)]))

    @precondition(lambda self: self.done)
    @rule(which=st.integers(0, 99))
    def take_back(self, which: int) -> None:
        done = self.done[which % len(self.done)]

        def reverse() -> Posted:
            identifier = encode("txn", done.posted.transaction_id)
            return reverse_transaction(self.counter.actor, identifier, reason="test", now=self.now)

        touched = [holder for holder, _, _ in done.earned] + [holder for holder, _ in done.spent]
        if any(holder.is_deleted for holder in touched):
            self.refused("card_not_active", reverse)
            return
        if any(holder.purse.available(self.now, first=roll) < amount for holder, roll, amount in done.earned):
            self.refused("insufficient_balance", reverse)
            return
        reverse()
        self.done.remove(done)
        self.refused("already_reversed", reverse)
        for holder, roll, amount in done.earned:
            assert holder.purse.spend(amount, self.now, first=roll)
        for holder, taken in done.spent:
            holder.purse.give_back(taken, self.now, days=self.returned_days)

    @rule(who=st.integers(0, 9))
    def delete(self, who: int) -> None:
        holder = self.pick(who)
        identifier = encode("crd", holder.card.id)

        def remove() -> CardView:
            return delete_card(self.counter.actor, identifier, write_off=True, now=self.now)

        if holder.is_deleted:
            self.refused("card_not_active", remove)
            return
        if holder.purse.total or holder.envelopes:
            self.refused("balance_left", lambda: delete_card(self.counter.actor, identifier, now=self.now))
        remove()
        for envelope in holder.envelopes:
            holder.purse.put_back(envelope.units)
        holder.envelopes = []
        holder.closed, holder.is_deleted = holder.purse.close(self.now), True

    @precondition(lambda self: any(holder.is_deleted for holder in self.holders))
    @rule(who=st.integers(0, 9))
    def restore(self, who: int) -> None:
        holder = self.pick(who)

        def bring_back() -> CardView:
            return restore_card(self.counter.actor, encode("crd", holder.card.id), now=self.now)

        if not holder.is_deleted:
            self.refused("card_not_active", bring_back)
            return
        assert holder.closed
        if self.now - holder.closed.at > timedelta(days=30):
            self.refused("restore_window_over", bring_back)
            return
        bring_back()
        holder.purse.give_back(holder.closed, self.now, days=self.returned_days)
        holder.closed, holder.is_deleted = None, False

    @rule(who=st.integers(0, 9), amount=AMOUNTS, hours=st.sampled_from([1, 48]))
    def set_aside(self, who: int, amount: int, hours: int) -> None:
        holder = self.pick(who)
        command = HoldCommand(
            card=encode("crd", holder.card.id), balance_type="points", amount=amount, seconds=hours * 3600
        )

        def hold() -> HoldView:
            return make_hold(self.counter.actor, command, now=self.now)

        if holder.is_deleted:
            self.refused("card_not_active", hold)
            return
        taken = holder.purse.set_aside(amount, self.now)
        if taken is None:
            self.refused("insufficient_balance", hold)
            return
        until = self.now + timedelta(hours=hours)
        holder.envelopes.append(Envelope(encode("hld", hold().id), taken.units, until))

    @precondition(lambda self: any(holder.own_envelopes for holder in self.holders))
    @rule(who=st.integers(0, 9), part=st.integers(1, 9))
    def capture(self, who: int, part: int) -> None:
        holder = next(holder for holder in [*self.holders[who % 3 :], *self.holders] if holder.own_envelopes)
        envelope = holder.own_envelopes[part % len(holder.own_envelopes)]
        part = min(part, len(envelope.units))
        captured = capture_hold(self.counter.actor, envelope.hold, amount=part, now=self.now)
        assert captured.captured == part
        self.refused("hold_ended", lambda: capture_hold(self.counter.actor, envelope.hold, now=self.now))
        holder.purse.put_back(envelope.units[part:])
        holder.envelopes.remove(envelope)

    @precondition(lambda self: any(holder.own_envelopes for holder in self.holders))
    @rule(who=st.integers(0, 9))
    def release(self, who: int) -> None:
        holder = next(holder for holder in [*self.holders[who % 3 :], *self.holders] if holder.own_envelopes)
        envelope = holder.own_envelopes[-1]
        holder.envelopes.remove(envelope)
        assert release_hold(self.counter.actor, envelope.hold, now=self.now).state == "released"
        holder.purse.put_back(envelope.units)

    @rule()
    def night(self) -> None:
        done = expire_due(self.counter.chain_id, self.now)
        assert done.lots >= (over := sum(bool(holder.purse.expire(self.now)) for holder in self.holders))
        assert done.accounts == over
        assert expire_due(self.counter.chain_id, self.now).is_nothing

    @rule(hours=st.sampled_from([1, 24, 24 * 7, 24 * 31]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        for holder in self.holders:
            late = [envelope.hold for envelope in holder.own_envelopes if envelope.until <= self.now]
            holder.open_late_envelopes(self.now)
            for hold in late:
                self.refused("hold_expired", partial(capture_hold, self.counter.actor, hold, now=self.now))

    @rule()
    def dispatch(self) -> None:
        self.dispatcher.make_round()

    def refused(self, code: str, action: object) -> None:
        assert callable(action)
        with pytest.raises(Refused) as refused:
            action()
        assert refused.value.refusal.code == code

    @invariant()
    def lots_hold_what_the_purse_holds(self) -> None:
        for holder in getattr(self, "holders", []):
            found: Counter[tuple[datetime, datetime]] = Counter()
            for begins, ends, remaining in self.counter.read(
                "SELECT activates_at, expires_at, remaining FROM lots WHERE card_id = %s AND remaining > 0",
                [holder.card.id],
            ):
                found[begins, ends or FOR_EVER] += remaining
            aside = [unit for envelope in holder.envelopes for unit in envelope.units]
            assert found == holder.purse.shape() + Purse(aside).shape()
            assert self.counter.balance(holder.card) == holder.purse.total + len(aside)
            with unit_of_work(self.counter.chain_id):
                view = find_card(self.counter.chain_id, holder.card.id, now=self.now)
            assert view
            balance = view.balances[0]
            assert (balance.total, balance.available, balance.pending, balance.held) == (
                holder.purse.total + len(aside),
                holder.purse.available(self.now),
                holder.purse.pending(self.now),
                len(aside),
            )

    def teardown(self) -> None:
        if not hasattr(self, "counter"):
            return
        self.dispatcher.make_round()
        report = verify(now=timezone.now())
        assert report.breaches == []
        assert report.notes == []


def test_any_history_agrees_with_the_purse_and_keeps_every_promise() -> None:
    run_state_machine_as_test(
        LedgerMachine,
        settings=histories(8, steps=25),
    )
