"""What a voucher gives: null where staff hand it over, else a promotion it unlocks, a discount or one free piece."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from regulars.kernel.amount import AmountProblem, parse_amount
from regulars.kernel.refusal import FieldProblem
from regulars.kernel.text import has_forbidden

KINDS: Final = ("promotion", "percent", "amount", "product")
PERCENT_DECIMALS: Final = 2
SKU_LENGTH_MAX: Final = 128

_AMOUNTS: Final = {
    "not_a_number": 'A decimal number is wanted, as a string or a number: "12.50".',
    "too_many_decimals": "This has more decimals than are counted here.",
    "out_of_range": "This is more than can be counted.",
}

Benefit = Mapping[str, str]


def check_benefit(written: Any, pointer: str, *, decimals: int) -> list[FieldProblem]:
    """Say what is wrong with a benefit as somebody wrote it; `decimals` are the currency's."""
    if written is None:
        return []
    if not isinstance(written, Mapping):
        return [FieldProblem(pointer, "invalid_type", "An object with one benefit.")]
    problems = [
        FieldProblem(f"{pointer}/{name}", "unknown_field", f"One of: {', '.join(KINDS)}; beside it minimum.")
        for name in written
        if name not in (*KINDS, "minimum")
    ]
    given = [kind for kind in KINDS if kind in written]
    if len(given) != 1:
        problems.append(FieldProblem(pointer, "one_benefit", f"Exactly one of: {', '.join(KINDS)}."))
    for name in written:
        problems += _check_part(name, written[name], f"{pointer}/{name}", decimals)
    return problems


def _check_part(name: str, value: Any, pointer: str, decimals: int) -> list[FieldProblem]:
    if name == "percent":
        return _check_amount(value, pointer, decimals=PERCENT_DECIMALS, most=Decimal(100))
    if name in ("amount", "minimum"):
        return _check_amount(value, pointer, decimals=decimals, most=None)
    if name in ("promotion", "product") and not _is_name(value):
        return [FieldProblem(pointer, "invalid_text", f"A text of 1 to {SKU_LENGTH_MAX} characters.")]
    return []


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value.strip()) <= SKU_LENGTH_MAX and not has_forbidden(value)


def _check_amount(value: Any, pointer: str, *, decimals: int, most: Decimal | None) -> list[FieldProblem]:
    if not isinstance(value, str | int | Decimal) or isinstance(value, bool):
        return [FieldProblem(pointer, "not_a_number", _AMOUNTS["not_a_number"])]
    try:
        units = parse_amount(value, decimals)
    except AmountProblem as problem:
        return [FieldProblem(pointer, problem.code, _AMOUNTS[problem.code])]
    if units <= 0:
        return [FieldProblem(pointer, "out_of_range", "An amount above zero.")]
    if most is not None and units > most.scaleb(decimals):
        return [FieldProblem(pointer, "out_of_range", f"At most {most}.")]
    return []


def plain_benefit(written: Mapping[str, Any]) -> dict[str, str]:
    """A checked benefit as it is kept: every part a text, amounts without an exponent."""
    return {
        name: format(value, "f") if isinstance(value, Decimal) else str(value).strip()
        for name, value in written.items()
    }
