"""Gift cards in any order: paid with, topped up, given back, blocked, cancelled, while the clock goes on (RWD-5).

A naive model tells what each must say and hold; the transitions are those of the table that the actions use; every promise is
proved at the end.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
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

from regulars.giftcards.actions.change import block_gift_card, cancel_gift_card, unblock_gift_card
from regulars.giftcards.actions.due import expire_gift_cards
from regulars.giftcards.queries.giftcards import GiftCardView
from regulars.giftcards.rules.states import TRANSITIONS
from regulars.giftcards.rules.values import Change
from regulars.giftcards.tests.kit import Till, open_till
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.platform.embedded import DatabaseUrls
from regulars.project.proofs import verify
from tests.ledger_kit import dispatcher
from tests.machines.histories import histories

pytestmark = [pytest.mark.committed, pytest.mark.slow, pytest.mark.outside]

CARDS_MAX = 3
AMOUNTS = st.integers(1, 40)
REFUSED = {
    "used_up": "gift_card_used_up",
    "expired": "gift_card_expired",
    "blocked": "gift_card_blocked",
    "cancelled": "gift_card_cancelled",
}


@dataclass
class Payment:
    """What a payment took, and what came back of it."""

    change: Change
    taken: int
    forfeited: int = 0
    back: int = 0


@dataclass
class Model:
    """A gift card as a child would keep it: a purse, a state, a last moment."""

    card: GiftCardView
    is_single: bool
    ends: datetime | None
    balance: int = 50
    state: str = "active"
    payments: list[Payment] = field(default_factory=list)

    def look(self, now: datetime) -> str:
        """Its state by now; what is over loses what is left."""
        if self.state in ("active", "blocked") and self.ends is not None and self.ends <= now:
            self.state, self.balance = "expired", 0
        return self.state


class GiftCardMachine(RuleBasedStateMachine):
    """A shop in which anything may happen to gift cards."""

    @initialize()
    def open(self) -> None:
        self.till: Till = open_till()
        self.now = timezone.now()
        self.types = {
            (single, days): self.till.type(
                f"{single} {days}",
                is_single_use=single,
                value_max="100000",
                validity={"kind": "days", "value": days} if days else {},
            )
            for single in (False, True)
            for days in (0, 2)
        }
        self.cards: list[Model] = []
        self.sell(single=False, days=2)

    @precondition(lambda self: len(self.cards) < CARDS_MAX)
    @rule(single=st.booleans(), days=st.sampled_from([0, 2]))
    def sell(self, single: bool, days: int) -> None:
        card = self.till.sell(self.types[single, days], "50", now=self.now)
        self.cards.append(Model(card, single, card.expires_at))

    @rule(who=st.integers(0, 9), amount=AMOUNTS)
    def pay(self, who: int, amount: int) -> None:
        model = self.pick(who)
        pay = partial(self.till.pay, model.card, str(amount), now=self.now)
        if model.look(self.now) != "active":
            self.refused(REFUSED[model.state], pay)
        elif amount > model.balance:
            self.refused("gift_card_short", pay)
        else:
            rest = model.balance - amount if model.is_single else 0
            model.payments.append(Payment(pay(), amount, rest))
            model.balance -= amount + rest
            self.move(model, "write_off" if model.balance else "use_up")

    @rule(who=st.integers(0, 9), amount=AMOUNTS)
    def top_up(self, who: int, amount: int) -> None:
        model = self.pick(who)
        top_up = partial(self.till.top_up, model.card, str(amount), now=self.now)
        if model.look(self.now) not in ("active", "used_up"):
            self.refused(REFUSED[model.state], top_up)
        elif model.is_single:
            self.refused("gift_card_single_use", top_up)
        else:
            top_up()
            model.balance += amount
            self.move(model, "top_up")

    @rule(who=st.integers(0, 9), which=st.integers(0, 9), amount=AMOUNTS, all_of_it=st.booleans())
    def give_back(self, who: int, which: int, amount: int, all_of_it: bool) -> None:
        model = self.pick(who)
        if not model.payments:
            return
        payment = model.payments[which % len(model.payments)]
        left = payment.taken - payment.back
        wanted = left if all_of_it and left else amount
        back = partial(self.till.give_back, model.card, payment.change, str(wanted), now=self.now)
        state = model.look(self.now)
        if wanted > left:
            self.refused("nothing_to_give_back", back)
            return
        if state == "cancelled":
            self.refused("gift_card_cancelled", back)
            return
        back()
        payment.back += wanted
        model.balance += wanted
        if payment.back == payment.taken:
            model.balance += payment.forfeited
            payment.forfeited = 0
        if model.ends is not None and model.ends <= self.now:
            model.ends = self.now + timedelta(days=30)
        self.move(model, "give_back")

    @rule(who=st.integers(0, 9), verb=st.sampled_from(["block", "unblock", "cancel", "pay_out"]))
    def turn(self, who: int, verb: str) -> None:
        model = self.pick(who)
        name, actor = encode("gcd", model.card.id), self.till.actor
        act: Callable[[], Any] = {
            "block": partial(block_gift_card, actor, name, now=self.now),
            "unblock": partial(unblock_gift_card, actor, name, now=self.now),
            "cancel": partial(cancel_gift_card, actor, name, kind="cancel", now=self.now),
            "pay_out": partial(cancel_gift_card, actor, name, kind="pay_out", now=self.now),
        }[verb]
        kind = "cancel" if verb == "pay_out" else verb
        state = model.look(self.now)
        if (state, kind) in TRANSITIONS:
            act()
            self.move(model, kind)
            if kind == "cancel":
                model.balance = 0
        elif verb == "unblock" and state != "expired":
            self.refused("gift_card_not_blocked", act)
        else:
            self.refused(REFUSED[state], act)

    @rule(hours=st.sampled_from([1, 13, 24, 24 * 31]))
    def time_goes_on(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def night(self) -> None:
        expire_gift_cards(self.till.actor.chain_id, self.now)

    @invariant()
    def each_says_what_the_model_says(self) -> None:
        for model in getattr(self, "cards", []):
            state = model.look(self.now)
            seen = self.till.look(model.card, now=self.now)
            assert (seen.state, seen.balance, seen.expires_at) == (state, model.balance * 100, model.ends)

    def teardown(self) -> None:
        if not hasattr(self, "cards"):
            return
        for model in self.cards:
            entries = self.till.entries(model.card)
            assert sum(one.amount for one in entries) == entries[-1].balance_after
        dispatcher().make_round()
        assert verify(now=self.now).breaches == []

    def pick(self, number: int) -> Model:
        return self.cards[number % len(self.cards)]

    def move(self, model: Model, verb: str) -> None:
        """The next state is the one of the table; every move that happens is in it."""
        model.state = TRANSITIONS[model.state, verb]  # type: ignore[index]

    def refused(self, code: str, act: Callable[[], Any]) -> None:
        with pytest.raises(Refused) as problem:
            act()
        assert problem.value.refusal.code == code


def test_gift_cards_behave_like_the_naive_ones(committed_db: DatabaseUrls) -> None:
    run_state_machine_as_test(
        GiftCardMachine,
        settings=histories(12, steps=25),
    )
