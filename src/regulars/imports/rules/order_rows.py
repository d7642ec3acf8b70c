"""Columns that only orders have, read whole: numbers, moments, currencies, states, and what money cannot be."""

from typing import Any, Final

import polars as pl

from regulars.imports.reading import cells
from regulars.imports.rules import columns as vector
from regulars.imports.rules import moments as when
from regulars.imports.rules import order_cells
from regulars.imports.rules.plan import ColumnPlan, ReadingPlan
from regulars.imports.rules.targets import ORDER_MONEY

ORDER_FIELDS: Final[dict[str, Any]] = {
    "order": pl.String, "at": pl.Datetime("us", "UTC"), "state": pl.String, "total": pl.Int64, "discount": pl.Int64, "shipping": pl.Int64,
    "tips": pl.Int64, "refunded": pl.Int64, "place": pl.String, "channel": pl.String, "seller": pl.String, "sku": pl.String,
    "product": pl.String, "category": pl.String, "quantity": pl.Int64, "price": pl.Int64, "line_discount": pl.Int64, "line_total": pl.Int64,
}  # fmt: skip
"""What a row of orders has beside: an order may have several, one for each line."""

_ORDER_CODES: Final = {"too_many_decimals": "money_too_exact", "out_of_range": "money_too_large"}
_SIGNLESS: Final = frozenset(("discount", "line_discount", "refunded"))
"""What systems write with a minus or without: how much less it is."""
_CLOCK: Final = r"(?i)(\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?: ?[ap]\.?m\.?)?)"


def read_order_field(
    column: ColumnPlan, texts: pl.Series, letters: pl.Series, plan: ReadingPlan
) -> tuple[pl.Series, pl.Series]:
    """The values and problems of a column that only orders have."""
    shop = plan.shop
    assert shop is not None
    match column.target.reads:
        case "moment":
            return vector.other_column(
                texts,
                letters,
                dtype=ORDER_FIELDS["at"],
                read_cell=lambda text, letter: when.read_moment(
                    text, letter, order=column.order, zone=shop.zone, now=shop.now
                ),
            )
        case "currency":
            return vector.other_column(
                texts,
                letters,
                dtype=pl.String,
                read_cell=lambda text, letter: order_cells.read_currency(text, letter, home=shop.currency),
            )
        case "state":
            return vector.other_column(texts, letters, dtype=pl.String, read_cell=order_cells.read_state)
        case _:
            return vector.other_column(texts, letters, dtype=pl.String, read_cell=order_cells.read_order_number)


def with_clock(texts: pl.Series, letters: pl.Series, clock: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Days with the time of day that stands in a column of its own."""
    frame = pl.DataFrame({"t": texts, "l": letters, "c": clock}).with_columns(
        pl.col("t").str.replace(r"[T ]00:00(?::00)?$", ""),
        pl.coalesce(pl.col("c").str.extract(_CLOCK, 1), pl.col("c").str.strip_chars()).alias("c"),
    )
    has_both = (pl.col("c") != "") & (pl.col("l") != cells.BLANK)
    joined = frame.select(
        pl.when(has_both).then(pl.col("t") + " " + pl.col("c")).otherwise("t").alias("t"),
        pl.when(has_both & (pl.col("l") == cells.DATE)).then(pl.lit(cells.TEXT)).otherwise("l").alias("l"),
    )
    return joined["t"], joined["l"]


def sensible_of_order(column: ColumnPlan, values: pl.Series, codes: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Money is not below zero and a quantity above it; a discount may be written with a minus."""
    key = column.target.key
    if key not in ORDER_MONEY and key != "quantity":
        return values, codes
    if key in _SIGNLESS:
        values = values.abs()
    frame = pl.DataFrame({"v": values, "c": codes})
    is_wrong = (pl.col("v") <= 0 if key == "quantity" else pl.col("v") < 0).fill_null(False)
    code = "quantity_not_positive" if key == "quantity" else "money_below_zero"
    kept = frame.select(
        pl.when(is_wrong).then(None).otherwise(pl.col("v")).alias("v"),
        pl.when(is_wrong).then(pl.lit(code)).otherwise(pl.col("c").replace(_ORDER_CODES)).alias("c"),
    )
    return kept["v"], kept["c"]
