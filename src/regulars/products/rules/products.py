"""What a product may be; pure."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, Literal, get_args

from regulars.kernel.amount import AmountProblem, parse_amount
from regulars.kernel.fields import check_choice, check_text
from regulars.kernel.refusal import FieldProblem
from regulars.kernel.text import one_line

Kind = Literal["goods", "service"]
Source = Literal["api", "csv", "feed", "page"]
Fields = dict[str, Any]
"""Fields of a product by name, only those that were given: what is left out stays as it is."""

KINDS: Final[tuple[str, ...]] = get_args(Kind)
SKU_LENGTH_MAX: Final = 128
PRODUCT_NAME_LENGTH_MAX: Final = 500
CATEGORY_LENGTH_MAX: Final = 300
TAG_LENGTH_MAX: Final = 60
TAGS_MAX: Final = 50
TAX_DECIMALS_MAX: Final = 4
PATH_SIGN: Final = " > "

_STEPS: Final = re.compile(r"\s*>\s*")
_PERCENT: Final = re.compile(r"\d{1,3}(\.\d{1,10})?", re.ASCII)

_ERRORS: Final = {
    "not_a_number": "This is no amount of money.",
    "too_many_decimals": "This has more decimals than the currency.",
    "out_of_range": "This is more than any product costs.",
}


def read_product(given: Mapping[str, Any], *, decimals: int, pointer: str = "") -> tuple[Fields, list[FieldProblem]]:
    """Read the fields of a product that were given, and say what is wrong with them.

    Texts are cleaned, prices (texts or numbers) become smallest units of the currency; None or "" empties a field that
    may be empty.
    """
    fields: Fields = {}
    problems: list[FieldProblem] = []
    for name, value in given.items():
        try:
            fields[name] = _READERS[name](value, decimals)
        except _Wrong as wrong:
            problems += [FieldProblem(f"{pointer}/{name}{one.pointer}", one.code, one.detail) for one in wrong.problems]
    return fields, problems


def category_path(steps: Iterable[str]) -> str:
    """A category below others, written as one path: `Drinks > Coffee`."""
    return PATH_SIGN.join(step for step in map(one_line, steps) if step)


class _Wrong(Exception):
    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__(problems[0].code)
        self.problems = problems


def _text(value: Any, *, length_max: int) -> str:
    text = one_line(value or "")
    problems = check_text(text, "", length_max=length_max)
    if problems:
        raise _Wrong(*problems)
    return text


def _sku(value: Any, decimals: int) -> str:
    text = _text(value, length_max=SKU_LENGTH_MAX)
    if not text:
        raise _Wrong(FieldProblem("", "required", "A product needs an SKU."))
    return text


def _name(value: Any, decimals: int) -> str:
    text = _text(value, length_max=PRODUCT_NAME_LENGTH_MAX)
    if not text:
        raise _Wrong(FieldProblem("", "required", "Give a name."))
    return text


def _category(value: Any, decimals: int) -> str:
    return category_path(_STEPS.split(_text(value, length_max=CATEGORY_LENGTH_MAX)))


def _tags(value: Any, decimals: int) -> list[str]:
    tags = list(dict.fromkeys(tag for tag in map(one_line, value or ()) if tag))
    problems = [
        FieldProblem(f"/{at}", problem.code, problem.detail)
        for at, tag in enumerate(tags)
        for problem in check_text(tag, "", length_max=TAG_LENGTH_MAX)
    ]
    if len(tags) > TAGS_MAX:
        problems = [FieldProblem("", "too_many", f"A product has at most {TAGS_MAX} tags.")]
    if problems:
        raise _Wrong(*problems)
    return tags


def _kind(value: Any, decimals: int) -> str:
    problems = check_choice(str(value or ""), KINDS, "")
    if problems:
        raise _Wrong(*problems)
    return str(value)


def _price(value: Any, decimals: int) -> int | None:
    if value is None or value == "":
        return None
    try:
        if not isinstance(value, str | int | Decimal):
            raise AmountProblem("not_a_number")
        units = parse_amount(value, decimals)
    except AmountProblem as problem:
        raise _Wrong(FieldProblem("", problem.code, _ERRORS[problem.code])) from None
    if units < 0:
        raise _Wrong(FieldProblem("", "out_of_range", "A price is not below zero."))
    return units


def _tax(value: Any, decimals: int) -> Decimal | None:
    if value is None or value == "":
        return None
    text = str(value).strip()
    percent = Decimal(text) if _PERCENT.fullmatch(text) else None
    if percent is None or percent > 100 or percent != round(percent, TAX_DECIMALS_MAX):
        raise _Wrong(FieldProblem("", "out_of_range", "Tax is 0 to 100 percent, with at most 4 decimals."))
    return percent


def _excluded(value: Any, decimals: int) -> bool:
    return bool(value)


_READERS: Final = {
    "sku": _sku,
    "name": _name,
    "category": _category,
    "tags": _tags,
    "kind": _kind,
    "price": _price,
    "price_min": _price,
    "tax_percent": _tax,
    "excluded": _excluded,
}
