"""Kinds of fields that requests and answers share, with the schema that documents them."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from django.utils.translation import gettext as _
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from regulars.kernel.fields import EXTERNAL_ID, check_external_id

AMOUNT: Final = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,18})?", re.ASCII)
DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
YEAR_FIRST: Final = 1800
YEAR_LAST: Final = 2400


class In(BaseModel):
    """A JSON object in a request: unknown fields are refused, nothing is converted from another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Filters(BaseModel):
    """Filters of a list, as fields of the query string; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Out(BaseModel):
    """A JSON object in an answer; documents what a `present` function writes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def refused_value(code: str, detail: str) -> PydanticCustomError:
    """What a validator of a field raises: a stable code with a translated sentence."""
    # pydantic formats the message again, so braces of the sender must not reach it.
    return PydanticCustomError(code, "{detail}", {"detail": detail})


def _read_amount(value: Any) -> str:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        value = format(Decimal(value), "f")
    if isinstance(value, str) and AMOUNT.fullmatch(value):
        return value
    raise refused_value("not_a_number", _('A decimal number is wanted, as a string or a number: "12.50".'))


def _whole(value: Any) -> Any:
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value


def _read_time(value: Any) -> datetime:
    try:
        at = (
            datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 40 and "T" in value[:11] else None
        )
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not YEAR_FIRST <= at.year <= YEAR_LAST:
        raise refused_value("invalid_time", _("A time with its zone is wanted (RFC 3339): 2026-11-22T09:30:00+01:00."))
    return at


def _read_date(value: Any) -> date:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and DATE.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None or not YEAR_FIRST <= day.year <= YEAR_LAST:
        raise refused_value("invalid_date", _("A date is wanted: 2026-11-22."))
    return day


def _read_external_id(value: Any) -> str:
    if isinstance(value, str):
        for problem in check_external_id(value, ""):
            raise refused_value(problem.code, _(problem.detail))
        return value
    raise refused_value("wrong_type", _("A text is wanted."))


def _read_flag(value: Any) -> bool:
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise refused_value("wrong_type", _("true or false is wanted."))


AMOUNT_SCHEMA: Final = {
    "anyOf": [
        {"type": "string", "pattern": f"^{AMOUNT.pattern}$"},
        {"type": "number", "minimum": -1e15, "maximum": 1e15},
    ],
    "description": "A decimal, as a string or a JSON number; read exactly.",
    "examples": ["-5.00"],
}
AmountIn = Annotated[str, PlainValidator(_read_amount), WithJsonSchema(AMOUNT_SCHEMA)]
"""An amount as it was sent; the balance type says how many decimals it may have (`kernel.amount.parse_amount`)."""

AmountOut = Annotated[
    str, WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["12.50"]})
]
WholeIn = Annotated[int, BeforeValidator(_whole), Field(strict=True)]
TIME_SCHEMA: Final = {"type": "string", "format": "date-time", "examples": ["2026-11-22T09:30:00Z"]}
TimeIn = Annotated[datetime, PlainValidator(_read_time), WithJsonSchema(TIME_SCHEMA)]
TimeOut = Annotated[str, WithJsonSchema(TIME_SCHEMA)]
DATE_SCHEMA: Final = {"type": "string", "format": "date", "examples": ["1990-05-17"]}
DateIn = Annotated[date, PlainValidator(_read_date), WithJsonSchema(DATE_SCHEMA)]
DateOut = Annotated[str, WithJsonSchema(DATE_SCHEMA)]
Flag = Annotated[bool, PlainValidator(_read_flag), WithJsonSchema({"type": "boolean"})]
"""Yes or no in a query string: `true` or `false`, nothing else."""

ReasonIn = Annotated[str, Field(min_length=1, max_length=500, examples=["Goodwill after a long wait"])]
LongTextIn = Annotated[str, Field(max_length=4000)]
ShortTextIn = Annotated[str, Field(max_length=200)]
PhoneIn = Annotated[str, Field(max_length=60, examples=["+49 151 23456789"])]
EmailIn = Annotated[str, Field(max_length=254, examples=["anna@example.com"])]
ReferenceIn = Annotated[
    str,
    Field(max_length=140, examples=["ext:coffee-card"], description="An id, or `ext:` and the external id."),
]
EXTERNAL_ID_SCHEMA: Final = {"type": "string", "pattern": f"^{EXTERNAL_ID.pattern}$", "examples": ["till-7.0042"]}
ExternalIdIn = Annotated[str, PlainValidator(_read_external_id), WithJsonSchema(EXTERNAL_ID_SCHEMA)]
