"""An order as it is answered: quoted, just recorded, or read again; one shape for all three."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from regulars.orders.rules.command import Purchase
from regulars.orders.rules.decide import Decision
from regulars.orders.rules.effects import Effect
from regulars.orders.rules.reasons import Verdict, verdicts_of
from regulars.orders.rules.redemptions import Redemption, State, money_paid, redemptions_of
from regulars.orders.rules.snapshot import Seen
from regulars.orders.rules.spending import Spend
from regulars.orders.rules.terms import Terms
from regulars.promotions.rules.facts import PREPAID, Line
from regulars.promotions.rules.taxes import with_tax


class PricedLine(Struct, frozen=True):
    """A line with what promotions took off it and what it costs after them; tax in it, or on it."""

    line: Line
    discount: int
    tax: int
    total: int
    refunded_quantity: int = 0
    refunded: int = 0


class EarnedReward(Struct, frozen=True):
    """A reward that the stamps of an order brought: an award, a voucher, or what a lottery drew, whose name is `lottery`.

    In a quote it is `planned`, has no `id`, and a lottery is a lottery: what it will draw nobody knows.
    """

    id: UUID | None
    reward_id: UUID
    card_id: UUID
    kind: str
    title: str
    goal: int | None
    voucher_id: UUID | None = None
    state: str = "given"
    lottery: str | None = None


class OrderView(Struct, frozen=True):
    """An order, or the quote of one (`id` None). Money in the currency's smallest unit."""

    id: UUID | None
    state: str
    currency: str
    currency_decimals: int
    at: datetime
    lines: tuple[PricedLine, ...]
    sold: int
    """List value of its goods and services."""
    total_before: int
    discount_total: int
    total: int
    shipping: int
    shipping_discount: int
    tips: int
    tax: int
    verdicts: tuple[Verdict, ...]
    effects: tuple[Effect, ...]
    spendable: tuple[Spend, ...] = ()
    redemptions: tuple[Redemption, ...] = ()
    """What came of the codes, vouchers, gift cards and memberships of it."""
    rewards: tuple[EarnedReward, ...] = ()
    external_id: str | None = None
    card_id: UUID | None = None
    customer_id: UUID | None = None
    phone: str | None = None
    location_id: UUID | None = None
    channel: str = ""
    contact_point: str = ""
    codes: tuple[str, ...] = ()
    shipping_method: str = ""
    starts_at: datetime | None = None
    recorded_at: datetime | None = None
    paid_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    reserved_until: datetime | None = None
    refunded: int = 0
    version: int = 1
    seen: Seen | None = None
    import_id: UUID | None = None
    """The import that brought it as a piece of history: it earned and spent nothing here."""

    @property
    def prepaid(self) -> int:
        """What of its total tops up a gift card or a deposit: it counts as paid once it pays for something."""
        return sum(one.total for one in self.lines if one.line.kind == PREPAID)

    @property
    def paid_by_balances(self) -> int:
        """What memberships, points, gift cards and deposits pay of it."""
        paid = sum(one.money for one in self.effects if one.kind == "spend")
        return paid + money_paid(self.redemptions) if self.redemptions else paid


class Stage(Struct, frozen=True):
    """How far an order has come, and when."""

    state: str
    recorded_at: datetime | None = None
    paid_at: datetime | None = None
    completed_at: datetime | None = None
    reserved_until: datetime | None = None


def view_of(
    purchase: Purchase,
    decision: Decision,
    terms: Terms,
    effects: tuple[Effect, ...],
    *,
    order_id: UUID | None,
    customer_id: UUID | None,
    card_id: UUID | None,
    stage: Stage,
) -> OrderView:
    """An order as it was decided."""
    facts, priced = decision.facts, decision.priced
    lines = tuple(
        PricedLine(line, discount, tax, total)
        for line, discount, tax, total in zip(
            purchase.lines, priced.line_discounts, priced.line_taxes, priced.line_totals, strict=True
        )
    )
    before = sum(with_tax(line, line.total, facts) for line in purchase.lines)
    return OrderView(
        id=order_id,
        state=stage.state,
        currency=terms.currency,
        currency_decimals=terms.currency_decimals,
        at=purchase.at,
        lines=lines,
        sold=sum(line.list_value for line in purchase.lines if line.kind != PREPAID),
        total_before=before + purchase.shipping + purchase.tips,
        discount_total=priced.discount_total,
        total=priced.total,
        shipping=priced.shipping,
        shipping_discount=priced.shipping_discount,
        tips=priced.tips,
        tax=priced.tax,
        verdicts=verdicts_of(priced, terms),
        effects=effects,
        spendable=decision.spendable,
        redemptions=redemptions_of(decision.codes, decision.gifts, decision.visits, state=_held_as(stage))
        if decision.codes
        else (),
        external_id=purchase.external_id,
        card_id=card_id,
        customer_id=customer_id,
        phone=purchase.phone,
        location_id=purchase.location_id,
        channel=purchase.channel,
        contact_point=purchase.contact_point,
        codes=_kept_codes(purchase, decision),
        shipping_method=purchase.shipping_method,
        starts_at=purchase.starts_at,
        recorded_at=stage.recorded_at,
        paid_at=stage.paid_at,
        completed_at=stage.completed_at,
        reserved_until=stage.reserved_until,
        seen=Seen(facts, decision.paid_with_points),
    )


def _held_as(stage: Stage) -> State:
    """How an order at this stage keeps what it uses of codes."""
    if stage.state != "open" or stage.recorded_at is None:
        return "used" if stage.recorded_at else "planned"
    return "locked" if stage.reserved_until else "planned"


def _kept_codes(purchase: Purchase, decision: Decision) -> tuple[str, ...]:
    """The codes that are kept as they were given: slogans. What is worth money is kept by what it belongs to."""
    if not decision.codes:
        return purchase.codes
    return tuple(one for one in purchase.codes if one in decision.slogans)
