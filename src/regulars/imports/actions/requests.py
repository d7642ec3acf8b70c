"""What people ask of imports: upload, match, mend, apply, cancel, undo. The work itself is done in the background."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from regulars.cards.queries.types import access_card_type
from regulars.chains.rules.drafts import check_country
from regulars.customers.queries import list_custom_fields
from regulars.imports.actions import files
from regulars.imports.actions.bearers import access_bearer_target
from regulars.imports.errors import ModeRequired, RepairNotPossible, SameFile, UndoWindowOver, WrongImportState
from regulars.imports.models import Import
from regulars.imports.queries.imports import access_import, has_row, rows_with_problem
from regulars.imports.queries.plans import balance_types
from regulars.imports.rules.code_cells import CODE_KINDS
from regulars.imports.rules.matching import resolve_mapping, unknown_custom
from regulars.imports.rules.repairs import RepairChoice, may_mend
from regulars.kernel.fields import check_choice, check_text
from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refusal, Refused
from regulars.kernel.text import one_line
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.claims import Claim, Present, claimed
from regulars.platform.database import execute, row, unit_of_work

KINDS: Final = ("cards", "customers", "orders", "codes", "gift_cards")
UNDO_WINDOW: Final = timedelta(days=30)
RATE_CHARACTERS_MAX: Final = 40
WRITTEN: Final = ("applied", "cancelled")
"""Written, the whole of it or what was written before somebody stopped it."""

CHECKABLE: Final = ("needs_mapping", "checked")
Defer = Callable[[UUID, UUID, str], None]
"""Puts a step (chain, import, step) into the background, inside the running transaction."""


@dataclass(frozen=True, slots=True)
class UploadCommand:
    """A file and what its sender says of it; everything else is guessed and shown."""

    file_name: str
    parts: Iterable[bytes]
    kind: str
    card_type: str = ""
    pool: str = ""
    """Of codes: the pool that they come into."""
    gift_card_type: str = ""
    """Of gift cards: the type of those whose row names none."""
    mode: str = ""
    mapping: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    is_again: bool = False
    location_id: UUID | None = None


def upload(
    actor: Actor,
    command: UploadCommand,
    *,
    defer: Defer,
    now: datetime,
    claim: Claim | None = None,
    present: Present[Import] | None = None,
) -> Import:
    """Take a file in and begin to read it.

    Refuses: Forbidden, NotFound (card type), Invalid, ModeRequired, SameFile, FileEmpty, FileTooLarge. Raises Answered
    where the key was used before.
    """
    actor.require("imports:write")
    _refuse_bad(command)
    import_id = new_id()
    stored = files.store(import_id, command.parts)
    try:
        with unit_of_work(actor.chain_id), claimed(actor, claim) as answer:
            card_type = access_card_type(actor, command.card_type) if command.kind == "cards" else None
            target: dict[str, str] = {}
            if command.kind in CODE_KINDS:
                target = access_bearer_target(
                    actor, kind=command.kind, pool=command.pool, gift_card_type=command.gift_card_type
                )
            options = command.options | target | ({"again": True} if command.is_again else {})
            if not command.is_again:
                _refuse_same(actor, command.kind, card_type.id if card_type else None, command.mode, stored.hash)
            one = Import.objects.create(
                id=import_id,
                chain_id=actor.chain_id,
                kind=command.kind,
                card_type_id=card_type.id if card_type else None,
                mode=command.mode,
                file_name=one_line(command.file_name)[:200] or "file",
                file_hash=stored.hash,
                file_bytes=stored.size_bytes,
                options=options,
                mapping=command.mapping,
                staff_id=actor.staff_id,
                key_id=actor.key_id,
                location_id=command.location_id,
                created_at=now,
            )
            audit.record(
                actor,
                verb="import.uploaded",
                object_kind="import",
                object_id=import_id,
                now=now,
                after={"file": one.file_name, "kind": one.kind, "mode": one.mode},
            )
            defer(actor.chain_id, import_id, "read")
            answer(present, one)
    except BaseException:
        files.remove(import_id)
        raise
    return one


def _refuse_bad(command: UploadCommand) -> None:
    options = command.options
    problems = [
        *check_choice(command.kind, KINDS, "/kind"),
        *check_text(command.file_name, "/file", length_max=1000),
    ]
    for name, known in (
        ("existing", ("change", "skip", "issue_another")),
        ("missing", ("create", "skip")),
        ("customers", ("named", "never")),
        ("fields", ("fill", "overwrite", "ignore")),
        ("decimal", ("auto", ".", ",")),
        ("date_order", ("auto", "dmy", "mdy", "ymd")),
    ):
        if options.get(name) is not None:
            problems += check_choice(str(options[name]), known, f"/{name}")
    if options.get("country"):
        problems += check_country(str(options["country"]), "/country")
    if command.mode:
        problems += check_choice(command.mode, ("add", "set"), "/mode")
    if command.kind == "cards" and not command.card_type:
        problems.append(FieldProblem("/card_type", "required", "Choose the card type."))
    if command.kind == "codes" and not command.pool:
        problems.append(FieldProblem("/pool", "required", "Choose the pool that the codes come into."))
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    if command.kind == "cards" and not command.mode and not options.get("mode_later"):
        raise Refused(ModeRequired())


def read_conversion(given: dict[str, Any]) -> dict[str, Any]:
    """Check a conversion of units: a positive rate, a rounding, columns. Refuses: Invalid."""
    problems: list[FieldProblem] = []
    try:
        written = str(given.get("rate", ""))
        rate = Decimal(written if len(written) <= RATE_CHARACTERS_MAX else "")
        is_rate = rate.is_finite() and Decimal("0.000001") <= rate <= Decimal(1_000_000)
    except InvalidOperation:
        is_rate = False
    if not is_rate:
        problems.append(FieldProblem("/conversion/rate", "invalid_rate", "A decimal above 0, like 0.01."))
    rounding = str(given.get("rounding") or "half_up")
    problems += check_choice(rounding, ("half_up", "down", "up"), "/conversion/rounding")
    columns = given.get("columns")
    if columns is not None and not (isinstance(columns, list) and all(isinstance(name, str) for name in columns)):
        problems.append(FieldProblem("/conversion/columns", "invalid_columns", "A list of fields or headers."))
    unknown = set(given) - {"rate", "rounding", "columns"}
    problems += [FieldProblem(f"/conversion/{name}", "unknown_field", "There is no such field.") for name in unknown]
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    return {"rate": str(rate), "rounding": rounding, "columns": columns}


def _refuse_same(actor: Actor, kind: str, card_type_id: UUID | None, mode: str, digest: bytes) -> None:
    earlier = row(
        "SELECT id, applied_at FROM imports WHERE chain_id = %s AND file_hash = %s AND kind = %s"
        " AND card_type_id IS NOT DISTINCT FROM %s AND (mode = %s OR %s = '') AND state IN ('applying', 'applied', 'cancelled')"
        " ORDER BY id DESC LIMIT 1",
        [actor.chain_id, digest, kind, card_type_id, mode, mode],
    )
    if earlier:
        at = earlier[1].date().isoformat() if earlier[1] else ""
        raise Refused(SameFile(import_=encode("imp", earlier[0]), at=at))


def choose(
    actor: Actor,
    identifier: str,
    *,
    defer: Defer,
    mapping: dict[str, str] | None = None,
    options: dict[str, Any] | None = None,
    mode: str | None = None,
) -> Import:
    """Take what the user chose for columns and questions; reading or checking begins again by itself.

    Refuses: Forbidden, NotFound, WrongImportState, ColumnUsedTwice, ColumnMissing, FieldUnknown, IdentityMissing,
    ModeRequired, Invalid.
    """
    actor.require("imports:write")
    with unit_of_work(actor.chain_id):
        one = _lock(actor, identifier)
        if one.state not in CHECKABLE:
            raise Refused(WrongImportState(state=one.state))
        old = dict(one.options)
        one.options = old | (options or {})
        one.mode = mode or one.mode
        _refuse_bad(
            UploadCommand(
                file_name=one.file_name,
                parts=(),
                kind=one.kind,
                card_type="known",
                pool="known",
                mode=one.mode,
                options=one.options,
            )
        )
        must_read = any(
            old.get(name) != one.options.get(name) for name in ("sheet", "encoding", "delimiter", "header_row")
        )
        if mapping is not None:
            if not must_read:
                headers = [column["header"] for column in one.columns]
                resolved = resolve_mapping(mapping, headers, kind=one.kind, balances=balance_types(one))
                if isinstance(resolved, Refusal):
                    raise Refused(resolved)
                customs = {each.key for each in list_custom_fields(actor.chain_id)}
                if unknown_field := unknown_custom(resolved, customs):
                    raise Refused(unknown_field)
            one.mapping = mapping
            one.options["is_chosen"] = True
        elif must_read:
            one.mapping = {}
        if not must_read and not one.mode and one.kind == "cards":
            raise Refused(ModeRequired())
        one.repairs = [] if must_read or mapping is not None else one.repairs
        one.state = "reading" if must_read else "checking"
        one.rows_done = 0
        one.problem = None
        one.version += 1
        one.save()
        defer(actor.chain_id, one.id, "read" if must_read else "check")
    return one


def repair(actor: Actor, identifier: str, choice: RepairChoice, *, defer: Defer) -> Import:
    """Mend a group of rows at once. Refuses: Forbidden, NotFound, WrongImportState, RepairNotPossible."""
    actor.require("imports:write")
    if not may_mend(choice):
        raise Refused(RepairNotPossible(problem=choice.code[:60]))
    if choice.country is not None and (problems := check_country(choice.country.upper(), "/country")):
        raise Refused(Invalid(errors=tuple(problems)))
    note: dict[str, Any] = {"code": choice.code, "target": choice.target}
    if choice.is_skip:
        note |= {"skip": "1"}
    elif choice.country is not None:
        note |= {"country": choice.country.upper()}
    else:
        note |= {"value": choice.value or ""}
    with unit_of_work(actor.chain_id):
        # Problems that only the decision knows (a taken number) are not in the staged rows: they are named here.
        note["rows"] = rows_with_problem(access_import(actor, identifier), choice.code, choice.target)
    return _mend(actor, identifier, note, defer=defer)


def repair_row(actor: Actor, identifier: str, row_number: int, cells: dict[str, str], *, defer: Defer) -> Import:
    """Type other values into one row: header → text. Refuses: Forbidden, NotFound, WrongImportState, Invalid."""
    actor.require("imports:write")
    problems: list[FieldProblem] = []
    for header, text in cells.items():
        problems += check_text(text, f"/{header}", length_max=1000)
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    return _mend(actor, identifier, {"row": row_number, "cells": cells}, defer=defer)


def _mend(actor: Actor, identifier: str, note: dict[str, Any], *, defer: Defer) -> Import:
    with unit_of_work(actor.chain_id):
        one = _lock(actor, identifier)
        if one.state != "checked":
            raise Refused(WrongImportState(state=one.state))
        headers = {column["header"] for column in one.columns}
        if "row" in note and not has_row(one, note["row"]):
            raise Refused(NotFound())
        if "cells" in note:
            note["cells"] = {one.mapping.get(name, name): text for name, text in note["cells"].items()}
        unknown = [header for header in note.get("cells", {}) if header not in headers]
        if unknown:
            detail = "The file has no such column."
            raise Refused(Invalid(errors=(FieldProblem(f"/{unknown[0]}", "column_missing", detail),)))
        one.repairs = [*one.repairs, note]
        one.state = "checking"
        one.rows_done = 0
        one.version += 1
        one.save()
        defer(actor.chain_id, one.id, "mend")
    return one


def apply(actor: Actor, identifier: str, *, conflicts: str = "leave", defer: Defer, now: datetime) -> Import:
    """Begin to write the good rows; a second call while it runs changes nothing.

    Refuses: Forbidden, NotFound, Invalid, WrongImportState, SameFile (somebody else applied the file meanwhile).
    """
    actor.require("imports:write")
    problems = check_choice(conflicts, ("leave", "overwrite"), "/conflicts")
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    with unit_of_work(actor.chain_id):
        one = _lock(actor, identifier)
        if one.state in ("applying", "applied"):
            return one
        if one.state != "checked":
            raise Refused(WrongImportState(state=one.state))
        if not one.options.get("again"):
            # Two people who have each uploaded the file before either applied it: the second must not add it all again.
            execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
                [f"{one.chain_id} {bytes(one.file_hash).hex()}"],
            )
            _refuse_same(actor, one.kind, one.card_type_id, one.mode, bytes(one.file_hash))
        one.conflicts = conflicts
        one.state = "applying"
        one.rows_done = 0
        one.is_cancelled = False
        one.applied_at = now
        one.version += 1
        one.save()
        audit.record(
            actor,
            verb="import.applied",
            object_kind="import",
            object_id=one.id,
            now=now,
            after={"counts": one.counts, "effect": one.effect, "conflicts": conflicts},
        )
        defer(actor.chain_id, one.id, "apply")
    return one


def cancel(actor: Actor, identifier: str, *, now: datetime) -> Import:
    """Stop an import. Before anything is written it is gone; while it is being written, what is done stays.

    Refuses: Forbidden, NotFound, WrongImportState.
    """
    actor.require("imports:write")
    with unit_of_work(actor.chain_id):
        one = _lock(actor, identifier)
        if one.state not in ("reading", "needs_mapping", "checking", "checked", "applying"):
            raise Refused(WrongImportState(state=one.state))
        one.is_cancelled = True
        if one.state != "applying":
            one.state = "failed"
            one.problem = {"code": "cancelled", "detail": "Cancelled before anything was written."}
        one.version += 1
        one.save()
        audit.record(actor, verb="import.cancelled", object_kind="import", object_id=one.id, now=now)
    return one


def undo(actor: Actor, identifier: str, *, defer: Defer, now: datetime) -> Import:
    """Begin to take an import back. Refuses: Forbidden, NotFound, WrongImportState, UndoWindowOver."""
    actor.require("imports:write")
    with unit_of_work(actor.chain_id):
        one = _lock(actor, identifier)
        if one.state in ("undoing", "undone"):
            return one
        if one.state not in WRITTEN or one.applied_at is None:
            raise Refused(WrongImportState(state=one.state))
        if now - one.applied_at > UNDO_WINDOW:
            raise Refused(UndoWindowOver())
        one.state = "undoing"
        one.undone_by = None if actor.key_id else actor.staff_id
        one.rows_done = 0
        one.undo_after = None
        one.version += 1
        one.save()
        audit.record(actor, verb="import.undone", object_kind="import", object_id=one.id, now=now)
        defer(actor.chain_id, one.id, "undo")
    return one


def _lock(actor: Actor, identifier: str) -> Import:
    found = access_import(actor, identifier)
    return Import.objects.select_for_update(no_key=True).get(id=found.id)
