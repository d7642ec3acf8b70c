"""Reads of imports: one, the history, rows of the check, groups of problems."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.imports.models import Import
from regulars.imports.queries.tables import has_plan, staging_of
from regulars.imports.rules.problems import Issue, unpack_issue
from regulars.imports.rules.repairs import ProblemGroup
from regulars.imports.rules.targets import RIGHTS
from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import from_json, row, rows

GROUPS_MAX: Final = 30
SAMPLES_MAX: Final = 40
STATUSES: Final = ("create", "change", "unchanged", "warning", "error", "conflict")


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row of the file with what will happen; amounts in smallest units, one per mapped balance."""

    row: int
    status: str
    issues: tuple[Issue, ...]
    cells: tuple[str, ...]
    phone: str | None
    card_id: UUID | None
    card_number: str | None
    before: tuple[int | None, ...]
    after: tuple[int | None, ...]
    effect: str


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One import in the history."""

    id: UUID
    kind: str
    mode: str
    state: str
    file_name: str
    card_type: str
    counts: dict[str, Any]
    result: dict[str, Any]
    created_at: datetime
    applied_at: datetime | None
    undone_at: datetime | None
    staff: str


@dataclass(frozen=True, slots=True)
class LeftLine:
    """An amount that an undo could not take back."""

    number: str
    balance: str
    amount: int
    decimals: int


def list_left(one: Import, *, limit: int) -> list[LeftLine]:
    """What the undo of an import left, because it was spent."""
    found = rows(
        "SELECT k.number, b.name, l.amount, b.decimals FROM import_undo_left l JOIN cards k ON k.id = l.card_id"
        " JOIN balance_types b ON b.id = l.balance_type_id WHERE l.import_id = %s ORDER BY k.id LIMIT %s",
        [one.id, limit],
    )
    return [LeftLine(*values) for values in found]


def access_import(actor: Actor, identifier: str) -> Import:
    """The import with this id (`imp_…`). Refuses: Forbidden (also where it brings codes that the actor may not make), NotFound."""
    actor.require("imports:read")
    import_id = decode("imp", identifier)
    found = Import.objects.filter(chain_id=actor.chain_id, id=import_id).first() if import_id else None
    if found is None:
        raise Refused(NotFound())
    if found.kind in RIGHTS:
        # A code is as good as what it opens: who may not make them sees no file of them.
        actor.require(RIGHTS[found.kind])
    return found


def list_imports(actor: Actor, *, after: UUID | None = None, limit: int = 50) -> tuple[list[ImportLine], UUID | None]:
    """One page of the imports of the chain, newest first, and where the next page goes on."""
    actor.require("imports:read")
    found = rows(
        """
        SELECT i.id, i.kind, i.mode, i.state, i.file_name, coalesce(t.name, ''), i.counts, i.result, i.created_at,
            i.applied_at, i.undone_at, coalesce(nullif(g.name, ''), g.email, '')
        FROM imports i LEFT JOIN card_types t ON t.id = i.card_type_id LEFT JOIN staff s ON s.id = i.staff_id
        LEFT JOIN logins g ON g.id = s.login_id
        WHERE i.chain_id = %(chain)s AND i.kind <> ALL(%(hidden)s::text[]) AND (%(after)s::uuid IS NULL OR i.id < %(after)s)
        ORDER BY i.id DESC LIMIT %(limit)s
        """,
        {"chain": actor.chain_id, "after": after, "limit": limit + 1, "hidden": _hidden_from(actor)},
    )
    lines = [
        ImportLine(*(from_json(value) if at in (6, 7) else value for at, value in enumerate(values)))
        for values in found[:limit]
    ]
    return lines, lines[-1].id if len(found) > limit else None


def page_imports(actor: Actor, *, after: UUID | None = None, limit: int = 50) -> tuple[list[Import], UUID | None]:
    """One page of the imports of the chain with all that is known of them, newest first, and where the next goes on."""
    actor.require("imports:read")
    hidden = _hidden_from(actor)
    found = Import.objects.filter(chain_id=actor.chain_id).exclude(kind__in=hidden).order_by("-id")
    page = list((found.filter(id__lt=after) if after else found)[: limit + 1])
    return page[:limit], page[limit - 1].id if len(page) > limit else None


def _hidden_from(actor: Actor) -> list[str]:
    return [kind for kind, right in RIGHTS.items() if not actor.may(right)]


def list_decimals(chain_id: UUID, card_type_ids: Iterable[UUID]) -> dict[UUID, dict[str, int]]:
    """The decimals of each balance (by external id) of these card types, in one query."""
    found = rows(
        "SELECT t.id, b.external_id, b.decimals FROM card_types t JOIN balance_types b ON b.program_id = t.program_id"
        " WHERE t.chain_id = %s AND t.id = ANY(%s)",
        [chain_id, list(card_type_ids)],
    )
    decimals: dict[UUID, dict[str, int]] = {}
    for card_type_id, name, places in found:
        decimals.setdefault(card_type_id, {})[name] = places
    return decimals


def list_rows(one: Import, *, status: str = "", after: int = 0, limit: int = 50) -> tuple[list[CheckedRow], int | None]:
    """One page of checked rows in the file's order, all or of one status, and where the next page goes on.

    Rows that failed while they were written are errors with what happened then.
    """
    tables = staging_of(one.id)
    condition = "p.status = %(status)s" if status else "true"
    if status == "error":
        condition = "(p.status = 'error' OR f.issue IS NOT NULL)"
    if not has_plan(one.id):
        return [], None
    found = rows(
        f"""
        SELECT p."row", CASE WHEN f.issue IS NULL THEN p.status ELSE 'error' END,
            coalesce(f.issue, p.issue), p.warnings, r.cells, r.phone, p.card_id, k.number, p.before, p.after,
            p.fields[1]
        FROM {tables.plan} p JOIN {tables.rows} r USING ("row")
        LEFT JOIN import_failures f ON f.import_id = %(import)s AND f."row" = p."row"
        LEFT JOIN cards k ON k.id = p.card_id
        WHERE p."row" > %(after)s AND {condition} ORDER BY p."row" LIMIT %(limit)s
        """,
        {"import": one.id, "after": after, "status": status, "limit": limit + 1},
    )
    lines = [_checked(values) for values in found[:limit]]
    return lines, lines[-1].row if len(found) > limit else None


def _checked(values: Sequence[Any]) -> CheckedRow:
    number, status, issue, more, cells, phone, card_id, card_number, before, after, effect = values
    packed = [issue, *(more or ())] if issue else []
    return CheckedRow(
        row=number,
        status=status,
        issues=tuple(unpack_issue(one) for one in packed),
        cells=tuple(cells or ()),
        phone=phone,
        card_id=card_id,
        card_number=card_number,
        before=tuple(before or ()),
        after=tuple(after or ()),
        effect=effect,
    )


def list_problem_groups(one: Import) -> list[ProblemGroup]:
    """The problems of the checked rows by what would mend them, the largest first, with samples of their cells."""
    tables = staging_of(one.id)
    targets = {target: position + 1 for position, target in enumerate(one.reading.get("targets", ())) if target}
    found = rows(
        f"""
        SELECT split_part(p.issue, '|', 1), split_part(p.issue, '|', 2), count(*),
            (array_agg(p."row" ORDER BY p."row"))[1:{SAMPLES_MAX}]
        FROM {tables.plan} p WHERE p.status IN ('error', 'conflict') AND p.issue IS NOT NULL
        GROUP BY 1, 2 ORDER BY 3 DESC LIMIT {GROUPS_MAX}
        """
    )
    groups = []
    for code, target, count, sample_rows in found:
        position = targets.get(target)
        samples: tuple[str, ...] = ()
        if position:
            cells = rows(
                f'SELECT cells[{position}] FROM {tables.rows} WHERE "row" = ANY(%s) ORDER BY "row"', [sample_rows]
            )
            samples = tuple(values[0] or "" for values in cells)
        groups.append(ProblemGroup(code=code, target=target, count=count, samples=samples))
    return groups


def applied_rows(one: Import) -> int:
    """How many rows of an import are written."""
    found = row("SELECT coalesce(sum(rows), 0) FROM import_chunks WHERE import_id = %s", [one.id])
    return int(found[0]) if found else 0


def sum_chunks(import_id: UUID) -> dict[str, int]:
    """What the written chunks add up to."""
    found = row(
        "SELECT coalesce(sum(created), 0), coalesce(sum(changed), 0), coalesce(sum(unchanged), 0),"
        ' coalesce(sum("left"), 0), coalesce(sum(failed), 0), coalesce(sum(customers), 0)'
        " FROM import_chunks WHERE import_id = %s",
        [import_id],
    )
    assert found is not None
    names = ("created", "changed", "unchanged", "left", "failed", "customers")
    return dict(zip(names, (int(value) for value in found), strict=True))


def has_row(one: Import, number: int) -> bool:
    """Whether a checked file has a row of this number."""
    if not has_plan(one.id):
        return False
    return row(f'SELECT 1 FROM {staging_of(one.id).rows} WHERE "row" = %s', [number]) is not None


def rows_with_problem(one: Import, code: str, target: str) -> list[int]:
    """The rows that a check found with this problem, in this field where one is named."""
    start = f"{code}|{target}"
    if not has_plan(one.id):
        return []
    found = rows(
        f"SELECT \"row\" FROM {staging_of(one.id).plan} WHERE status IN ('error', 'conflict') AND"
        " (issue = %(start)s OR starts_with(issue, %(start)s || %(end)s)) ORDER BY 1",
        {"start": start, "end": "|" if target else ""},
    )
    return [values[0] for values in found]
