"""The list of a printer on its way to blank cards: kept, checked against the numbers that are taken, left (CRD-10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from regulars.cards.actions.bulk import Defer
from regulars.cards.actions.issue import refuse_unfit
from regulars.cards.errors import NumberListNotReady
from regulars.cards.models import BulkIssue, NumberList
from regulars.cards.queries.number_lists import NumberListView, view_number_list
from regulars.cards.queries.types import access_card_type
from regulars.cards.rules.number_lists import ListColumn, Listed, check_list
from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import execute, rows, unit_of_work

KEPT: Final = timedelta(days=90)
INSERT_AT_ONCE: Final = 10_000
NAME_KEPT: Final = 200
UNMADE: Final = ("waiting", "running")


@dataclass(frozen=True, slots=True)
class ListCommand:
    """A file that lies on the disk under this id, and of which type its cards will be."""

    id: UUID
    file_name: str
    card_type: str
    location_id: UUID | None = None


def begin_number_list(actor: Actor, command: ListCommand, *, now: datetime, defer: Defer) -> NumberListView:
    """Begin to read a list in the background; nothing is made of it before somebody says so.

    Refuses: Forbidden, NotFound, Invalid, ProgramNotActive, CardTypeArchived, NotValidHere.
    """
    actor.require("cards:write")
    with unit_of_work(actor.chain_id):
        card_type = access_card_type(actor, command.card_type)
        refuse_unfit(actor, card_type, location_id=command.location_id)
        one = NumberList.objects.create(
            id=command.id,
            chain_id=actor.chain_id,
            card_type_id=card_type.id,
            location_id=command.location_id,
            file_name=command.file_name[:NAME_KEPT],
            created_by=actor.staff_id,
            created_at=now,
        )
        defer(actor.chain_id, one.id)
        return view_number_list(one, card_type.name)


def choose_number_column(actor: Actor, identifier: str, column: int, *, defer: Defer) -> NumberListView:
    """Read the list once more, with another column as the number. Refuses: Forbidden, NotFound, NumberListNotReady."""
    with unit_of_work(actor.chain_id):
        one = _lock(actor, identifier)
        if one.state not in ("checked", "failed") or not 0 <= column < len(one.reading.get("columns", [])):
            raise Refused(NumberListNotReady())
        one.state, one.number_column, one.refusal = "reading", column, None
        one.save()
        defer(actor.chain_id, one.id)
        return view_number_list(one, one.card_type.name)


def discard_number_list(actor: Actor, identifier: str) -> UUID:
    """Leave a list of which no cards were made; its rows go at once. Refuses: Forbidden, NotFound, NumberListNotReady."""
    with unit_of_work(actor.chain_id):
        one = _lock(actor, identifier)
        if one.state == "used":
            raise Refused(NumberListNotReady())
        _drop_rows(actor.chain_id, one.id)
        list_id = one.id
        one.delete()
        return list_id


def find_list_work(chain_id: UUID, list_id: UUID) -> tuple[bool, int | None]:
    """Whether a list waits to be read, and the column that was chosen for its numbers."""
    with unit_of_work(chain_id):
        one = NumberList.objects.filter(chain_id=chain_id, id=list_id, state="reading").first()
    return one is not None, one.number_column if one else None


def keep_numbers(
    chain_id: UUID,
    list_id: UUID,
    listed: Sequence[Listed],
    *,
    column: int,
    columns: Sequence[ListColumn],
) -> None:
    """Keep the rows of a list that waits for them, each with what is wrong: in one transaction, so a kill loses nothing."""
    checked = check_list(listed)
    with unit_of_work(chain_id):
        one = NumberList.objects.select_for_update(no_key=True).filter(chain_id=chain_id, id=list_id).first()
        if one is None or one.state != "reading":
            return
        _drop_rows(chain_id, list_id)
        for start in range(0, len(checked), INSERT_AT_ONCE):
            _insert(chain_id, list_id, checked[start : start + INSERT_AT_ONCE])
        execute(MARK_TAKEN, {"chain": chain_id, "list": list_id})
        counts = {code: count for code, count in rows(COUNT, {"chain": chain_id, "list": list_id}) if code}
        one.rows = len(checked)
        one.good = one.rows - sum(count for code, count in counts.items() if not code.startswith("warning:"))
        one.reading = {
            "columns": [{"header": one.header, "samples": list(one.samples)} for one in columns],
            "counts": counts,
        }
        one.state, one.number_column = "checked", column
        one.save()


def fail_number_list(chain_id: UUID, list_id: UUID, refusal: Mapping[str, Any]) -> None:
    """Say why a list cannot be read."""
    with unit_of_work(chain_id):
        end_unread(chain_id, list_id, refusal)


def end_unread(chain_id: UUID, list_id: UUID, refusal: Mapping[str, Any]) -> None:
    """The same inside a transaction."""
    _drop_rows(chain_id, list_id)
    NumberList.objects.filter(chain_id=chain_id, id=list_id, state="reading").update(
        state="failed", refusal=dict(refusal), rows=0, good=0
    )


def forget_number_lists(chain_id: UUID, now: datetime) -> list[UUID]:
    """Drop lists older than KEPT of which nothing is being made; which were dropped.

    One that cards were made of stays without its rows, for its batch names it.
    """
    with unit_of_work(chain_id):
        old = NumberList.objects.filter(chain_id=chain_id, created_at__lt=now - KEPT).exclude(rows=0, state="used")
        busy = BulkIssue.objects.filter(chain_id=chain_id, number_list__isnull=False, state__in=UNMADE)
        gone = list(old.exclude(id__in=busy.values("number_list_id")).values_list("id", flat=True))
        for list_id in gone:
            _drop_rows(chain_id, list_id)
        NumberList.objects.filter(id__in=gone).exclude(state="used").delete()
        NumberList.objects.filter(id__in=gone).update(rows=0, good=0)
        return gone


INSERT: Final = """
INSERT INTO listed_numbers (chain_id, number_list_id, row, cell, number, key, problem, warning, first_row)
SELECT %(chain)s, %(list)s, new.*
FROM unnest(%(rows)s::int[], %(cells)s::text[], %(numbers)s::text[], %(keys)s::text[], %(problems)s::text[],
    %(warnings)s::text[], %(firsts)s::int[]) AS new
"""
MARK_TAKEN: Final = """
UPDATE listed_numbers l SET problem = 'taken', warning = ''
FROM card_numbers n
WHERE l.chain_id = %(chain)s AND l.number_list_id = %(list)s AND l.problem = ''
    AND n.chain_id = %(chain)s AND n.key = l.key
"""
COUNT: Final = """
SELECT CASE WHEN problem <> '' THEN problem WHEN warning <> '' THEN 'warning:' || warning ELSE '' END AS code, count(*)
FROM listed_numbers WHERE chain_id = %(chain)s AND number_list_id = %(list)s GROUP BY code
"""


def _insert(chain_id: UUID, list_id: UUID, part: Sequence[Listed]) -> None:
    values = {
        "chain": chain_id,
        "list": list_id,
        "rows": [one.row for one in part],
        "cells": [one.cell for one in part],
        "numbers": [one.number for one in part],
        "keys": [one.key for one in part],
        "problems": [one.problem for one in part],
        "warnings": [one.warning for one in part],
        "firsts": [one.first_row for one in part],
    }
    execute(INSERT, values)


def _drop_rows(chain_id: UUID, list_id: UUID) -> None:
    execute("DELETE FROM listed_numbers WHERE chain_id = %s AND number_list_id = %s", [chain_id, list_id])


def _lock(actor: Actor, identifier: str) -> NumberList:
    actor.require("cards:write")
    list_id = decode("nls", identifier)
    found = NumberList.objects.select_for_update(no_key=True, of=("self",)).select_related("card_type")
    one = found.filter(chain_id=actor.chain_id, id=list_id).first() if list_id else None
    if one is None:
        raise Refused(NotFound())
    return one
