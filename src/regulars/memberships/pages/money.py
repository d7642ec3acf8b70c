"""Money as people type it on pages."""

from regulars.kernel.amount import AmountProblem, parse_amount
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.products.rules.plain_texts import price_text

_ERRORS = {
    "not_a_number": "This is no amount of money.",
    "too_many_decimals": "This has more decimals than the currency.",
    "out_of_range": "This is more than a membership costs.",
}


def read_money(text: str, pointer: str, decimals: int) -> int | None:
    """Typed money in smallest units, with a comma or a point; None for nothing. Refuses: Invalid."""
    if not text.strip():
        return None
    try:
        return parse_amount(price_text(text, decimals=decimals) or "", decimals)
    except AmountProblem as problem:
        raise Refused(Invalid(errors=(FieldProblem(pointer, problem.code, _ERRORS[problem.code]),))) from None
