"""What a customer keeps of an order, and what that costs and earns under the rules that priced it."""

from dataclasses import dataclass, replace

from regulars.kernel.shares import half_up
from regulars.orders.rules.refund.values import RecordedOrder
from regulars.promotions.rules.evaluate import evaluate
from regulars.promotions.rules.facts import Facts
from regulars.promotions.rules.outcome import Applied, Cut, Priced
from regulars.promotions.rules.promotion import Compiled, compile_promotions
from regulars.promotions.rules.taxes import with_tax


@dataclass(frozen=True, slots=True)
class Rest:
    """What is kept, line by line: thousandths, what they are worth, and what was given back of them by amount.

    `worth` is what is kept costs now, less what was given back of it by amount; `total` is all of the order that is
    kept, shipping and tips included.
    """

    quantities: tuple[int, ...]
    reduced: tuple[int, ...]
    worth: tuple[int, ...]
    total: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept."""
        return not any(self.quantities)


def quantities_left(order: RecordedOrder) -> tuple[int, ...]:
    """Thousandths of each line that did not come back before."""
    return tuple(
        line.quantity - recorded.refunded_quantity
        for line, recorded in zip(order.facts.lines, order.lines, strict=True)
    )


def reduced_before(order: RecordedOrder) -> tuple[int, ...]:
    """What earlier refunds by amount took off of what is kept of each line: it goes with the part that comes back."""
    quantities = [line.quantity for line in order.facts.lines]
    reduced = [0] * len(quantities)
    for refund in order.refunds:
        for back in refund.lines:
            if back.quantity:
                reduced[back.index] = _part(
                    reduced[back.index], quantities[back.index] - back.quantity, quantities[back.index]
                )
                quantities[back.index] -= back.quantity
            else:
                reduced[back.index] += back.money
    return tuple(reduced)


def rest_of(order: RecordedOrder, quantities: tuple[int, ...]) -> Rest:
    """What is worth what, when so much of each line is kept."""
    before = quantities_left(order)
    reduced = tuple(
        _part(amount, kept, present)
        for amount, kept, present in zip(reduced_before(order), quantities, before, strict=True)
    )
    lines, others = _in_proportion(order, quantities) if _keeps_shares(order) else _anew(order, quantities)
    return Rest(
        quantities=quantities,
        reduced=reduced,
        worth=tuple(max(0, amount - less) for amount, less in zip(lines, reduced, strict=True)),
        total=sum(lines) - sum(reduced) + others,
    )


def list_total(order: RecordedOrder, quantities: tuple[int, ...]) -> int:
    """What so much of each line costs before promotions, with its tax."""
    kept = kept_facts(order, quantities)
    return sum(with_tax(line, line.total, kept) for line in kept.lines)


def kept_facts(order: RecordedOrder, quantities: tuple[int, ...]) -> Facts:
    """The order as if only so much had been bought, all else as promotions saw it."""
    lines = tuple(
        replace(line, quantity=kept, discount=_part(line.discount, kept, line.quantity))
        for line, kept in zip(order.facts.lines, quantities, strict=True)
        if kept
    )
    return replace(order.facts, lines=lines)


def price_kept(order: RecordedOrder, quantities: tuple[int, ...], *, not_earning: int = 0) -> Priced:
    """Ask the promotions that gave something again, about what is kept; `not_earning` of its money earns nothing.

    One that was lost before is not asked again: a smaller rest deserves no more than a larger one did.
    """
    return evaluate(kept_facts(order, quantities), _compiled(order), paid_with_points=not_earning)


def cuts_of(priced: Priced) -> dict[str, Cut]:
    """What each promotion that still applies takes off."""
    return {verdict.promotion: verdict.cut for verdict in priced.verdicts if isinstance(verdict, Applied)}


def _compiled(order: RecordedOrder) -> Compiled:
    return compile_promotions(one.rule for one in order.promotions if one.uses)


def _keeps_shares(order: RecordedOrder) -> bool:
    return any(one.settings.discounts == "in_proportion" for one in order.promotions if one.rule.benefits)


def _in_proportion(order: RecordedOrder, quantities: tuple[int, ...]) -> tuple[list[int], int]:
    lines = [
        _part(recorded.paid, kept, line.quantity)
        for recorded, kept, line in zip(order.lines, quantities, order.facts.lines, strict=True)
    ]
    return lines, order.shipping + order.tips


def _anew(order: RecordedOrder, quantities: tuple[int, ...]) -> tuple[list[int], int]:
    priced = price_kept(order, quantities)
    added = priced.line_taxes if priced.tax_added else (0,) * len(priced.line_totals)
    costs = iter([amount + tax for amount, tax in zip(priced.line_totals, added, strict=True)])
    return [next(costs) if kept else 0 for kept in quantities], priced.shipping + priced.tips


def _part(amount: int, part: int, whole: int) -> int:
    return half_up(amount * part, whole) if part else 0
