"""Putting parsed rows into the staging table by COPY."""

from typing import Any, Final

import polars as pl
from django.db import connection

from regulars.imports.queries.tables import Staging
from regulars.imports.rules.code_cells import CODE_FIELDS, CODE_KINDS
from regulars.imports.rules.order_rows import ORDER_FIELDS
from regulars.imports.rules.plan import ReadingPlan
from regulars.kernel.codes import code_key
from regulars.kernel.text import email_key, search_form

COLUMNS: Final = (
    '"row"', "letters", "cells", "skip", "issues", "phone", "number", "number_key", "email", "email_key", "name",
    "search_name", "language", "notes", "external_id", "birthday", "tags", "consent", "custom", "version", "amounts",
    "expires", "issued", "sold", "paid", "visits", "first_visit", "last_visit", "phones",
)  # fmt: skip
ORDER_COLUMNS: Final = (
    "order_key", "ordered_at", "order_state", "total", "discount", "shipping", "tips", "refunded", "place", "channel", "seller", "sku",
    "product", "category", "quantity", "price", "line_discount", "line_total",
)  # fmt: skip
"""What a row of orders has beside, in the order of `rules.order_rows.ORDER_FIELDS`."""
CODE_COLUMNS: Final = ("code", "code_state", "valid_until", "uses", "left_value", "value", "gift_type", "code_key")
"""What a row of codes or gift cards has beside, in the order of `rules.code_cells.CODE_FIELDS`."""
_COPY: Final = "FROM STDIN (FORMAT csv, NULL '\\N')"


def stage_rows(tables: Staging, frame: pl.DataFrame, plan: ReadingPlan) -> None:
    """Copy parsed rows (imports.rules.rows) into the staging table."""
    copy_staged(tables, staged_text(frame, plan), plan)


def copy_staged(tables: Staging, text: bytes, plan: ReadingPlan) -> None:
    """COPY what `staged_text` wrote into the staging table, which has no policies."""
    more = ORDER_COLUMNS if plan.kind == "orders" else CODE_COLUMNS if plan.kind in CODE_KINDS else ()
    columns = ", ".join((*COLUMNS, *more))
    with connection.cursor() as cursor, cursor.copy(f"COPY {tables.rows} ({columns}) {_COPY}") as copy:
        copy.write(text)


def staged_text(frame: pl.DataFrame, plan: ReadingPlan) -> bytes:
    """Parsed rows as COPY reads them."""
    staged = staged_frame(frame, plan)
    return staged.write_csv(include_header=False, null_value="\\N", quote_style="non_numeric").encode()


def staged_frame(frame: pl.DataFrame, plan: ReadingPlan) -> pl.DataFrame:
    """The columns of the staging table, in its order, from a parsed slice."""
    amounts = [pl.col(f"amount:{balance.external_id}") for balance in plan.balances]
    customs = [name for name in frame.columns if name.startswith("custom:")]
    return frame.select(
        pl.col("row"),
        pl.col("letters"),
        text_array("cells"),
        pl.col("skip"),
        text_array("issues"),
        pl.col("phone"),
        pl.col("number"),
        pl.col("number_key"),
        pl.col("email"),
        _mapped("email", email_key).alias("email_key"),
        pl.col("name"),
        _mapped("name", search_form).alias("search_name"),
        pl.col("language"),
        pl.col("notes"),
        pl.col("external_id"),
        pl.col("birthday").cast(pl.String),
        text_array("tags"),
        pl.col("consent"),
        _custom(customs).alias("custom"),
        pl.col("version"),
        _numbers(amounts).alias("amounts"),
        *(pl.col(name).cast(pl.String) for name in ("expires", "issued")),
        *(pl.col(name) for name in ("sold", "paid", "visits")),
        *(pl.col(name).cast(pl.String) for name in ("first_visit", "last_visit")),
        text_array("phones"),
        *(_order_columns() if plan.kind == "orders" else _code_columns() if plan.kind in CODE_KINDS else ()),
    )


def _order_columns() -> list[pl.Expr]:
    moment = pl.col("at").dt.to_string("%Y-%m-%d %H:%M:%S%.6f+00").alias("ordered_at")
    return [moment if name == "at" else pl.col(name) for name in ORDER_FIELDS]


def _code_columns() -> list[pl.Expr]:
    until = pl.col("valid_until").dt.to_string("%Y-%m-%d %H:%M:%S%.6f+00")
    fields = [until if name == "valid_until" else pl.col(name) for name in CODE_FIELDS]
    return [*fields, _mapped("code", code_key).alias("code_key")]


def text_array(name: str) -> pl.Expr:
    """A list of texts as PostgreSQL writes an array: every element quoted."""
    element = pl.element().str.replace_all(r'([\\"])', r"\$1")
    quoted = pl.col(name).list.eval(pl.lit('"') + element + pl.lit('"'))
    literal = pl.lit("{") + quoted.list.join(",") + pl.lit("}")
    return pl.when(pl.col(name).is_null()).then(None).otherwise(literal).alias(name)


def _numbers(parts: list[pl.Expr]) -> pl.Expr:
    if not parts:
        return pl.lit("{}")
    texts = [part.cast(pl.String).fill_null("NULL") for part in parts]
    return pl.lit("{") + pl.concat_str(texts, separator=",") + pl.lit("}")


def _mapped(name: str, change: Any) -> pl.Expr:
    return pl.col(name).map_elements(change, return_dtype=pl.String, skip_nulls=True)


def _custom(names: list[str]) -> pl.Expr:
    if not names:
        return pl.lit(None, dtype=pl.String)
    fields = [pl.col(name).alias(name.removeprefix("custom:")) for name in names]
    any_value = pl.any_horizontal([pl.col(name).is_not_null() for name in names])
    return pl.when(any_value).then(pl.struct(fields).struct.json_encode())
