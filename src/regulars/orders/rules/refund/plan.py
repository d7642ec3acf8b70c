"""One refund reckoned: what money that is, by which means it goes back, and what the rest of the order still deserves."""

from regulars.kernel.shares import share_out, share_within
from regulars.orders.rules.refund.earned import plan_take_back
from regulars.orders.rules.refund.kept import Rest, list_total, quantities_left, rest_of
from regulars.orders.rules.refund.limits import plan_limits, plan_rests
from regulars.orders.rules.refund.spent import plan_returns
from regulars.orders.rules.refund.values import (
    AmountRequest,
    CancelRequest,
    LineBack,
    LinesRequest,
    MoreThanBought,
    MoreThanPaid,
    NothingLeft,
    RecordedOrder,
    RefundPlan,
    Request,
    TwiceInOne,
    Unfit,
    UnknownLine,
)


def plan_refund(order: RecordedOrder, request: Request) -> RefundPlan | Unfit:
    """Reckon a refund: what is kept is priced and earns anew, and the difference goes back or is taken back.

    The last refund takes all that is left, so that all refunds of an order together give back what was paid, return
    what was spent and take back what was earned, neither more nor less.
    """
    if any(refund.is_last for refund in order.refunds):
        return NothingLeft()
    present = quantities_left(order)
    left = order.total - order.refunded
    match request:
        case LinesRequest(lines=wanted):
            asked = _asked(present, wanted)
            if not isinstance(asked, tuple):
                return asked
        case AmountRequest(amount=amount):
            assert amount > 0
            if amount > left:
                return MoreThanPaid(left=left)
            asked = present if amount == left else (0,) * len(present)
        case CancelRequest():
            asked = present
    rest = rest_of(order, tuple(there - back for there, back in zip(present, asked, strict=True)))
    is_last = rest.is_empty
    if isinstance(request, AmountRequest):
        is_last = request.amount == left
        value = request.amount
    else:
        value = left if is_last else _worth_of_return(order, rest, left)
    return _planned(order, request, asked, rest, value, is_last=is_last)


def _planned(
    order: RecordedOrder, request: Request, asked: tuple[int, ...], rest: Rest, value: int, *, is_last: bool
) -> RefundPlan:
    back = plan_returns(order, rest, value, is_last=is_last)
    lines, other = _by_line(order, request, asked, back.value, is_last=is_last)
    reduced = tuple(
        amount + sum(line.money for line in lines if line.index == at and not line.quantity)
        for at, amount in enumerate(rest.reduced)
    )
    taken = plan_take_back(order, rest.quantities, reduced, back.value, is_last=is_last)
    return RefundPlan(
        value=back.value,
        money_back=back.money,
        other=other,
        lines=lines,
        returned=back.returned,
        taken_back=taken.parts,
        limits=plan_limits(order, rest.quantities, taken, is_last=is_last),
        rests=plan_rests(order, taken),
        is_last=is_last,
    )


def _asked(present: tuple[int, ...], wanted: tuple[tuple[int, int | None], ...]) -> tuple[int, ...] | Unfit:
    """Thousandths of each line that are asked back."""
    asked = [0] * len(present)
    for position, (index, quantity) in enumerate(wanted):
        if not 0 <= index < len(present):
            return UnknownLine(position=position, index=index)
        if asked[index]:
            return TwiceInOne(position=position, index=index)
        back = present[index] if quantity is None else quantity
        if back > present[index] or back == 0:
            return MoreThanBought(index=index, left=present[index])
        asked[index] = back
    return tuple(asked)


def _worth_of_return(order: RecordedOrder, rest: Rest, left: int) -> int:
    """What was paid less what came back and what is kept: not below nothing, nor above the price of what returns.

    Where the rest lost a discount that was more than what came back, nothing is paid back, and a later refund counts
    the difference in.
    """
    came_back = list_total(order, tuple(line.quantity for line in order.facts.lines)) - list_total(
        order, rest.quantities
    )
    before = order.refunded - sum(rest.reduced)
    return max(0, min(left - rest.total, left, came_back - before))


def _by_line(
    order: RecordedOrder, request: Request, asked: tuple[int, ...], value: int, *, is_last: bool
) -> tuple[tuple[LineBack, ...], int]:
    """The money of each line, and what of it belongs to no line: shipping and tips."""
    present = rest_of(order, quantities_left(order))
    if isinstance(request, AmountRequest) and not is_last:
        shares = share_within(value, present.worth, present.worth)
        lines = tuple(LineBack(at, 0, money) for at, money in enumerate(shares) if money)
        return lines, value - sum(shares)
    other = 0
    if is_last:
        of_lines = sum(back.money for refund in order.refunds for back in refund.lines)
        other = min(value, max(0, order.shipping + order.tips - (order.refunded - of_lines)))
    named = [at for at, quantity in enumerate(asked) if quantity]
    weights = [_weight(present, at, asked[at]) for at in named]
    if not any(weights):
        weights = [1] * len(named)
    shares = share_out(value - other, weights)
    return tuple(LineBack(at, asked[at], money) for at, money in zip(named, shares, strict=True)), (
        other if named else value
    )


def _weight(present: Rest, at: int, quantity: int) -> int:
    # Whole numbers of worth times thousandths: exact, and only their proportion counts.
    return present.worth[at] * quantity * 1000 // present.quantities[at]
