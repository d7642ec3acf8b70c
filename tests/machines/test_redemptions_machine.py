"""Orders with codes, vouchers, gift cards and a membership in any order: recorded, kept, paid, let go, lapsed, refunded, cancelled.

The model knows only who holds what: a voucher or personal code is one order's at a time, a universal one at most three orders',
every cent of a gift card is on it or paid for an order that stands, and every visit is left or pays a piece of one. A promotion that is limited is at most two orders' at a
time. What an open order holds too long is whoever's wants it, whether due work has run or not.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
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
from regulars.giftcards.queries.promises import GIFT_CARD_PROMISES
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Refused
from regulars.memberships.queries.promises import MEMBERSHIP_PROMISES
from regulars.orders.actions.lapsed import release_lapsed_orders
from regulars.orders.actions.proceed import PayCommand, pay_order
from regulars.orders.actions.quoting import quote_order
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
from tests.machines.histories import histories
from tests.order_kit import OrderShop, open_order_shop
from tests.tokens_kit import Tokens, pool_id

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

OFF = 500
"""What a voucher takes off."""
PIECE = 5000
UNIVERSAL_MAX = 3
LIMIT, LIMITED_OFF = "limit", 300
LIMIT_MAX = 2
"""So many orders get what the limited promotion takes off: each that comes while there is some."""
VISITS = 4
"""A membership has so many; each pays a piece."""
MOST = {"three": UNIVERSAL_MAX, LIMIT: LIMIT_MAX}


@dataclass
class Sold:
    """An order and what it holds: vouchers and codes by name, money of gift cards."""

    id: str
    total: int
    holds: set[str] = field(default_factory=set)
    money: dict[str, int] = field(default_factory=dict)
    visits: int = 0
    planned: tuple[set[str], dict[str, int]] = field(default_factory=lambda: (set(), {}))
    left: int = 0
    until: datetime | None = None
    stale: tuple[set[str], dict[str, int], int] | None = None
    """What it held when its time ended, as long as it may hold it still: until somebody wants it, or due work runs."""

    def lets_go(self) -> None:
        self.holds, self.money, self.visits, self.until, self.stale = set(), {}, 0, None, None


class RedemptionsMachine(RuleBasedStateMachine):
    """A shop with two vouchers, a code for one, a code for three, two gift cards, a membership, and a promotion for two."""

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
        for_two = {"benefits": [{"kind": "amount_off_order", "amount": "3.00"}], "limits": {"total": LIMIT_MAX}}
        (limited,) = self.shop.run(for_two)
        self.limited = decode("prm", limited)
        self.codes: dict[str, Code] = {"one": self.tokens.code(personal), "three": self.tokens.code(universal)}
        self.vouchers: dict[str, VoucherView] = {
            name: self.tokens.voucher({"amount": "5.00"}) for name in ("first", "second")
        }
        self.gifts: dict[str, GiftCard] = {"red": self.tokens.gift_card(8000), "blue": self.tokens.gift_card(30_000)}
        self.membership = self.tokens.membership(VISITS)
        self.sold: list[Sold] = []

    # What the model says.

    def is_free(self, name: str) -> bool:
        held = sum(name in one.holds for one in self.sold)
        return held < MOST.get(name, 1)

    def balance(self, name: str) -> int:
        return self.gifts[name].value - sum(one.money.get(name, 0) for one in self.sold)

    def visits_left(self) -> int:
        return VISITS - sum(one.visits for one in self.sold)

    def priced(
        self, pieces: int, names: list[str], pays: list[str], *, visits: bool
    ) -> tuple[int, set[str], dict[str, int], int]:
        """The total, what is used up for it, what gift cards pay, and how many visits pay."""
        total, used = pieces * PIECE, set()
        if self.is_free(LIMIT):
            used.add(LIMIT)
            # The newest promotion is asked first.
            total -= LIMITED_OFF
        code = next((one for one in names if one in self.codes and self.is_free(one)), None)
        if code:
            used.add(code)
            total -= total // 10
        for one in names:
            if one in self.vouchers and self.is_free(one) and one not in used:
                used.add(one)
                total -= OFF
        taken = min(pieces, self.visits_left()) if visits else 0
        left, money = total - (2 * total * taken + pieces) // (2 * pieces), {}
        for one in pays:
            amount = min(left, self.balance(one))
            if amount:
                money[one] = amount
                left -= amount
        return total, used, money, taken

    def text(self, name: str) -> str:
        return self.codes[name].text if name in self.codes else self.vouchers[name].code

    def draft(self, pieces: int, names: list[str], pays: list[str], visits: bool, **more: Any) -> OrderDraft:
        member = (self.membership[1],) if visits else ()
        return OrderDraft(
            lines=(LineDraft(quantity=str(pieces), sku="hat", price="50.00"),),
            codes=(*member, *(self.text(one).lower() for one in names)),
            spend=tuple(SpendDraft("", "max", code=self.gifts[one].code) for one in pays),
            **more,
        )

    def lapse(self) -> None:
        for one in self.sold:
            if one.until is not None and one.until <= self.now:
                stale = (one.holds, one.money, one.visits)
                one.lets_go()
                one.stale = stale

    def sweep(self) -> None:
        release_lapsed_orders(self.shop.chain_id, self.now)
        for one in self.sold:
            one.stale = None

    NAMES = st.lists(st.sampled_from(["one", "three", "first", "second"]), unique=True, max_size=4)
    PAYS = st.lists(st.sampled_from(["red", "blue"]), unique=True, max_size=2)

    @rule(target=paid_orders, pieces=st.integers(1, 3), names=NAMES, pays=PAYS, visits=st.booleans())
    def buy(self, pieces: int, names: list[str], pays: list[str], visits: bool) -> Any:
        total, used, money, taken = self.priced(pieces, names, pays, visits=visits)
        pays = [one for one in pays if self.balance(one)]
        view = record_order(self.actor, self.draft(pieces, names, pays, visits), now=self.now)
        assert (view.total, self.used_by(view)) == (total, used)
        return self.note(view, used, money, taken, left=total)

    @rule(pieces=st.integers(1, 3), names=NAMES, pays=PAYS, visits=st.booleans())
    def ask(self, pieces: int, names: list[str], pays: list[str], visits: bool) -> None:
        total, used, _, taken = self.priced(pieces, names, pays, visits=visits)
        pays = [one for one in pays if self.balance(one)]
        view = quote_order(self.actor, self.draft(pieces, names, pays, visits), now=self.now)
        assert (view.total, self.used_by(view, "planned"), self.visits_of(view)) == (total, used, taken)

    @rule(target=open_orders, pieces=st.integers(1, 3), names=NAMES, pays=PAYS, visits=st.booleans())
    def open(self, pieces: int, names: list[str], pays: list[str], visits: bool) -> Any:
        total, used, money, taken = self.priced(pieces, names, pays, visits=visits)
        pays = [one for one in pays if self.balance(one)]
        draft = self.draft(pieces, names, pays, visits, state="open", reserve_seconds=600)
        view = record_order(self.actor, draft, now=self.now)
        assert (view.total, self.used_by(view)) == (total, used)
        sold = self.note(view, used, money, taken, left=0)
        sold.until = self.now + timedelta(seconds=600)
        sold.planned = (set(names), dict(money))
        return sold

    def visits_of(self, view: OrderView) -> int:
        return sum(one.visits for one in view.redemptions if one.kind == "membership" and one.is_held)

    def note(self, view: OrderView, used: set[str], money: dict[str, int], visits: int, *, left: int) -> Sold:
        assert view.id is not None
        paid = {one.owner_id: one.money for one in view.redemptions if one.kind == "gift_card"}
        assert {one: paid.get(self.gifts[one].id, 0) for one in money} == money
        assert self.visits_of(view) == visits
        sold = Sold(encode("ord", view.id), view.total, set(used), dict(money), visits, left=left)
        self.sold.append(sold)
        return sold

    def used_by(self, view: OrderView, *states: str) -> set[str]:
        names = {one.id: name for name, one in self.codes.items()}
        names |= {one.id: name for name, one in self.vouchers.items()}
        held = states or ("used", "locked")
        used = {names[one.owner_id] for one in view.redemptions if one.owner_id in names and one.state in held}
        is_reduced = any(one.is_applied and one.promotion_id == self.limited for one in view.verdicts)
        return used | {LIMIT} if is_reduced else used

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
            sold.lets_go()
            return multiple()
        if was_kept:
            assert (view.total, self.used_by(view), self.visits_of(view)) == (sold.total, sold.holds, sold.visits)
        sold.holds, sold.visits = self.used_by(view), self.visits_of(view)
        by_id = {one.id: name for name, one in self.gifts.items()}
        sold.money = {by_id[one.owner_id]: one.money for one in view.redemptions if one.owner_id in by_id and one.money}
        sold.total, sold.left, sold.until, sold.stale = view.total, view.total, None, None
        return sold

    @rule(sold=open_orders)
    def let_go(self, sold: Sold) -> None:
        if sold.until is None and sold.stale is None:
            return
        try:
            release_order(self.actor, sold.id, now=self.now)
        except Refused as refused:
            if refused.refusal.code != "nothing_kept":
                raise
        sold.lets_go()

    @rule(sold=consumes(open_orders))
    def call_off(self, sold: Sold) -> None:
        cancel_order(self.actor, sold.id, now=self.now)
        sold.lets_go()

    @rule(sold=consumes(paid_orders))
    def cancel(self, sold: Sold) -> None:
        done = cancel_order(self.actor, sold.id, now=self.now)
        assert self.came_back(done.outcome) == sold.left
        sold.holds, sold.money, sold.visits, sold.left = set(), {}, 0, 0

    @rule(sold=paid_orders, percent=st.integers(1, 99))
    def refund(self, sold: Sold, percent: int) -> None:
        amount = sold.left * percent // 100
        if not 0 < amount < sold.left:
            return
        draft = RefundDraft(amount=str(Decimal(amount).scaleb(-2)))
        done = refund_order(self.actor, sold.id, draft, now=self.now)
        # Where only visits are left to give back, what is less than a visit waits.
        came = self.came_back(done.outcome)
        assert came == amount or (came < amount and sold.visits)
        sold.left -= came
        for back in done.outcome.given_back:
            if back.kind == "membership":
                assert back.visits
                sold.visits -= back.visits
                continue
            assert back.kind == "gift_card", "only the last refund frees what takes something off"
            name = next(one for one, gift in self.gifts.items() if encode("gcd", gift.id) == back.id)
            sold.money[name] -= cents(back.amount)

    def came_back(self, outcome: Any) -> int:
        return cents(outcome.money_back) + sum(cents(one.amount) for one in outcome.given_back)

    @rule(minutes=st.sampled_from([3, 11]), runs_due_work=st.booleans())
    def wait(self, minutes: int, runs_due_work: bool) -> None:
        self.now += timedelta(minutes=minutes)
        self.lapse()
        if runs_due_work:
            self.sweep()

    @invariant()
    def everything_is_where_the_model_says(self) -> None:
        if not hasattr(self, "sold"):
            return
        stale = [one.stale for one in self.sold if one.stale is not None]
        for name, voucher in self.vouchers.items():
            is_active = self.tokens.voucher_now(voucher).state == "active"
            assert is_active <= self.is_free(name), name
            assert is_active == self.is_free(name) or any(name in holds for holds, *_ in stale), name
        for name, code in self.codes.items():
            least = sum(name in one.holds for one in self.sold)
            most = least + sum(name in holds for holds, *_ in stale)
            assert least <= self.tokens.code_now(code).uses <= most, name
        for name, gift in self.gifts.items():
            kept = sum(money.get(name, 0) for _, money, _ in stale)
            assert self.balance(name) - kept <= self.tokens.gift_card_now(gift).balance <= self.balance(name), name

        kept_visits = sum(visits for _, _, visits in stale)
        assert self.visits_left() - kept_visits <= self.tokens.visits_left(self.membership[0]) <= self.visits_left()

    def teardown(self) -> None:
        if hasattr(self, "shop"):
            with unit_of_work(self.shop.chain_id):
                for promise in ORDER_PROMISES:
                    assert rows(promise.statement) == [], promise.name
            self.sweep()
            self.everything_is_where_the_model_says()
            with unit_of_work(self.shop.chain_id):
                for promise in (*ORDER_PROMISES, *GIFT_CARD_PROMISES, *MEMBERSHIP_PROMISES):
                    assert rows(promise.statement) == [], promise.name


def cents(text: str | None) -> int:
    return round(Decimal(text or "0") * 100)


def test_codes_vouchers_and_gift_cards_are_where_they_belong() -> None:
    run_state_machine_as_test(
        RedemptionsMachine,
        settings=histories(12, steps=20),
    )
