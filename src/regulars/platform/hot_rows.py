"""Rows as the columns of one `unnest`: the form that costs PostgreSQL least to read, and us least to write."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from regulars.platform.hot_wire import Texts, array_text

NO_ITEMS: Final = "{}"


class Columns:
    """The columns of rows that a statement inserts, each a value of its own: `name_column`.

    `kinds` is what stands behind a table function's alias: `id uuid, money bigint`. JSON and arrays travel as `text`, and the
    statement casts them.
    """

    __slots__ = ("_texts", "_values", "sql")

    def __init__(self, name: str, kinds: str) -> None:
        columns = [one.split() for one in kinds.split(",")]
        self._values = tuple(f"{name}_{column}" for column, _ in columns)
        self._texts = tuple(kind == "text" for _, kind in columns)
        arrays = ", ".join(f"%({value})s::{kind}[]" for value, (_, kind) in zip(self._values, columns, strict=True))
        self.sql = f"unnest({arrays}) AS {name} ({', '.join(column for column, _ in columns)})"

    def values(self, rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
        """The values of the statement for these rows, one or more."""
        return {
            name: Texts(column) if is_text else list(column)
            for name, is_text, column in zip(self._values, self._texts, zip(*rows, strict=True), strict=True)
        }


def texts_item(texts: Iterable[str]) -> str:
    """An array of texts as one text."""
    listed = list(texts)
    return array_text(listed) if listed else NO_ITEMS


def ids_item(ids: Iterable[UUID]) -> str:
    """An array of ids as one text."""
    return f"{{{','.join(map(str, ids))}}}"
