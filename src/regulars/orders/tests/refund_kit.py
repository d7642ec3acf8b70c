"""Orders as they are recorded and refunded, without a database."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from regulars.orders.rules.refund import (
    EarlierRefund,
    LinesRequest,
    RecordedEffect,
    RecordedLine,
    RecordedOrder,
    RecordedPromotion,
    RefundPlan,
    Returned,
    TakenBack,
    plan_refund,
)
from regulars.orders.rules.refund.limits import units_of
from regulars.orders.rules.refund.values import Request
from regulars.programs.rules.refunds import DEFAULT_REFUNDS, RefundRules
from regulars.promotions.rules.evaluate import evaluate
from regulars.promotions.rules.facts import Facts, Line
from regulars.promotions.rules.outcome import Applied
from regulars.promotions.rules.promotion import Promotion, compile_promotions

WHEN = datetime(2026, 11, 24, 12, 0)  # noqa: DTZ001 (local time of the order's location)
CARD = "card"


def line(price: int, quantity: int = 1, **more: Any) -> Line:
    """So many pieces at a price in cents."""
    return Line(sku=f"P{price}", price=price, quantity=quantity * 1000, **more)


def record(
    lines: Sequence[Line],
    *promotions: Promotion,
    paid: dict[str, tuple[int, int]] | None = None,
    earns_on_points: bool = True,
    how: RefundRules | None = None,
    rests: dict[tuple[str, str], int] | None = None,
    **facts: Any,
) -> RecordedOrder:
    """An order as it is recorded: priced by the engine; `paid` by balance type with units and their money."""
    how = how or DEFAULT_REFUNDS
    seen = Facts(lines=tuple(lines), at=WHEN, **facts)
    points = sum(money for _, money in (paid or {}).values())
    not_earning = 0 if earns_on_points else points
    priced = evaluate(seen, compile_promotions(promotions), paid_with_points=not_earning)
    rules = {one.id: one for one in promotions}
    effects: list[RecordedEffect] = []
    applied = []
    for verdict in priced.verdicts:
        if not isinstance(verdict, Applied):
            continue
        applied.append(
            RecordedPromotion(rules[verdict.promotion], 1, verdict.cut.total, units_of(verdict.cut.units), settings=how)
        )
        effects += [
            RecordedEffect(0, "earn", CARD, one.balance_type, one.amount, verdict.promotion, 0, 0, one.carried)
            for one in verdict.earned
        ]
        effects += [RecordedEffect(0, "spend", CARD, name, units, verdict.promotion) for name, units in verdict.cost]
    effects += [
        RecordedEffect(0, "spend", CARD, name, units, None, money) for name, (units, money) in (paid or {}).items()
    ]
    added = priced.line_taxes if priced.tax_added else (0,) * len(lines)
    return RecordedOrder(
        facts=seen,
        lines=tuple(RecordedLine(amount + tax) for amount, tax in zip(priced.line_totals, added, strict=True)),
        total=priced.total,
        shipping=priced.shipping,
        tips=priced.tips,
        paid_with_points=not_earning,
        effects=tuple(replace(one, position=at, settings=how) for at, one in enumerate(effects)),
        promotions=tuple(applied),
        rests=rests or {},
    )


def after(order: RecordedOrder, plan: RefundPlan) -> RecordedOrder:
    """The order once a refund was written."""
    parts: list[Returned | TakenBack] = [*plan.returned, *plan.taken_back]
    undone = {one.position: one.amount for one in parts}
    came_back = {back.index: back.quantity for back in plan.lines}
    limits = {one.promotion: one for one in plan.limits}

    def left(one: RecordedPromotion) -> RecordedPromotion:
        back = limits.get(one.rule.id)
        if back is None:
            return one
        return replace(
            one, uses=one.uses - back.uses, discount=one.discount - back.discount, units=one.units - back.units
        )

    return replace(
        order,
        lines=tuple(
            replace(one, refunded_quantity=one.refunded_quantity + came_back.get(at, 0))
            for at, one in enumerate(order.lines)
        ),
        effects=tuple(replace(one, undone=one.undone + undone.get(one.position, 0)) for one in order.effects),
        promotions=tuple(left(one) for one in order.promotions),
        refunds=(*order.refunds, EarlierRefund(plan.value, plan.lines, plan.is_last)),
        rests={**order.rests, **{(one.promotion, one.card): one.money for one in plan.rests}},
    )


@dataclass(frozen=True)
class Done:
    """Refunds one after another, and the order after them."""

    order: RecordedOrder
    plans: list[RefundPlan]


def refund(order: RecordedOrder, *requests: Request) -> Done:
    """Refund in turn; none of them may be refused."""
    plans = []
    for request in requests:
        plan = plan_refund(order, request)
        assert isinstance(plan, RefundPlan), plan
        plans.append(plan)
        order = after(order, plan)
    return Done(order, plans)


def pieces(*lines: tuple[int, int]) -> LinesRequest:
    """So many pieces of these lines."""
    return LinesRequest(tuple((index, count * 1000) for index, count in lines))
