"""Reads of printers' lists: how far one is, what is in it, which rows cannot become cards (CRD-10)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.cards.models import BulkIssue, NumberList
from regulars.cards.rules.number_lists import ListColumn
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import rows

KINDS: Final = {"problem": "problem <> ''", "warning": "problem = '' AND warning <> ''", "good": "problem = ''"}
OPEN_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class NumberListView:
    """A printer's list: reading, checked, failed (with its refusal), or used for a batch."""

    id: UUID
    card_type_id: UUID
    card_type_name: str
    state: str
    file_name: str
    column: int | None
    columns: tuple[ListColumn, ...]
    rows: int
    good: int
    counts: Mapping[str, int] = field(default_factory=dict)
    """How many rows have each problem and each warning, by code."""
    refusal: Mapping[str, Any] | None = None
    created_at: datetime | None = None

    @property
    def public_id(self) -> str:
        """The id in addresses."""
        return encode("nls", self.id)

    @property
    def bad(self) -> int:
        """How many rows cannot become cards."""
        return self.rows - self.good


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row of a list with what is wrong or odd about it."""

    row: int
    cell: str
    number: str
    problem: str
    warning: str
    first_row: int


def view_number_list(one: NumberList, card_type_name: str) -> NumberListView:
    """The value of a row."""
    columns = one.reading.get("columns", [])
    return NumberListView(
        id=one.id,
        card_type_id=one.card_type_id,
        card_type_name=card_type_name,
        state=one.state,
        file_name=one.file_name,
        column=one.number_column,
        columns=tuple(ListColumn(found["header"], tuple(found["samples"])) for found in columns),
        rows=one.rows,
        good=one.good,
        counts=one.reading.get("counts", {}),
        refusal=one.refusal,
        created_at=one.created_at,
    )


def access_number_list(actor: Actor, identifier: str) -> NumberListView:
    """The list with this id (`nls_…`). Refuses: Forbidden, NotFound."""
    actor.require("cards:write")
    list_id = decode("nls", identifier)
    found = NumberList.objects.filter(chain_id=actor.chain_id).select_related("card_type")
    one = found.filter(id=list_id).first() if list_id else None
    if one is None:
        raise Refused(NotFound())
    return view_number_list(one, one.card_type.name)


def list_open_number_lists(actor: Actor) -> list[NumberListView]:
    """The newest lists of which no cards were made yet."""
    actor.require("cards:read")
    found = NumberList.objects.filter(chain_id=actor.chain_id).exclude(state="used").select_related("card_type")
    return [view_number_list(one, one.card_type.name) for one in found.order_by("-id")[:OPEN_MAX]]


def find_list_of_batch(actor: Actor, batch_id: UUID) -> NumberListView | None:
    """The list that a batch was made of."""
    actor.require("cards:read")
    found = BulkIssue.objects.filter(chain_id=actor.chain_id, id=batch_id).select_related("number_list__card_type")
    one = found.first()
    source = one.number_list if one else None
    return view_number_list(source, source.card_type.name) if source else None


def find_batch_of_list(actor: Actor, list_id: UUID) -> str | None:
    """The id (`blk_…`) of the batch that was made of a list."""
    found = BulkIssue.objects.filter(chain_id=actor.chain_id, number_list_id=list_id).values_list("id", flat=True)
    batch_id = found.first()
    return encode("blk", batch_id) if batch_id else None


def list_listed(
    actor: Actor, list_id: UUID, *, kind: str, after: int = 0, limit: int = 50
) -> tuple[list[ListedRow], int | None]:
    """Rows of a list in the file's order, by kind (a key of KINDS), and after which row the next page goes on."""
    actor.require("cards:read")
    found = rows(
        "SELECT row, cell, number, problem, warning, first_row FROM listed_numbers"
        f" WHERE chain_id = %(chain)s AND number_list_id = %(list)s AND row > %(after)s AND {KINDS[kind]}"
        " ORDER BY row LIMIT %(limit)s",
        {"chain": actor.chain_id, "list": list_id, "after": after, "limit": limit + 1},
    )
    shown = [ListedRow(*values) for values in found[:limit]]
    return shown, shown[-1].row if len(found) > limit else None
