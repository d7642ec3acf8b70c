"""Columns of a file read whole: the usual spellings by expression, the rest text by text.

Every function here gives exactly what the function of the same field gives cell by cell; a property test holds them
together.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

import polars as pl

from regulars.imports.reading import cells
from regulars.imports.rules import amounts, dates, people, phones
from regulars.imports.rules.clean import Reading
from regulars.imports.rules.phone_columns import read_plain_phones

ReadCell = Callable[[str, str], Reading[Any]]

_PLAIN_LETTERS: Final = (cells.TEXT, cells.NUMBER)
_WHITE: Final = r"^[\s\u00a0]*$"
_AMOUNT_DIGITS_MAX: Final = 12


def read_column(
    texts: pl.Series, letters: pl.Series, *, usual: pl.Series | None, dtype: Any, read_cell: ReadCell
) -> tuple[pl.Series, pl.Series]:
    """The column's values and problem codes: `usual` where it has a value, else `read_cell` once per distinct cell."""
    frame = pl.DataFrame({"t": texts, "l": letters}).with_row_index("i")
    is_blank = pl.col("l") == cells.BLANK
    if usual is None:
        usual = pl.Series([None], dtype=dtype).new_from_index(0, len(texts))
    open_rows = frame.filter(~is_blank & usual.is_null())
    if open_rows.is_empty():
        return usual.alias("value"), pl.Series("code", [None], dtype=pl.String).new_from_index(0, len(texts))
    distinct = open_rows.select("t", "l").unique()
    readings = [read_cell(text, letter) for text, letter in distinct.iter_rows()]
    answers = distinct.with_columns(
        pl.Series("v", [reading.value for reading in readings], dtype=dtype),
        pl.Series("code", [reading.code for reading in readings], dtype=pl.String),
    )
    joined = open_rows.join(answers, on=["t", "l"], how="left").select("i", "v", "code")
    whole = frame.select("i").join(joined, on="i", how="left", maintain_order="left")
    return usual.fill_null(whole["v"]).alias("value"), whole["code"].alias("code")


def phone_column(texts: pl.Series, letters: pl.Series, *, country: str) -> tuple[pl.Series, pl.Series]:
    """Phones in E.164; see `phones.read_phone`."""
    plain = _only(texts, letters.is_in(_PLAIN_LETTERS))
    usual = read_plain_phones(plain, country=country)
    return read_column(
        texts,
        letters,
        usual=usual,
        dtype=pl.String,
        read_cell=lambda text, letter: phones.read_phone(text, letter, country=country),
    )


def amount_column(
    texts: pl.Series,
    letters: pl.Series,
    *,
    decimals: int,
    sign: amounts.DecimalSign,
    conversion: amounts.Conversion | None,
) -> tuple[pl.Series, pl.Series]:
    """Amounts in smallest units; see `amounts.read_amount`."""
    usual = None
    if conversion is None:
        frame = pl.DataFrame({"t": texts, "l": letters})
        text_sign = r"\." if sign == "." else ","
        parts = (
            pl.when(pl.col("l") == cells.NUMBER).then(pl.col("t").str.extract_groups(_amount_pattern(r"\.", decimals)))
            .when(pl.col("l") == cells.TEXT).then(pl.col("t").str.extract_groups(_amount_pattern(text_sign, decimals)))
        )  # fmt: skip
        fields = frame.select(parts.alias("g")).unnest("g")
        minus, whole, fraction = (pl.col(name) for name in fields.columns)
        units = whole.cast(pl.Int64, strict=False) * 10**decimals
        if decimals:
            units = units + fraction.fill_null("").str.pad_end(decimals, "0").cast(pl.Int64, strict=False)
        usual = fields.select(pl.when(minus == "-").then(-units).otherwise(units).alias("v"))["v"]
    return read_column(
        texts,
        letters,
        usual=usual,
        dtype=pl.Int64,
        read_cell=lambda text, letter: amounts.read_amount(
            text, letter, decimals=decimals, sign=sign, conversion=conversion
        ),
    )


def _amount_pattern(sign: str, decimals: int) -> str:
    """Plain numbers that need no thought: an optional minus, at most 12 digits, no more decimals than there may be."""
    fraction = rf"(?:{sign}(\d{{1,{decimals}}})0*)?" if decimals else r"()"
    return rf"^(-?)(\d{{1,{_AMOUNT_DIGITS_MAX}}}){fraction}$"


def date_column(
    texts: pl.Series, letters: pl.Series, *, order: dates.DateOrder, today: dt.date, is_birthday: bool
) -> tuple[pl.Series, pl.Series]:
    """Days; see `dates.read_date` and `dates.read_birthday`."""
    iso = pl.DataFrame({"t": _only(texts, letters.is_in((*_PLAIN_LETTERS, cells.DATE)))}).select(
        pl.col("t").str.extract(r"^((?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8]))(?: \d\d:\d\d:\d\d)?$", 1)
        .str.to_date("%Y-%m-%d", strict=False).alias("v")
    )["v"]  # fmt: skip

    def read_cell(text: str, letter: str) -> Reading[dt.date]:
        if is_birthday:
            return dates.read_birthday(text, letter, order=order, today=today)
        return dates.read_date(text, letter, order=order, this_year=today.year)

    usual = iso.set(iso > today, None) if is_birthday else iso
    return read_column(texts, letters, usual=usual, dtype=pl.Date, read_cell=read_cell)


def number_column(texts: pl.Series, letters: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Card numbers as shown; see `people.read_number`."""
    usual = _only(texts, letters.is_in(_PLAIN_LETTERS) & texts.str.contains(r"^(?:[A-Za-z0-9]{2}[A-Za-z0-9-]{0,29}[A-Za-z0-9])$")
                  & ~texts.str.contains(r"^\d+[eE]") & ~texts.str.contains(r"(?i)^(?:null|none|n-a|nan|undefined|keine|aucun)$"))  # fmt: skip
    return read_column(texts, letters, usual=usual, dtype=pl.String, read_cell=people.read_number)


def email_column(texts: pl.Series, letters: pl.Series) -> tuple[pl.Series, pl.Series]:
    """E-mail addresses in lower case; see `people.read_email`."""
    usual = _only(texts, (letters == cells.TEXT) & texts.str.contains(r"^[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9]{1,30}\.){1,3}[a-z]{2,10}$")
                  & (texts.str.len_chars() < 64))  # fmt: skip
    return read_column(texts, letters, usual=usual, dtype=pl.String, read_cell=people.read_email)


def text_column(texts: pl.Series, letters: pl.Series, *, characters_max: int) -> tuple[pl.Series, pl.Series]:
    """Free text on one line; see `people.read_text`."""
    usual = _only(texts, (letters == cells.TEXT) & (texts.str.len_chars() <= min(characters_max, 150))
                  & texts.str.contains(r"^[\p{L}\p{M}\d]+(?:[ .,'-][\p{L}\p{M}\d]+)*$"))  # fmt: skip
    return read_column(
        texts,
        letters,
        usual=usual,
        dtype=pl.String,
        read_cell=lambda text, letter: people.read_text(text, letter, characters_max=characters_max),
    )


def other_column(
    texts: pl.Series, letters: pl.Series, *, dtype: Any, read_cell: ReadCell
) -> tuple[pl.Series, pl.Series]:
    """A column of few distinct values, text by text."""
    return read_column(texts, letters, usual=None, dtype=dtype, read_cell=read_cell)


def is_blank(texts: pl.Series, letters: pl.Series) -> pl.Series:
    """Whether each cell holds nothing, or only white space."""
    return (letters == cells.BLANK) | (texts.str.contains(_WHITE) & ~letters.is_in((cells.NO_VALUE,)))


def _only(texts: pl.Series, mask: pl.Series) -> pl.Series:
    return pl.DataFrame({"t": texts, "m": mask}).select(pl.when(pl.col("m")).then(pl.col("t")).alias("t"))["t"]
