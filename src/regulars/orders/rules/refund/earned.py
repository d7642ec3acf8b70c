"""What was earned and the rest of an order does not deserve any more (LED-4)."""

from collections import Counter
from dataclasses import dataclass, field

from regulars.kernel.shares import half_up
from regulars.orders.rules.refund.kept import price_kept
from regulars.orders.rules.refund.values import RecordedEffect, RecordedOrder, TakenBack
from regulars.promotions.rules.earnings.kinds import PerMoney
from regulars.promotions.rules.outcome import Applied

Key = tuple[str, str]
"""A promotion and a card."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What is taken back, by effect, and the rests that wait for the next full block, as they are after it."""

    parts: tuple[TakenBack, ...]
    rests: dict[Key, int] = field(default_factory=dict)
    by_promotion: dict[str, int] = field(default_factory=dict)


def plan_take_back(
    order: RecordedOrder, quantities: tuple[int, ...], reduced: tuple[int, ...], value: int, *, is_last: bool
) -> Taken:
    """Take back the difference between what was earned and what the rest would have earned; the last time, all.

    Money that was given back by amount, and what points had paid where that earns nothing, does not earn.
    """
    earnings = [effect for effect in order.effects if effect.kind == "earn"]
    if not earnings:
        return Taken(())
    refunded = order.refunded + value
    deserved, carried = _deserved(order, quantities, reduced, refunded, is_last=is_last)
    rests: dict[Key, int] = {}
    parts = []
    for one in earnings:
        left = one.amount - one.undone
        kept = _kept(order, one, deserved, refunded, is_last=is_last)
        back = min(left, max(0, one.amount - kept - one.undone))
        rule = _carrying(order, one)
        if rule is not None and one.promotion is not None and one.settings.earned_points == "recompute":
            present = order.rests.get((one.promotion, one.card), 0)
            waiting = present + carried.get(one.promotion, 0) - one.carried
            settled = min(left, max(0, back - waiting // rule.per * rule.units))
            # A block that cannot be taken any more stays with the customer; the rest is never below nothing.
            rests[one.promotion, one.card] = max(0, waiting - (back - settled) // rule.units * rule.per)
            back = settled
        if back:
            parts.append(TakenBack(one.position, back))
    by_promotion: Counter[str] = Counter()
    promotions = {one.position: one.promotion for one in earnings}
    for part in parts:
        by_promotion[promotions[part.position] or ""] += part.amount
    return Taken(tuple(parts), rests, dict(by_promotion))


def _kept(
    order: RecordedOrder, effect: RecordedEffect, deserved: Counter[tuple[str, str]], refunded: int, *, is_last: bool
) -> int:
    """How much of an earning the rest deserves."""
    how = effect.settings.earned_points
    if how == "keep":
        return effect.amount
    if is_last:
        return 0
    if how == "only_when_full" or effect.is_promised or effect.promotion is None:
        return effect.amount
    if how == "in_proportion":
        return effect.amount - effect.amount * refunded // order.total if order.total else effect.amount
    name = (effect.promotion, effect.balance_type)
    kept = min(effect.amount, deserved[name])
    deserved[name] -= kept
    return kept


def _deserved(
    order: RecordedOrder, quantities: tuple[int, ...], reduced: tuple[int, ...], refunded: int, *, is_last: bool
) -> tuple[Counter[tuple[str, str]], dict[str, int]]:
    """What the rest earns, by promotion and balance type; and the money that it leaves waiting, by promotion."""
    if is_last:
        return Counter(), dict(order.facts.carried)
    by_points = order.paid_with_points
    if by_points:
        by_points = half_up(by_points * (order.total - refunded), order.total)
    priced = price_kept(order, quantities, not_earning=by_points + sum(reduced))
    deserved: Counter[tuple[str, str]] = Counter()
    carried = dict(order.facts.carried)
    for verdict in priced.verdicts:
        if isinstance(verdict, Applied):
            carried[verdict.promotion] = sum(one.carried for one in verdict.earned)
            for one in verdict.earned:
                deserved[verdict.promotion, one.balance_type] += one.amount
    return deserved, carried


def _carrying(order: RecordedOrder, effect: RecordedEffect) -> PerMoney | None:
    """The rule of an earning whose rest of money waits for the next full block, if it is one."""
    for one in order.promotions:
        if one.rule.id == effect.promotion:
            for earning in one.rule.earnings:
                if isinstance(earning, PerMoney) and earning.carries and earning.balance_type == effect.balance_type:
                    return earning
    return None
