"""Orders with codes, vouchers and gift cards in any order: recorded, kept, paid, let go, lapsed, refunded, cancelled.

The model knows only who holds what: a voucher or personal code is one order's at a time, a universal one at most three orders',
and every cent of a gift card is on it or paid for an order that stands.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from regulars.codes.models import Code
from regulars.giftcards.models import GiftCard
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.orders.actions.lapsed import release_lapsed_orders
from regulars.orders.actions.proceed import PayCommand, pay_order
from regulars.orders.actions.record import record_order
from regulars.orders.actions.refund import cancel_order, refund_order
from regulars.orders.actions.release import release_order
from regulars.orders.queries.promises import ORDER_PROMISES
from regulars.orders.rules.command import LineDraft, OrderDraft, SpendDraft
from regulars.orders.rules.refund.reading import RefundDraft
from regulars.orders.rules.view import OrderView
from regulars.platform.actor import system_actor
from regulars.platform.database import rows, unit_of_work
from regulars.vouchers.queries.rows import VoucherView
from tests.order_kit import OrderShop, open_order_shop
from tests.tokens_kit import Tokens, pool_id

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

OFF = 500
"""What a voucher takes off."""
PIECE = 5000
UNIVERSAL_MAX = 3


@dataclass
class Sold:
    """An order and what it holds: vouchers and codes by name, money of gift cards."""

    id: str
    total: int
    holds: set[str] = field(default_factory=set)
    money: dict[str, int] = field(default_factory=dict)
    planned: tuple[set[str], dict[str, int]] = field(default_factory=lambda: (set(), {}))
    left: int = 0
    until: datetime | None = None


class RedemptionsMachine(RuleBasedStateMachine):
    """A shop with two vouchers, a code for one, a code for three, and two gift cards."""

    open_orders = Bundle("open_orders")
    paid_orders = Bundle("paid_orders")

    @initialize()
    def begin(self) -> None:
        self.shop: OrderShop = open_order_shop()
        self.tokens = Tokens(self.shop.chain_id)
        self.actor = system_actor(self.shop.chain_id)
        self.now = timezone.now()
        personal, universal = self.tokens.pool(), self.tokens.pool(kind="universal", uses_total=UNIVERSAL_MAX)
        tenth = {"benefits": [{"kind": "percent_off_order", "percent": "10"}]}
        self.shop.run({**tenth, "code_pools": [pool_id(personal), pool_id(universal)]})
        self.codes: dict[str, Code] = {"one": self.tokens.code(personal), "three": self.tokens.code(universal)}
        self.vouchers: dict[str, VoucherView] = {
            name: self.tokens.voucher({"amount": "5.00"}) for name in ("first", "second")
        }
        self.gifts: dict[str, GiftCard] = {"red": self.tokens.gift_card(8000), "blue": self.tokens.gift_card(30_000)}
        self.sold: list[Sold] = []

    # What the model says.

    def is_free(self, name: str) -> bool:
        held = sum(name in one.holds for one in self.sold)
        return held < (UNIVERSAL_MAX if name == "three" else 1)

    def balance(self, name: str) -> int:
        return self.gifts[name].value - sum(one.money.get(name, 0) for one in self.sold)

    def priced(self, pieces: int, names: list[str], pays: list[str]) -> tuple[int, set[str], dict[str, int]]:
        """The total, what is used up for it, and what gift cards pay."""
        total, used = pieces * PIECE, set()
        code = next((one for one in names if one in self.codes and self.is_free(one)), None)
        if code:
            used.add(code)
            total -= total // 10
        for one in names:
            if one in self.vouchers and self.is_free(one) and one not in used:
                used.add(one)
                total -= OFF
        left, money = total, {}
        for one in pays:
            amount = min(left, self.balance(one))
            if amount:
                money[one] = amount
                left -= amount
        return total, used, money

    def text(self, name: str) -> str:
        return self.codes[name].text if name in self.codes else self.vouchers[name].code

    def draft(self, pieces: int, names: list[str], pays: list[str], **more: Any) -> OrderDraft:
        return OrderDraft(
            lines=(LineDraft(quantity=str(pieces), sku="hat", price="50.00"),),
            codes=tuple(self.text(one).lower() for one in names),
            spend=tuple(SpendDraft("", "max", code=self.gifts[one].code) for one in pays),
            **more,
        )

    def lapse(self) -> None:
        for one in self.sold:
            if one.until is not None and one.until <= self.now:
                one.holds, one.money, one.until = set(), {}, None

    NAMES = st.lists(st.sampled_from(["one", "three", "first", "second"]), unique=True, max_size=4)
    PAYS = st.lists(st.sampled_from(["red", "blue"]), unique=True, max_size=2)

    @rule(target=paid_orders, pieces=st.integers(1, 3), names=NAMES, pays=PAYS)
    def buy(self, pieces: int, names: list[str], pays: list[str]) -> Any:
        total, used, money = self.priced(pieces, names, pays)
        pays = [one for one in pays if self.balance(one)]
        view = record_order(self.actor, self.draft(pieces, names, pays), now=self.now)
        assert (view.total, self.used_by(view)) == (total, used)
        return self.note(view, used, money, left=total)

    @rule(target=open_orders, pieces=st.integers(1, 3), names=NAMES, pays=PAYS)
    def open(self, pieces: int, names: list[str], pays: list[str]) -> Any:
        total, used, money = self.priced(pieces, names, pays)
        pays = [one for one in pays if self.balance(one)]
        draft = self.draft(pieces, names, pays, state="open", reserve_seconds=600)
        view = record_order(self.actor, draft, now=self.now)
        assert (view.total, self.used_by(view)) == (total, used)
        sold = self.note(view, used, money, left=0)
        sold.until = self.now + timedelta(seconds=600)
        sold.planned = (set(names), dict(money))
        return sold

    def note(self, view: OrderView, used: set[str], money: dict[str, int], *, left: int) -> Sold:
        assert view.id is not None
        paid = {one.owner_id: one.money for one in view.redemptions if one.kind == "gift_card"}
        assert {one: paid.get(self.gifts[one].id, 0) for one in money} == money
        sold = Sold(encode("ord", view.id), view.total, set(used), dict(money), left=left)
        self.sold.append(sold)
        return sold

    def used_by(self, view: OrderView) -> set[str]:
        names = {one.id: name for name, one in self.codes.items()}
        names |= {one.id: name for name, one in self.vouchers.items()}
        return {
            names[one.owner_id] for one in view.redemptions if one.owner_id in names and one.state in ("used", "locked")
        }

    @rule(target=paid_orders, sold=consumes(open_orders))
    def pay(self, sold: Sold) -> Any:
        was_kept = sold.until is not None
        try:
            view = pay_order(self.actor, sold.id, PayCommand(), now=self.now)
        except Refused as refused:
            # Only where nothing was kept any more may a gift card be too short now.
            if was_kept or refused.refusal.code not in ("gift_card_short", "gift_card_used_up", "gift_card_limited"):
                raise
            cancel_order(self.actor, sold.id, now=self.now)
            return multiple()
        if was_kept:
            assert (view.total, self.used_by(view)) == (sold.total, sold.holds)
        sold.holds = self.used_by(view)
        by_id = {one.id: name for name, one in self.gifts.items()}
        sold.money = {by_id[one.owner_id]: one.money for one in view.redemptions if one.owner_id in by_id and one.money}
        sold.total, sold.left, sold.until = view.total, view.total, None
        return sold

    @rule(sold=open_orders)
    def let_go(self, sold: Sold) -> None:
        if sold.until is None:
            return
        try:
            release_order(self.actor, sold.id, now=self.now)
        except Refused as refused:
            if refused.refusal.code != "nothing_kept":
                raise
        sold.holds, sold.money, sold.until = set(), {}, None

    @rule(sold=consumes(open_orders))
    def call_off(self, sold: Sold) -> None:
        cancel_order(self.actor, sold.id, now=self.now)
        sold.holds, sold.money, sold.until = set(), {}, None

    @rule(sold=consumes(paid_orders))
    def cancel(self, sold: Sold) -> None:
        done = cancel_order(self.actor, sold.id, now=self.now)
        assert self.came_back(done.outcome) == sold.left
        sold.holds, sold.money, sold.left = set(), {}, 0

    @rule(sold=paid_orders, percent=st.integers(1, 99))
    def refund(self, sold: Sold, percent: int) -> None:
        amount = sold.left * percent // 100
        if not 0 < amount < sold.left:
            return
        draft = RefundDraft(amount=str(Decimal(amount).scaleb(-2)))
        done = refund_order(self.actor, sold.id, draft, now=self.now)
        assert self.came_back(done.outcome) == amount
        sold.left -= amount
        for back in done.outcome.given_back:
            assert back.kind == "gift_card", "only the last refund frees what takes something off"
            name = next(one for one, gift in self.gifts.items() if encode("gcd", gift.id) == back.id)
            sold.money[name] -= cents(back.amount)

    def came_back(self, outcome: Any) -> int:
        return cents(outcome.money_back) + sum(cents(one.amount) for one in outcome.given_back)

    @rule(minutes=st.sampled_from([3, 11]), runs_due_work=st.booleans())
    def wait(self, minutes: int, runs_due_work: bool) -> None:
        self.now += timedelta(minutes=minutes)
        if runs_due_work:
            release_lapsed_orders(self.shop.chain_id, self.now)
        self.lapse()
        if not runs_due_work:
            # What is kept too long counts as free for whoever wants it, and nobody has wanted it yet.
            release_lapsed_orders(self.shop.chain_id, self.now)

    @invariant()
    def everything_is_where_the_model_says(self) -> None:
        if not hasattr(self, "sold"):
            return
        for name, voucher in self.vouchers.items():
            assert (self.tokens.voucher_now(voucher).state == "active") == self.is_free(name), name
        for name, code in self.codes.items():
            assert self.tokens.code_now(code).uses == sum(name in one.holds for one in self.sold), name
        for name, gift in self.gifts.items():
            assert self.tokens.gift_card_now(gift).balance == self.balance(name), name

    def teardown(self) -> None:
        if hasattr(self, "shop"):
            with unit_of_work(self.shop.chain_id):
                for promise in ORDER_PROMISES:
                    assert rows(promise.statement) == [], promise.name


def cents(text: str | None) -> int:
    return round(Decimal(text or "0") * 100)


def test_codes_vouchers_and_gift_cards_are_where_they_belong() -> None:
    run_state_machine_as_test(
        RedemptionsMachine,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
