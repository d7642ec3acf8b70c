"""How a column writes decimals and dates, decided once for the whole column.

A cell that admits one reading is evidence; cells that admit two are none. Where evidence is missing and it matters,
the file's country decides, and where no country is known, the user is asked.
"""

from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from regulars.imports.rules.amounts import DecimalSign
from regulars.imports.rules.dates import DateOrder

Certainty = Literal["cells", "country", "unknown"]

_POINT_COUNTRIES: Final = frozenset(
    ["US", "GB", "IE", "IN", "CN", "JP", "KR", "AU", "NZ", "IL", "MX", "TH", "MY", "SG", "PH", "HK", "TW", "PK", "BD", "LK", "NP", "KE", "NG", "GH", "TZ", "UG", "ZW", "EG", "SA", "AE", "QA", "KW", "JO", "LB", "IQ", "MT", "GT", "HN", "SV", "NI", "PA", "DO", "PR", "JM", "TT", "BZ", "CH", "LI"]
)  # fmt: skip
_MONTH_FIRST: Final = frozenset(("US", "PH", "PR", "GU"))
_YEAR_FIRST: Final = frozenset(("CN", "JP", "KR", "HU", "LT", "SE", "TW", "MN"))
_SPACES: Final = r"[\s\u00a0\u202f\u2009'’]"
_NUMERIC: Final = r"^[^\d]{0,6}[\d.,]*\d[^\d]{0,8}$"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Counts of cells by the reading they admit; add those of slices together."""

    first: int = 0
    second: int = 0
    either: int = 0

    def __add__(self, other: "Evidence") -> "Evidence":
        return Evidence(self.first + other.first, self.second + other.second, self.either + other.either)


@dataclass(frozen=True, slots=True)
class DecimalChoice:
    """The decimal sign of a column and what decided it; `unknown` must be asked."""

    sign: DecimalSign
    certainty: Certainty
    is_mixed: bool = False


@dataclass(frozen=True, slots=True)
class OrderChoice:
    """The order of day, month and year in a column and what decided it; `unknown` must be asked."""

    order: DateOrder
    certainty: Certainty
    is_mixed: bool = False


def weigh_decimals(texts: pl.Series) -> Evidence:
    """Count text cells that only a decimal point (first), only a decimal comma (second), or either can explain."""
    frame = pl.DataFrame({"t": texts}).filter(pl.col("t").str.contains("[.,]"))
    cleaned = pl.col("t").str.replace_all(_SPACES, "")
    frame = frame.select(cleaned.alias("t")).filter(pl.col("t").str.contains(_NUMERIC))
    body = pl.col("t").str.extract(r"(\d[\d.,]*\d|[.,]\d+|\d)", 1)
    frame = frame.select(body.alias("t"))
    t = pl.col("t")
    point = (
        t.str.contains(r"^\d*\.(\d{1,2}|\d{4,})$") | t.str.contains(r"^\d{4,}\.\d{3}$") | t.str.contains(r"^0\.\d{3}$")
        | t.str.contains(r"^\.\d+$") | t.str.contains(r",\d{2,3}\.\d*$") | t.str.contains(r",\d{3},\d{3}$") | t.str.contains(r",\d{2},\d{3}$")
    )  # fmt: skip
    comma = (
        t.str.contains(r"^\d*,(\d{1,2}|\d{4,})$") | t.str.contains(r"^\d{4,},\d{3}$") | t.str.contains(r"^0,\d{3}$")
        | t.str.contains(r"^,\d+$") | t.str.contains(r"\.\d{3},\d*$") | t.str.contains(r"\.\d{3}\.\d{3}$")
    )  # fmt: skip
    either = t.str.contains(r"^[1-9]\d{0,2}[.,]\d{3}$")
    counted = frame.select(point.sum().alias("p"), comma.sum().alias("c"), either.sum().alias("e")).row(0)
    return Evidence(int(counted[0] or 0), int(counted[1] or 0), int(counted[2] or 0))


def weigh_dates(texts: pl.Series) -> Evidence:
    """Count text cells that only day first (first), only month first (second), or either can explain."""
    parts = pl.col("t").str.extract_groups(r"^\s*(\d{1,2})([-./ ])(\d{1,2})[-./ ](?:\d{4}|\d{2})\b")
    frame = pl.DataFrame({"t": texts}).select(parts.alias("g")).unnest("g").drop_nulls()
    if frame.is_empty():
        return Evidence()
    one, sign, two = (pl.col(name) for name in frame.columns)
    a, b = one.cast(pl.Int32, strict=False), two.cast(pl.Int32, strict=False)
    day_first = ((a > 12) & (b <= 12) & (a <= 31)) | (sign == ".")
    month_first = (a <= 12) & (b > 12) & (b <= 31) & (sign != ".")
    either = (a <= 12) & (b <= 12) & (a != b) & (sign != ".")
    counted = frame.select(day_first.sum().alias("d"), month_first.sum().alias("m"), either.sum().alias("e")).row(0)
    return Evidence(int(counted[0]), int(counted[1]), int(counted[2]))


def choose_decimal(evidence: Evidence, *, country: str | None, chosen: DecimalSign | None = None) -> DecimalChoice:
    """Decide a column's decimal sign; what the user chose stands."""
    if chosen is not None:
        return DecimalChoice(chosen, "cells")
    if evidence.first != evidence.second:
        return DecimalChoice(
            "." if evidence.first > evidence.second else ",", "cells", bool(evidence.first and evidence.second)
        )
    is_mixed = evidence.first > 0
    if country is not None:
        return DecimalChoice("." if country in _POINT_COUNTRIES else ",", "country", is_mixed)
    return DecimalChoice(".", "unknown" if evidence.either or is_mixed else "cells", is_mixed)


def choose_order(evidence: Evidence, *, country: str | None, chosen: DateOrder | None = None) -> OrderChoice:
    """Decide a column's date order; what the user chose stands."""
    if chosen is not None:
        return OrderChoice(chosen, "cells")
    if evidence.first != evidence.second:
        return OrderChoice(
            "dmy" if evidence.first > evidence.second else "mdy", "cells", bool(evidence.first and evidence.second)
        )
    is_mixed = evidence.first > 0
    if country is not None:
        order: DateOrder = "mdy" if country in _MONTH_FIRST else "ymd" if country in _YEAR_FIRST else "dmy"
        return OrderChoice(order, "country", is_mixed)
    return OrderChoice("dmy", "unknown" if evidence.either or is_mixed else "cells", is_mixed)
