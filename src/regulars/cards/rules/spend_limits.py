"""What the points of a card may pay of an order (TYP-3), as it is written and kept: share, amount, minimum, blocks, kinds."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from regulars.kernel.amount import AmountProblem, format_amount, parse_amount
from regulars.kernel.refusal import FieldProblem

MONEY: Final = ("amount", "minimum_order")
KINDS: Final = ("goods", "services")
PERCENT_DECIMALS: Final = 2
CATEGORIES_MAX: Final = 100
CATEGORY_LENGTH_MAX: Final = 200
BLOCK_MAX: Final = 1_000_000


def read_spend_limits(
    limits: Mapping[str, Any], pointer: str, *, currency_decimals: int
) -> tuple[dict[str, Any], list[FieldProblem]]:
    """The limits in one way of writing, without what limits nothing, and what is wrong with them."""
    kept: dict[str, Any] = {}
    problems = [
        FieldProblem(f"{pointer}/{name}", "unknown_field", "There is no such field here.")
        for name in sorted(set(limits) - {"percent", "block", *MONEY, *KINDS})
    ]
    for name in ("percent", *MONEY):
        value = limits.get(name)
        if value is None:
            continue
        decimals = PERCENT_DECIMALS if name == "percent" else currency_decimals
        try:
            units = parse_amount(value, decimals)
        except AmountProblem as problem:
            detail = f"A decimal number with at most {decimals} decimals."
            problems.append(FieldProblem(f"{pointer}/{name}", problem.code, detail))
            continue
        if units < 0 or (name == "percent" and units > 100 * 10**PERCENT_DECIMALS):
            detail = "From 0 to 100." if name == "percent" else "It cannot be negative."
            problems.append(FieldProblem(f"{pointer}/{name}", "out_of_range", detail))
        elif name == "percent":
            kept[name] = format(Decimal(units).scaleb(-decimals).normalize(), "f")
        elif units or name == "amount":
            kept[name] = format_amount(units, decimals)
    block = _block(limits.get("block"), f"{pointer}/block")
    if isinstance(block, FieldProblem):
        problems.append(block)
    else:
        kept |= block
    for name in KINDS:
        value = limits.get(name)
        if value in (None, "any"):
            continue
        wrong = _check_kind(value, f"{pointer}/{name}")
        if wrong is not None:
            problems.append(wrong)
        else:
            kept[name] = "none" if value == "none" else sorted(set(value))
    return kept, problems


def _block(value: Any, pointer: str) -> dict[str, int] | FieldProblem:
    """How many points are spent together; one by one is no limit."""
    try:
        block = 1 if value is None else parse_amount(value, 0)
    except AmountProblem:
        block = 0
    if not 1 <= block <= BLOCK_MAX:
        return FieldProblem(pointer, "out_of_range", f"A whole number from 1 to {BLOCK_MAX}.")
    return {"block": block} if block > 1 else {}


def _check_kind(value: Any, pointer: str) -> FieldProblem | None:
    if value == "none":
        return None
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        if not value:
            return FieldProblem(pointer, "required", "Name at least one category, or say any or none.")
        if len(value) > CATEGORIES_MAX or any(not 0 < len(one) <= CATEGORY_LENGTH_MAX for one in value):
            return FieldProblem(pointer, "out_of_range", f"At most {CATEGORIES_MAX} categories, none of them empty.")
        return None
    return FieldProblem(pointer, "unknown_value", "One of: any, none, or a list of categories.")
