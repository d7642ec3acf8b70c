"""What somebody asks to be refunded, read from a request."""

import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from regulars.kernel.amount import AmountProblem, parse_amount
from regulars.kernel.fields import check_external_id
from regulars.kernel.refusal import FieldProblem, Invalid
from regulars.orders.rules.refund.values import AmountRequest, LinesRequest, Request

QUANTITY_DECIMALS = 3

Number = str | int | Decimal


@dataclass(frozen=True, slots=True)
class RefundLineDraft:
    """A line by its place in the order, from 0; no quantity means all that is left of it."""

    index: int
    quantity: Number | None = None


@dataclass(frozen=True, slots=True)
class RefundDraft:
    """A refund as somebody wants it: lines, or an amount of money."""

    lines: tuple[RefundLineDraft, ...] | None = None
    amount: Number | None = None
    external_id: str | None = None
    location: str | None = None

    def content_hash(self, order: str) -> str:
        """What tells another refund under the same external id."""
        lines = None if self.lines is None else [(one.index, str(one.quantity)) for one in self.lines]
        return hashlib.sha256(json.dumps([order, lines, str(self.amount)]).encode()).hexdigest()


def read_refund(draft: RefundDraft, currency_decimals: int) -> Request | Invalid:
    """The request, or what is wrong with it: one of lines and amount, above zero, no finer than can be given back."""
    problems = check_external_id(draft.external_id, "/external_id")
    if (draft.lines is None) == (draft.amount is None):
        problems.append(FieldProblem("", "one_of", "Give lines or an amount, one of the two."))
        return Invalid(errors=tuple(problems))
    request: Request
    if draft.amount is not None:
        amount = _positive(draft.amount, currency_decimals, "/amount", problems)
        request = AmountRequest(amount)
    else:
        if not draft.lines:
            problems.append(FieldProblem("/lines", "required", "Name at least one line."))
        lines = [
            (
                one.index,
                None
                if one.quantity is None
                else _positive(one.quantity, QUANTITY_DECIMALS, f"/lines/{position}/quantity", problems),
            )
            for position, one in enumerate(draft.lines or ())
        ]
        request = LinesRequest(tuple(lines))
    return Invalid(errors=tuple(problems)) if problems else request


def _positive(number: Number, decimals: int, pointer: str, problems: list[FieldProblem]) -> int:
    try:
        units = parse_amount(number, decimals)
    except AmountProblem as problem:
        problems.append(FieldProblem(pointer, problem.code, _ERRORS[problem.code]))
        return 1
    if units <= 0:
        problems.append(FieldProblem(pointer, "out_of_range", "It is above zero."))
    return units


_ERRORS: Final = {
    "too_many_decimals": "This has more decimals than can be given back.",
    "out_of_range": "This is too much.",
    "not_a_number": "A decimal number like 12.50.",
}
