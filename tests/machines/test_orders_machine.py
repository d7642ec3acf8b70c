"""The same histories with orders in them: earned, spent, reserved, completed, refunded and cancelled between all the rest."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from regulars.cards.actions.types import create_card_type_with_program
from regulars.cards.rules.types import CardTypeDraft
from regulars.chains.queries import get_chain
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refusal
from regulars.orders.actions.batch import record_batch
from regulars.orders.actions.proceed import PayCommand, change_order, complete_order, pay_order
from regulars.orders.actions.record import record_order
from regulars.orders.actions.refund import Refunded, cancel_order, refund_order
from regulars.orders.rules.command import LineDraft, OrderDraft, SpendDraft
from regulars.orders.rules.refund.reading import RefundDraft, RefundLineDraft
from regulars.orders.rules.view import OrderView
from regulars.platform.actor import system_actor
from regulars.platform.database import unit_of_work
from regulars.programs.rules import BalanceTypeDraft, ProgramDraft
from tests.contract.chains import add_caller
from tests.ledger_kit import Counter
from tests.machines.histories import histories
from tests.machines.orders import CUT, CUT_FROM, POINT, Back, Sale, last_drawn, take_back
from tests.machines.purse import FOR_EVER, Taken
from tests.machines.test_ledger_machine import Envelope, Holder, LedgerMachine
from tests.order_kit import OrderShop
from tests.people import open_shop

pytestmark = [pytest.mark.committed, pytest.mark.slow, pytest.mark.outside]

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
PRICES = st.sampled_from(["7.00", "12.50"])


@dataclass(frozen=True)
class Terms:
    """What a program says of its points."""

    earn_when: Literal["paid", "completed"] = "paid"
    delay_days: int = 0
    life_days: int | None = None
    not_recovered: Literal["debt", "cap"] = "debt"
    returned_days: int = 30


PROGRAMS = (
    Terms(),
    Terms(earn_when="completed", life_days=3, returned_days=2),
    Terms(delay_days=1, life_days=3, returned_days=2),
    Terms(life_days=3, not_recovered="cap"),
)


@dataclass
class Sold:
    """An order, whose it is, and what sets its points aside."""

    sale: Sale
    holder: Holder
    envelope: Envelope | None = None
    wish: int = 0

    @property
    def is_set_aside(self) -> bool:
        return self.envelope is not None and self.envelope in self.holder.envelopes


@dataclass
class Outcomes:
    """Open and paid orders."""

    open: list[Sold] = field(default_factory=list)
    paid: list[Sold] = field(default_factory=list)


def open_counter(terms: Terms) -> Counter:
    """A shop whose points work by these terms, with 20 percent back and something off larger orders."""
    points = BalanceTypeDraft(
        name="Points",
        kind="points",
        external_id="points",
        initial_balance="15",
        money_per_unit=Decimal(1),
        activation_delay_days=terms.delay_days,
        expiry={"kind": "days", "value": terms.life_days} if terms.life_days else {},
    )
    refunds = {"not_recovered": terms.not_recovered, "returned_lot_days": terms.returned_days}
    shop = open_shop()
    actor = system_actor(shop.chain_id)
    card_type = create_card_type_with_program(
        actor,
        ProgramDraft(name="Club", balance_types=(points,), earn_when=terms.earn_when, refunds=refunds),
        CardTypeDraft(name="Club card"),
        currency_decimals=2,
        now=timezone.now(),
    )
    counter = Counter(shop=shop, card_type=card_type, actor=actor)
    OrderShop(counter, add_caller(shop.chain_id)).run(
        {"earnings": [{"kind": "percent_back", "balance_type": "ext:points", "percent": "20"}]},
        {
            "benefits": [{"kind": "amount_off_order", "amount": str(CUT // 100)}],
            "conditions": [{"kind": "minimum_amount", "amount": str(CUT_FROM // 100)}],
        },
    )
    return counter


class OrdersMachine(LedgerMachine):
    """A shop in which orders, too, may happen in any order."""

    opening = 15

    @initialize(terms=st.sampled_from(PROGRAMS))
    def open(self, terms: Terms = PROGRAMS[0]) -> None:
        self.terms, self.orders = terms, Outcomes()
        self.returned_days = terms.returned_days
        counter = open_counter(terms)
        with unit_of_work(counter.chain_id):
            self.zone = ZoneInfo(get_chain(counter.chain_id).time_zone)
        # Days begin and points end with an hour: never while a step is being made.
        self.start(counter, timezone.now().replace(minute=17, second=0))

    def times(self) -> tuple[datetime, datetime | None]:
        """A delay and a life end with days of the chain."""
        begins = self.now if not self.terms.delay_days else self.midnight(self.now, self.terms.delay_days)
        if self.terms.life_days is None:
            return begins, None
        return begins, self.midnight(begins, self.terms.life_days + 1)

    def midnight(self, at: datetime, days: int) -> datetime:
        day = at.astimezone(self.zone).date() + timedelta(days=days)
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)

    def sell(self, who: int, pieces: int, price: str, wish: int, **more: Any) -> None:
        """Record an order; what it spends must be there, and no more than it costs."""
        holder = self.pick(who)
        sale = Sale("", int(Decimal(price) * 100), pieces, wish, kept=pieces)
        sold = Sold(sale, holder, wish=wish)
        draft = OrderDraft(
            lines=(LineDraft(sku="a", price=price, quantity=str(pieces)),),
            card=encode("crd", holder.card.id),
            spend=(SpendDraft("points", str(wish)),) if wish else (),
            **more,
        )

        def record() -> OrderView:
            return record_order(self.counter.actor, draft, now=self.now)

        if code := self.stands_against(sold):
            self.refused(code, record)
            return
        view = record()
        assert (view.total, view.paid_by_balances) == (sale.total, wish * POINT)
        sale.id = encode("ord", view.id) if view.id else ""
        if draft.state == "open":
            sale.until = self.now + timedelta(seconds=draft.reserve_seconds) if draft.reserve_seconds else None
            self.set_points_aside(sold)
            self.orders.open.append(sold)
        else:
            self.paid(sold)

    def stands_against(self, sold: Sold) -> str | None:
        """Why an order cannot be as it is wanted now."""
        if sold.holder.is_deleted:
            return "card_not_active"
        if sold.wish > sold.holder.purse.available(self.now):
            return "insufficient_balance"
        if sold.wish * POINT > sold.sale.total:
            return "spend_limit"
        return None

    def set_points_aside(self, sold: Sold) -> None:
        if sold.wish and sold.sale.until:
            taken = sold.holder.purse.set_aside(sold.wish, self.now)
            assert taken
            sold.envelope = Envelope("", taken.units, sold.sale.until, of_order=True)
            sold.holder.envelopes.append(sold.envelope)

    def paid(self, sold: Sold) -> None:
        """Spend, then earn."""
        sale, purse = sold.sale, sold.holder.purse
        if sold.envelope and sold.is_set_aside:
            sold.holder.envelopes.remove(sold.envelope)
            sale.drawn = Taken(sold.envelope.units, self.now)
        elif sold.wish:
            taken = purse.spend(sold.wish, self.now)
            assert taken
            sale.drawn = taken
        sale.state, sale.earned = "paid", sale.brings()
        if sale.earned:
            begins, ends = self.times()
            if self.terms.earn_when == "completed":
                begins, ends = NEVER, None
            sale.roll = purse.earn(sale.earned, begins=begins, ends=ends)
        self.orders.paid.append(sold)

    @rule(who=st.integers(0, 9), pieces=st.integers(1, 4), price=PRICES, wish=st.integers(0, 9))
    def order(self, who: int, pieces: int, price: str, wish: int) -> None:
        self.sell(who, pieces, price, wish)

    @rule(
        who=st.integers(0, 9),
        several=st.lists(st.tuples(st.integers(1, 4), PRICES, st.sampled_from([0, 0, 0, 4])), min_size=2, max_size=5),
    )
    def orders_at_once(self, who: int, several: list[tuple[int, str, int]]) -> None:
        """Some of one buyer in one transaction: each finds what the ones before it leave."""
        holder = self.pick(who)
        wanted = [
            Sold(Sale("", int(Decimal(price) * 100), pieces, wish, kept=pieces), holder, wish=wish)
            for pieces, price, wish in several
        ]
        drafts = [
            OrderDraft(
                lines=(LineDraft(sku="a", price=price, quantity=str(pieces)),),
                card=encode("crd", holder.card.id),
                spend=(SpendDraft("points", str(wish)),) if wish else (),
            )
            for pieces, price, wish in several
        ]
        found = record_batch(self.counter.actor, drafts, now=self.now)
        for sold, result in zip(wanted, found, strict=True):
            if code := self.stands_against(sold):
                assert isinstance(result, Refusal)
                assert result.code == code
                continue
            assert isinstance(result, OrderView)
            assert result.id
            assert (result.total, result.paid_by_balances) == (sold.sale.total, sold.wish * POINT)
            sold.sale.id = encode("ord", result.id)
            self.paid(sold)

    @rule(
        who=st.integers(0, 9),
        pieces=st.integers(1, 4),
        price=PRICES,
        wish=st.integers(0, 9),
        seconds=st.sampled_from([0, 600, 7200]),
    )
    def begin_order(self, who: int, pieces: int, price: str, wish: int, seconds: int) -> None:
        self.sell(who, pieces, price, wish, state="open", reserve_seconds=seconds)

    @precondition(lambda self: self.orders.open)
    @rule(which=st.integers(0, 9))
    def pay(self, which: int) -> None:
        sold = self.orders.open[which % len(self.orders.open)]

        def pay() -> OrderView:
            return pay_order(self.counter.actor, sold.sale.id, PayCommand(), now=self.now)

        is_kept = sold.sale.until is not None and sold.sale.until > self.now and (sold.is_set_aside or not sold.wish)
        code = self.stands_against(sold)
        if code and (sold.holder.is_deleted or not is_kept):
            self.refused(code, pay)
            return
        assert pay().state == "paid"
        self.orders.open.remove(sold)
        self.paid(sold)

    @precondition(lambda self: self.orders.open)
    @rule(which=st.integers(0, 9), pieces=st.integers(1, 4))
    def change(self, which: int, pieces: int) -> None:
        sold = self.orders.open[which % len(self.orders.open)]
        price = Decimal(sold.sale.price) / 100
        lines = (LineDraft(sku="a", price=str(price), quantity=str(pieces)),)

        def change() -> OrderView:
            return change_order(self.counter.actor, sold.sale.id, {"lines": lines}, now=self.now)

        before = sold.envelope if sold.is_set_aside else None
        if before:
            sold.holder.envelopes.remove(before)
            sold.holder.purse.put_back(before.units)
        changed = Sale(sold.sale.id, sold.sale.price, pieces, sold.wish, kept=pieces)
        if code := self.stands_against(Sold(changed, sold.holder, wish=sold.wish)):
            self.refused(code, change)
            if before:
                for unit in before.units:
                    sold.holder.purse.units.remove(unit)
                sold.holder.envelopes.append(before)
            return
        assert change().total == changed.total
        changed.until = sold.sale.until if sold.sale.until and sold.sale.until > self.now else None
        sold.sale, sold.envelope = changed, None
        self.set_points_aside(sold)

    @precondition(lambda self: self.orders.open)
    @rule(which=st.integers(0, 9))
    def call_off(self, which: int) -> None:
        sold = self.orders.open.pop(which % len(self.orders.open))
        assert cancel_order(self.counter.actor, sold.sale.id, now=self.now).state == "cancelled"
        if sold.envelope and sold.is_set_aside:
            sold.holder.envelopes.remove(sold.envelope)
            sold.holder.purse.put_back(sold.envelope.units)

    @precondition(lambda self: self.orders.paid)
    @rule(which=st.integers(0, 99))
    def complete(self, which: int) -> None:
        sold = self.orders.paid[which % len(self.orders.paid)]

        def complete() -> OrderView:
            return complete_order(self.counter.actor, sold.sale.id, now=self.now)

        if sold.sale.is_completed or sold.sale.state in ("refunded", "cancelled"):
            self.refused("order_not_paid", complete)
            return
        complete()
        sold.sale.is_completed = True
        if self.terms.earn_when == "completed" and sold.sale.earned:
            begins, ends = self.times()
            sold.holder.purse.set_times(sold.sale.roll, begins, ends or FOR_EVER)
            if sold.holder.closed:
                sold.holder.closed.set_times(sold.sale.roll, begins, ends or FOR_EVER)

    @precondition(lambda self: self.orders.paid)
    @rule(which=st.integers(0, 99), pieces=st.integers(1, 4))
    def refund_pieces(self, which: int, pieces: int) -> None:
        sold = self.orders.paid[which % len(self.orders.paid)]
        draft = RefundDraft(lines=(RefundLineDraft(0, str(pieces)),))

        def refund() -> Refunded:
            return refund_order(self.counter.actor, sold.sale.id, draft, now=self.now)

        if sold.sale.state in ("refunded", "cancelled"):
            self.refused("order_not_refundable", refund)
        elif pieces > sold.sale.kept:
            self.refused("quantity_exceeds_sold", refund)
        else:
            back = refund()
            self.given_back(sold, back, sold.sale.give_pieces_back(pieces))
            sold.sale.state = "refunded" if sold.sale.kept == 0 else "partly_refunded"
            assert back.state == sold.sale.state

    @precondition(lambda self: self.orders.paid)
    @rule(which=st.integers(0, 99), amount=st.sampled_from([1, 99, 350, 700, 1000, 2300]))
    def refund_money(self, which: int, amount: int) -> None:
        sold = self.orders.paid[which % len(self.orders.paid)]
        draft = RefundDraft(amount=str(Decimal(amount) / 100))

        def refund() -> Refunded:
            return refund_order(self.counter.actor, sold.sale.id, draft, now=self.now)

        if sold.sale.state in ("refunded", "cancelled"):
            self.refused("order_not_refundable", refund)
        elif amount > sold.sale.left:
            self.refused("amount_exceeds_paid", refund)
        else:
            back = refund()
            self.given_back(sold, back, sold.sale.give_money_back(amount))
            sold.sale.state = "refunded" if sold.sale.kept == 0 else "partly_refunded"
            assert back.state == sold.sale.state

    @precondition(lambda self: self.orders.paid)
    @rule(which=st.integers(0, 99))
    def cancel(self, which: int) -> None:
        sold = self.orders.paid[which % len(self.orders.paid)]

        def cancel() -> Refunded:
            return cancel_order(self.counter.actor, sold.sale.id, now=self.now)

        if sold.sale.state in ("refunded", "cancelled"):
            self.refused("order_not_refundable", cancel)
            return
        self.given_back(sold, cancel(), sold.sale.give_all_back())
        sold.sale.state = "cancelled"

    def given_back(self, sold: Sold, answer: Refunded, back: Back) -> None:
        """What returns comes before what is taken back; of a card that is gone neither does."""
        assert answer.outcome.money_back == f"{back.money / 100:.2f}"
        if sold.holder.is_deleted:
            return
        purse = sold.holder.purse
        if back.units:
            units = last_drawn(sold.sale, back.units)
            purse.give_back(Taken(units, sold.sale.drawn.at), self.now, days=self.returned_days)
        if back.earned:
            take_back(purse, sold.sale, back.earned, self.now, may_owe=self.terms.not_recovered == "debt")


def test_any_history_of_orders_agrees_with_the_purse_and_keeps_every_promise() -> None:
    run_state_machine_as_test(
        OrdersMachine,
        settings=histories(12, steps=30),
    )
