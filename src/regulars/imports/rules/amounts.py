"""Reading amounts: signs, thousands, decimal signs, units; and converting them."""

import re
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Context, Decimal
from typing import Final, Literal

from regulars.imports.reading import cells
from regulars.imports.rules.clean import Reading, is_nothing, plain, trouble
from regulars.kernel.amount import AMOUNT_MAX

DecimalSign = Literal[".", ","]
Rounding = Literal["half_up", "down", "up"]

_MINUS: Final = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_WORDS: Final = (
    r"usd|eur|gbp|rub|rur|inr|chf|kzt|uah|try|pln|byn|aed|us\$|руб(?:лей|ля|ль)?\.?|р\.?|коп\.?|грн\.?|тг\.?|rs\.?|zł|kč|kr\.?|fr\.?"
    r"|points?|pts?\.?|pkt\.?|punkte?n?|puntos?|bonus(?:es)?|stamps?|stempel|балл(?:ов|а|ы)?|бонус(?:ов|а|ы)?|штамп(?:ов|а|ы)?|шт\.?"
    r"|अंक|रु\.?|रुपये|[$€£¥₽₹₺₴₸₪₩₫₦₱฿¢]"
)
_LEADING: Final = re.compile(rf"^([+-]?)\s*(?:{_WORDS})\s*(?=[-+(\d.,])", re.IGNORECASE)
_TRAILING: Final = re.compile(rf"(?<=[\d.,)-])\s*(?:{_WORDS})$", re.IGNORECASE)
_OF_GOAL: Final = re.compile(r"(\d{1,6}) ?(?:/|из|of|von|de|sur|में से) ?\d{1,6}", re.IGNORECASE)
_EXPONENT: Final = re.compile(r"[+-]?\d+(?:[.,]\d*)?[eE][+-]?\d{1,3}")
_GROUPED: Final = re.compile(r"\d{1,3}(?:[ '’_]\d{3})+|\d{1,2}(?: \d{2})* \d{3}|\d+")
_WITH_COMMAS: Final = re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})*,\d{3}")
_WITH_POINTS: Final = re.compile(r"\d{1,3}(?:\.\d{3})+")
_SIGNIFICANT: Final = Context(prec=15)
_ROUNDINGS: Final = {"half_up": ROUND_HALF_UP, "down": ROUND_DOWN, "up": ROUND_UP}
_TEXT_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class Conversion:
    """Numbers in another unit: each is multiplied and rounded to the balance's smallest unit.

    `down` rounds towards zero and `up` away from it, so that plus and minus stay alike.
    """

    rate: Decimal
    rounding: Rounding = "half_up"

    def __post_init__(self) -> None:
        assert self.rate.is_finite()
        assert self.rate > 0


def read_amount(
    text: str, letter: str, *, decimals: int, sign: DecimalSign, conversion: Conversion | None = None
) -> Reading[int]:
    """Read a cell as whole smallest units; an empty cell is no value, not zero.

    Codes: those of `clean.trouble`, date_in_amount, not_a_number, mixed_decimal_sign, digits_lost, too_many_decimals,
    out_of_range.
    """
    if code := trouble(text, letter):
        return Reading(code=code)
    if letter == cells.DATE:
        return Reading(code="date_in_amount")
    if letter in (cells.NUMBER, cells.LONG_NUMBER):
        return _units(Decimal(text), decimals, conversion)
    cleaned = plain(text)
    if is_nothing(cleaned):
        return Reading()
    number = read_decimal(cleaned, sign)
    return Reading(code=number) if isinstance(number, str) else _units(number, decimals, conversion)


def read_decimal(cleaned: str, sign: DecimalSign) -> Decimal | str:
    """Read text with a known decimal sign; the code of what is wrong otherwise."""
    if len(cleaned) > _TEXT_MAX:
        return "not_a_number"
    if match := _OF_GOAL.fullmatch(cleaned):
        return Decimal(match[1])
    body, is_negative = strip_sign(cleaned.replace("٫", sign).replace("٬", ""))
    if _EXPONENT.fullmatch(body):
        return _read_exponent(body, is_negative=is_negative)
    whole, point, fraction = body.rpartition(sign) if body.count(sign) == 1 else (body, "", "")
    if not point and body.count(sign) > 1:
        return "mixed_decimal_sign" if _looks_numeric(body) else "not_a_number"
    other = _WITH_COMMAS if sign == "." else _WITH_POINTS
    whole = whole.strip()
    if other.fullmatch(whole) and whole[0] != "0":
        whole = whole.replace("," if sign == "." else ".", "")
    elif _GROUPED.fullmatch(whole):
        whole = re.sub(r"\D", "", whole)
    elif whole or not fraction:
        return "mixed_decimal_sign" if _looks_numeric(body) else "not_a_number"
    if fraction and not (fraction.isascii() and fraction.isdigit()):
        return "mixed_decimal_sign" if _looks_numeric(body) else "not_a_number"
    number = Decimal(f"{whole or '0'}.{fraction or '0'}")
    return -number if is_negative else number


def strip_sign(cleaned: str) -> tuple[str, bool]:
    """Take minus in any of its shapes (before, after, brackets, Unicode), plus and unit words off a number."""
    body = _MINUS.sub("-", cleaned)
    body = _LEADING.sub(r"\1", body)
    body = _TRAILING.sub("", body).strip()
    is_negative = False
    if body.startswith("(") and body.endswith(")"):
        is_negative, body = True, _TRAILING.sub("", _LEADING.sub(r"\1", body[1:-1].strip())).strip()
    elif body.startswith("-"):
        is_negative, body = True, _LEADING.sub(r"\1", body[1:].strip())
    elif body.endswith("-"):
        is_negative, body = True, body[:-1].strip()
    elif body.startswith("+"):
        body = body[1:].strip()
    return body, is_negative


def _looks_numeric(body: str) -> bool:
    return bool(re.fullmatch(r"[\d.,' ’]+", body)) and any(letter.isdigit() for letter in body)


def _read_exponent(body: str, *, is_negative: bool) -> Decimal | str:
    mantissa, _, exponent = body.replace(",", ".").lower().partition("e")
    number = Decimal(f"{mantissa}e{exponent}")
    if abs(number.adjusted()) > 30:
        return "out_of_range"
    significant = len(mantissa.replace(".", "").strip("+-").lstrip("0"))
    # 1.23457E+15 shows six digits of sixteen; an amount that is a power of ten may be meant, a cut one must not pass.
    if 6 <= significant <= number.adjusted():
        return "digits_lost"
    return -number if is_negative else number


def _units(number: Decimal, decimals: int, conversion: Conversion | None) -> Reading[int]:
    if number and len(number.as_tuple().digits) > 15 and number != number.to_integral_value():
        # Spreadsheets compute in binary with 15 reliable digits; 19.990000000000002 was never typed by anybody.
        number = _SIGNIFICANT.plus(number)
    if conversion is not None:
        number = (number * conversion.rate).quantize(Decimal(1).scaleb(-decimals), _ROUNDINGS[conversion.rounding])
    scaled = number.scaleb(decimals)
    whole = scaled.to_integral_value()
    if abs(whole) > AMOUNT_MAX:
        return Reading(code="out_of_range")
    if scaled != whole:
        return Reading(code="too_many_decimals")
    return Reading(value=int(whole))
