"""How values are written on the wire: compact JSON, RFC 3339 times, nothing through a float."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson


def to_json(value: Any) -> str:
    """Write a value as JSON; raises TypeError for a kind that has no agreed form on the wire."""
    return orjson.dumps(value, default=_other, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()


def rfc3339(at: datetime) -> str:
    """A time with its zone, in UTC, to the microsecond where there are any: 2026-11-22T03:15:00Z."""
    # The two moments of an hour that a clock shows twice are equal in Python, and not the same.
    return _rfc3339(at, at.fold)


@lru_cache(maxsize=1024)
def _rfc3339(at: datetime, _fold: int) -> str:
    assert at.tzinfo is not None
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _other(value: object) -> str:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} has no form on the wire")
