"""Codes on receipts and inserts: what they may be worth; pure (TIL-4)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from regulars.kernel.amount import AmountProblem, parse_amount
from regulars.kernel.refusal import FieldProblem

ReceiptKind = Literal["receipt", "insert"]
STAMPS_MAX: Final = 100
BATCH_MAX: Final = 1_000
"""As many are printed at a time."""
FOLDER: Final = "/r/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What a code brings: stamps, or what a purchase of so much money (in minor units) brings."""

    stamps: int | None = None
    amount: int | None = None


def read_worth(*, stamps: int | None, amount: str | None, decimals: int) -> Worth | FieldProblem:
    """What somebody wants a code to be worth; one of the two."""
    if (stamps is None) == (amount is None):
        return FieldProblem("/stamps", "required", "Say how many stamps, or what the purchase cost: one of the two.")
    if stamps is not None:
        if 1 <= stamps <= STAMPS_MAX:
            return Worth(stamps=stamps)
        return FieldProblem("/stamps", "out_of_range", f"1 to {STAMPS_MAX} stamps.")
    assert amount is not None
    try:
        units = parse_amount(amount, decimals)
    except AmountProblem as problem:
        return FieldProblem("/amount", problem.code, "An amount of money like 12.50.")
    if units <= 0:
        return FieldProblem("/amount", "out_of_range", "An amount of money like 12.50.")
    return Worth(amount=units)


def check_period(expires_at: datetime | None, now: datetime) -> FieldProblem | None:
    """Whether it ends in the future, where it ends at all."""
    if expires_at is not None and expires_at <= now:
        return FieldProblem("/expires_at", "in_the_past", "This time is over already.")
    return None


def code_in(text: str) -> str:
    """The code in what a camera read: behind the address of its page, or as it is."""
    if FOLDER in text:
        return text.rpartition(FOLDER)[2].partition("/")[0].partition("?")[0]
    return text
