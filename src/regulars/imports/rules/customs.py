"""Reading cells for the fields that a chain added to its customers, to exactly what those fields store."""

from decimal import Decimal

from regulars.customers.rules import CustomFieldFacts, read_custom_value
from regulars.imports.reading import cells
from regulars.imports.rules.amounts import DecimalSign, read_decimal
from regulars.imports.rules.clean import Reading, is_nothing, plain, trouble
from regulars.imports.rules.dates import DateOrder, read_date
from regulars.kernel.text import one_line


def read_custom(
    text: str, letter: str, field: CustomFieldFacts, *, sign: DecimalSign, order: DateOrder, this_year: int
) -> Reading[str]:
    """Read a number, a date or a choice. Codes: those of `clean.trouble`; beside no value value_ignored."""
    if code := trouble(text, letter):
        return Reading(code=code)
    if is_nothing(plain(text)):
        return Reading()
    written: str | None
    if field.kind == "number":
        written = _number(text, letter, sign)
    elif field.kind == "date":
        day = read_date(text, letter, order=order, this_year=this_year).value
        written = day.isoformat() if day else None
    else:
        said = one_line(text.strip().removeprefix("'"))
        written = next((one for one in field.choices if one.casefold() == said.casefold()), None)
    value = None if written is None else read_custom_value(written, field)
    return Reading(code="value_ignored") if value is None else Reading(value=value)


def _number(text: str, letter: str, sign: DecimalSign) -> str | None:
    if letter in (cells.NUMBER, cells.LONG_NUMBER):
        return text
    cleaned = plain(text)
    number = read_decimal(cleaned, sign)
    if not isinstance(number, Decimal):
        return None
    # As many decimals as were typed, so that what an export wrote reads back the same.
    return format(number if sign in cleaned else number.to_integral_value(), "f")
