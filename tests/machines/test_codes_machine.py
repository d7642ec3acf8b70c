"""Histories of codes over PostgreSQL, with refunds and moves of the clock, beside a model that knows the tables of states alone (RWD-4)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from regulars.codes.actions.expiring import expire_codes
from regulars.codes.actions.handing import activate_code, attach_code, detach_code, expire_code, lives_until
from regulars.codes.actions.importing import import_codes
from regulars.codes.actions.parts import PlannedUse, give_back_parts, use_parts
from regulars.codes.actions.pools import create_pool
from regulars.codes.models import Code
from regulars.codes.queries.usable import lock_codes, uses_of_orders
from regulars.codes.rules.pools import PoolDraft
from regulars.codes.rules.states import first_state, next_state, verb_of_giving_back
from regulars.codes.rules.usable import check_usable
from regulars.customers.actions import enter_customer
from regulars.customers.rules import CustomerDraft
from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import Refused
from regulars.ledger.actions.post import post
from regulars.platform.database import unit_of_work
from regulars.platform.hot import hot_unit_of_work
from tests.machines.histories import histories
from tests.people import Shop, open_shop

pytestmark = [pytest.mark.committed, pytest.mark.slow, pytest.mark.outside]

START = datetime(2026, 5, 4, 9, tzinfo=UTC)
POOLS = (
    PoolDraft(name="Plain", valid_until=START + timedelta(days=6)),
    PoolDraft(name="Careful", needs_activation=True, lives_days=2, lives_from="activated"),
    PoolDraft(name="Short", lives_days=1),
    PoolDraft(
        name="Slogan", kind="universal", uses_per_code=3, uses_per_customer=2, valid_until=START + timedelta(days=5)
    ),
)


@dataclass
class Expected:
    """A code as the model has it."""

    id: UUID
    draft: PoolDraft
    state: str
    holder: UUID | None = None
    activated: bool = False
    ends: datetime | None = None
    orders: dict[UUID, UUID] = field(default_factory=dict)


class CodesMachine(RuleBasedStateMachine):
    """Whatever is tried in whatever order, the database stands where the tables of states say."""

    shop: Shop

    @initialize()
    def begin(self) -> None:
        self.shop = open_shop()
        self.now = START
        self.codes: list[Expected] = []
        self.people = [
            enter_customer(
                self.shop.actor, CustomerDraft(name=name, phones=(phone,)), country="DE", today=START.date(), now=START
            ).id
            for name, phone in (("Anna", "0151 23456781"), ("Ben", "0151 23456782"))
        ]
        for number, draft in enumerate(POOLS):
            pool = create_pool(self.shop.actor, draft, now=START)
            count = 2 if draft.kind == "personal" else 1
            import_codes(self.shop.actor, pool.public_id, [f"CODE-{number}-{n}00" for n in range(count)], now=START)
            with unit_of_work(self.shop.chain_id):
                ids = list(Code.objects.filter(pool_id=pool.id).order_by("id").values_list("id", flat=True))
            self.codes += [Expected(one, draft, first_state(draft.kind), ends=draft.valid_until) for one in ids]

    def attempt(self, code: Expected, verb: str, step: Any) -> bool:
        after = next_state(code.draft.kind, code.state, verb)
        try:
            step()
        except Refused:
            assert after is None or verb == "attach", (code, verb)
            return False
        if after is not None:
            code.state = after
        return after is not None

    @rule(which=st.integers(0, 6), person=st.integers(0, 1))
    def attach(self, which: int, person: int) -> None:
        code, customer = self.codes[which], self.people[person]
        before = code.state
        public = encode("cod", code.id)
        step = lambda: attach_code(self.shop.actor, public, encode("cus", customer), now=self.now)  # noqa: E731
        if self.attempt(code, "attach", step) and code.draft.kind == "personal" and before == "free":
            code.holder = customer
            if code.draft.lives_days and code.draft.lives_from == "attached":
                code.ends = lives_until(self.now, code.draft.lives_days, self.shop.chain.zone)

    @rule(which=st.integers(0, 6), person=st.integers(0, 1))
    def detach(self, which: int, person: int) -> None:
        code = self.codes[which]
        customer = encode("cus", self.people[person])
        step = lambda: detach_code(self.shop.actor, encode("cod", code.id), customer=customer, now=self.now)  # noqa: E731
        if self.attempt(code, "detach", step) and code.draft.kind == "personal":
            code.holder, code.activated, code.ends = None, False, code.draft.valid_until

    @rule(which=st.integers(0, 6))
    def activate(self, which: int) -> None:
        code = self.codes[which]
        public = encode("cod", code.id)
        step = lambda: activate_code(self.shop.actor, public, now=self.now)  # noqa: E731
        if code.state == "active":
            activate_code(self.shop.actor, public, now=self.now)
            return
        if self.attempt(code, "activate", step):
            code.activated = True
            if code.draft.lives_days and code.draft.lives_from == "activated":
                code.ends = lives_until(self.now, code.draft.lives_days, self.shop.chain.zone)

    @rule(which=st.integers(0, 6))
    def end(self, which: int) -> None:
        code = self.codes[which]
        if code.state != "expired":
            self.attempt(code, "expire", lambda: expire_code(self.shop.actor, encode("cod", code.id), now=self.now))

    @rule(which=st.integers(0, 6), person=st.integers(0, 1))
    def use(self, which: int, person: int) -> None:
        code, customer, order = self.codes[which], self.people[person], new_id()
        with hot_unit_of_work(self.shop.chain_id) as cursor:
            states = lock_codes(cursor, self.shop.chain_id, [code.id], holder_id=customer)
            refused = check_usable(states[code.id], customer_id=customer, holder_id=customer, now=self.now)
            assert (refused is None) == self.may_use(code, customer), (code, refused)
            if refused is None:
                uses = [PlannedUse(code.id, order, customer)]
                post(cursor, self.shop.actor, [], also=use_parts(uses, states, now=self.now))
        if refused is None:
            code.orders[order] = customer
            limit = 1 if code.draft.kind == "personal" else code.draft.uses_per_code
            verb = "use_last" if code.draft.kind == "universal" and len(code.orders) == limit else "use"
            after = next_state(code.draft.kind, code.state, verb)
            assert after
            code.state = after

    def may_use(self, code: Expected, customer: UUID) -> bool:
        if code.state in ("used", "expired") or (code.ends is not None and code.ends <= self.now):
            return False
        if code.draft.kind == "universal":
            return list(code.orders.values()).count(customer) < (code.draft.uses_per_customer or 99)
        if code.holder is not None and code.holder != customer:
            return False
        return code.state == "active" or not code.draft.needs_activation

    @rule(which=st.integers(0, 6))
    def refund(self, which: int) -> None:
        code = self.codes[which]
        if not code.orders:
            return
        order = next(iter(code.orders))
        with hot_unit_of_work(self.shop.chain_id) as cursor:
            uses = uses_of_orders(cursor, self.shop.chain_id, [order])
            assert len(uses) == 1
            post(cursor, self.shop.actor, [], also=give_back_parts(uses, now=self.now))
        del code.orders[order]
        if code.state != "expired":
            verb = verb_of_giving_back(
                code.draft.kind, is_attached=code.holder is not None, is_activated=code.activated
            )
            after = next_state(code.draft.kind, code.state, verb)
            assert after
            code.state = after

    @rule(hours=st.sampled_from([1, 20, 30, 100]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        expire_codes(self.shop.chain_id, self.now)
        for code in self.codes:
            if code.state in ("free", "attached", "active") and code.ends is not None and code.ends <= self.now:
                code.state = "expired"

    @invariant()
    def stands_as_expected(self) -> None:
        if not hasattr(self, "codes"):
            return
        with unit_of_work(self.shop.chain_id):
            found = {one.id: one for one in Code.objects.all()}
        for code in self.codes:
            row = found[code.id]
            assert (row.state, row.uses, row.customer_id) == (code.state, len(code.orders), code.holder), code


def test_codes_stand_where_their_states_say(committed_db: object) -> None:
    run_state_machine_as_test(
        CodesMachine,
        settings=histories(12, steps=25),
    )
