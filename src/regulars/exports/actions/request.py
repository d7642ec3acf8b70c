"""Asking for a spreadsheet. It is written in the background."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.chains.queries import get_chain
from regulars.customers.queries import list_custom_fields
from regulars.exports.errors import TooManyExports
from regulars.exports.models import Export
from regulars.exports.queries.exports import ExportView, access_export, count_unfinished
from regulars.exports.queries.filters import resolve_filter
from regulars.exports.rules.columns import (
    BEARER_CODE,
    FORMATS,
    KINDS,
    OF_CUSTOMERS,
    RIGHT_TO_CODES,
    RIGHTS,
    check_columns,
    list_columns,
    usual_columns,
)
from regulars.exports.rules.filters import check_filter
from regulars.kernel.fields import check_choice
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import Invalid, Refused
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work
from regulars.programs.queries import list_programs

UNFINISHED_MAX: Final = 20

Defer = Callable[[UUID, UUID], None]
"""Puts the writing of an export (chain, export) into the background, inside the running transaction."""


@dataclass(frozen=True, slots=True)
class ExportCommand:
    """What to write: which rows, which columns (none chosen: all but secret ones), as which kind of file."""

    kind: str
    format: str = "xlsx"
    filter: dict[str, Any] = field(default_factory=dict)
    columns: Sequence[str] | None = None


def request_export(actor: Actor, command: ExportCommand, *, defer: Defer, now: datetime) -> ExportView:
    """Note what is wanted and begin to write it.

    Refuses: Forbidden, Invalid, NotFound (an object the filter names), TooManyExports.
    """
    actor.require("exports:write")
    problems = [*check_choice(command.kind, KINDS, "/kind"), *check_choice(command.format, FORMATS, "/format")]
    if not problems:
        problems += check_filter(command.kind, command.filter)
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    actor.require(RIGHTS[command.kind])
    with unit_of_work(actor.chain_id):
        waiting = count_unfinished(actor.chain_id)
        if waiting >= UNFINISHED_MAX:
            raise Refused(TooManyExports(waiting=waiting))
        kept = resolve_filter(actor, command.filter, now=now)
        columns = choose_columns(actor, command.kind, command.columns)
        zone = get_chain(actor.chain_id).zone
        one = Export.objects.create(
            id=new_id(),
            chain_id=actor.chain_id,
            kind=command.kind,
            format=command.format,
            filter=kept,
            columns=list(columns),
            file_name=f"{command.kind}-{now.astimezone(zone):%Y-%m-%d}.{command.format}",
            through=actor.through,
            staff_id=actor.staff_id,
            key_id=actor.key_id,
            location_ids=None if actor.location_ids is None else sorted(actor.location_ids),
            created_at=now,
        )
        audit.record(
            actor,
            verb="export.requested",
            object_kind="export",
            object_id=one.id,
            now=now,
            after={"kind": one.kind, "format": one.format, "filter": kept, "columns": list(columns)},
        )
        defer(actor.chain_id, one.id)
        return _view(one)


def choose_columns(actor: Actor, kind: str, wanted: Sequence[str] | None) -> tuple[str, ...]:
    """The columns of an export by the headers they get, in the order in which they stand. Refuses: Forbidden, Invalid."""
    known = known_columns(actor, kind)
    if wanted is None:
        return usual_columns(known, may_see_customers=actor.may("customers:read"))
    problems = check_columns(wanted, known)
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    if kind == "cards" and OF_CUSTOMERS & set(wanted):
        actor.require("customers:read")
    return tuple(wanted)


def known_columns(actor: Actor, kind: str) -> tuple[str, ...]:
    """Every column that an export of this kind can have in this chain; codes are for those who may redeem them."""
    balances: list[str] = []
    if kind == "cards":
        balances = [balance.external_id for program in list_programs(actor) for balance in program.balance_types]
    keys = [one.key for one in list_custom_fields(actor.chain_id)] if kind == "customers" else []
    known = list_columns(kind, balances=balances, custom_keys=keys)
    return known if actor.may(RIGHT_TO_CODES) else tuple(column for column in known if column != BEARER_CODE)


def _view(one: Export) -> ExportView:
    return ExportView(
        id=one.id,
        kind=one.kind,
        format=one.format,
        filter=one.filter,
        columns=tuple(one.columns),
        state=one.state,
        file_name=one.file_name,
        file_bytes=None,
        rows_total=None,
        rows_done=0,
        problem=None,
        staff_id=one.staff_id,
        staff_name="",
        created_at=one.created_at,
        finished_at=None,
    )


def request_again(actor: Actor, identifier: str, *, defer: Defer, now: datetime) -> ExportView:
    """Ask once more for what an earlier export was: the same rows and columns as they are by now.

    Refuses: Forbidden, NotFound, Invalid, TooManyExports.
    """
    with unit_of_work(actor.chain_id):
        earlier = access_export(actor, identifier)
    command = ExportCommand(kind=earlier.kind, format=earlier.format, filter=earlier.filter, columns=earlier.columns)
    return request_export(actor, command, defer=defer, now=now)
