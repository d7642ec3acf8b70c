"""What a type of gift cards may be, and which values it is sold for; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from regulars.cards.rules.spend_limits import KINDS as LIMITED_KINDS
from regulars.cards.rules.spend_limits import read_spend_limits
from regulars.giftcards.errors import ValueNotSold
from regulars.kernel.amount import AmountProblem, format_amount, parse_amount
from regulars.kernel.fields import check_name, check_text
from regulars.kernel.refusal import FieldProblem, Refusal
from regulars.kernel.text import one_line
from regulars.programs.rules.validity import Validity, check_validity, read_validity

VALUES_MAX: Final = 30
NOTE_LENGTH_MAX: Final = 500

_ERRORS: Final = {
    "not_a_number": "This is no amount of money.",
    "too_many_decimals": "This has more decimals than the currency.",
    "out_of_range": "This is more than a gift card can hold.",
    "not_positive": "A gift card is worth more than nothing.",
}


@dataclass(frozen=True, slots=True)
class TypeDraft:
    """A type as somebody wrote it; amounts are texts or numbers."""

    name: str
    is_single_use: bool = False
    has_code: bool = True
    values: Sequence[Any] = ()
    value_min: Any = None
    value_max: Any = None
    limits: Mapping[str, Any] | None = None
    validity: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class TypeTerms:
    """A type that is sound; money in the currency's smallest unit, limits and validity as they are kept."""

    name: str
    is_single_use: bool
    has_code: bool
    values: tuple[int, ...]
    value_min: int | None
    value_max: int | None
    limits: Mapping[str, Any]
    validity: Validity


def read_type(draft: TypeDraft, *, decimals: int) -> tuple[TypeTerms, list[FieldProblem]]:
    """What a type would be, and what is wrong with it."""
    problems = check_name(draft.name, "/name")
    values = []
    for at, value in enumerate(draft.values):
        units = _money(value, f"/values/{at}", decimals, problems)
        values.append(units or 0)
    if len(values) > VALUES_MAX:
        problems.append(FieldProblem("/values", "too_many", f"At most {VALUES_MAX} values."))
    least = _money(draft.value_min, "/value_min", decimals, problems)
    most = _money(draft.value_max, "/value_max", decimals, problems)
    if values and (least is not None or most is not None):
        problems.append(
            FieldProblem("/values", "values_or_range", "Give values, or the least and the largest, not both.")
        )
    elif not values and (draft.value_min is None or draft.value_max is None):
        missing = "/value_min" if draft.value_min is None else "/value_max"
        problems.append(FieldProblem(missing, "required", "Give values to choose from, or the least and the largest."))
    elif least is not None and most is not None and least > most:
        problems.append(FieldProblem("/value_max", "out_of_range", "The largest value is below the least."))
    limits, wrong = _limits(draft.limits or {}, decimals)
    problems += wrong
    wrong = check_validity(draft.validity or {}, "/validity", first_day=None)
    problems += wrong
    terms = TypeTerms(
        name=one_line(draft.name),
        is_single_use=draft.is_single_use,
        has_code=draft.has_code,
        values=tuple(sorted(set(values))),
        value_min=least,
        value_max=most,
        limits=limits,
        validity=Validity() if wrong else read_validity(dict(draft.validity or {})),
    )
    return terms, problems


def check_value(terms: TypeTerms, value: int, *, decimals: int) -> Refusal | None:
    """Whether a gift card of the type is sold for this. Refuses: ValueNotSold."""
    if terms.values:
        if value in terms.values:
            return None
        allowed = ", ".join(format_amount(one, decimals) for one in terms.values)
    else:
        assert terms.value_min is not None
        assert terms.value_max is not None
        if terms.value_min <= value <= terms.value_max:
            return None
        allowed = f"{format_amount(terms.value_min, decimals)}–{format_amount(terms.value_max, decimals)}"
    return ValueNotSold(value=format_amount(value, decimals), allowed=allowed)


def read_money(value: Any, pointer: str, decimals: int) -> int | FieldProblem:
    """An amount above nothing in smallest units, or what is wrong with it."""
    try:
        units = parse_amount(value, decimals)
    except AmountProblem as problem:
        return FieldProblem(pointer, problem.code, _ERRORS[problem.code])
    return units if units > 0 else FieldProblem(pointer, "out_of_range", _ERRORS["not_positive"])


def check_note(text: str) -> list[FieldProblem]:
    """Say why this cannot be kept as a reason."""
    return check_text(text, "/note", length_max=NOTE_LENGTH_MAX)


def _money(value: Any, pointer: str, decimals: int, problems: list[FieldProblem]) -> int | None:
    if value is None:
        return None
    read = read_money(value, pointer, decimals)
    if isinstance(read, FieldProblem):
        problems.append(read)
        return None
    return read


def _limits(limits: Mapping[str, Any], decimals: int) -> tuple[dict[str, Any], list[FieldProblem]]:
    """As spend limits of card types say it, without what is about points only."""
    unknown = [
        FieldProblem(f"/limits/{name}", "unknown_field", "There is no such field here.")
        for name in sorted(set(limits) - set(LIMITED_KINDS))
    ]
    known = {name: value for name, value in limits.items() if name in LIMITED_KINDS}
    kept, problems = read_spend_limits(known, "/limits", currency_decimals=decimals)
    if not problems and kept.get("goods") == "none" and kept.get("services") == "none":
        problems = [FieldProblem("/limits", "pays_nothing", "With these limits it would pay nothing.")]
    return kept, [*unknown, *problems]
