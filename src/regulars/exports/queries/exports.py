"""Exports as pages and the API show them."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.exports.rules.columns import BEARER_CODE, RIGHT_TO_CODES, RIGHTS
from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import rows

UNFINISHED: Final = ("waiting", "running")


@dataclass(frozen=True, slots=True)
class ExportView:
    """One export: what was asked for, how far it is, who asked."""

    id: UUID
    kind: str
    format: str
    filter: dict[str, str]
    columns: tuple[str, ...]
    state: str
    file_name: str
    file_bytes: int | None
    rows_total: int | None
    rows_done: int
    problem: dict[str, Any] | None
    staff_id: UUID | None
    staff_name: str
    created_at: datetime
    finished_at: datetime | None

    @property
    def is_unfinished(self) -> bool:
        """Whether somebody should look again soon."""
        return self.state in UNFINISHED


SELECT: Final = """
SELECT x.id, x.kind, x.format, x.filter::text, x.columns, x.state, x.file_name, x.file_bytes, x.rows_total, x.rows_done,
    x.problem::text, x.staff_id, coalesce(nullif(g.name, ''), g.email, ''), x.created_at, x.finished_at
FROM exports x LEFT JOIN staff s ON s.id = x.staff_id LEFT JOIN logins g ON g.id = s.login_id
"""


def access_export(actor: Actor, identifier: str) -> ExportView:
    """The export with this id (`exp_…`). Refuses: Forbidden, NotFound.

    Staff of some locations see their own only: another's file may hold what they may not see.
    """
    actor.require("exports:read")
    export_id = decode("exp", identifier)
    found = _select(actor, "x.id = %(id)s", {"id": export_id}, limit=1) if export_id else []
    if not found:
        raise Refused(NotFound())
    actor.require(RIGHTS[found[0].kind])
    if BEARER_CODE in found[0].columns:
        actor.require(RIGHT_TO_CODES)
    return found[0]


def list_exports(actor: Actor, *, after: UUID | None = None, limit: int = 50) -> tuple[list[ExportView], UUID | None]:
    """One page of the exports that the actor may see, newest first, and where the next page goes on."""
    actor.require("exports:read")
    kinds = [kind for kind, right in RIGHTS.items() if actor.may(right)]
    condition = "x.kind = ANY(%(kinds)s) AND (%(after)s::uuid IS NULL OR x.id < %(after)s)"
    found = _select(actor, condition, {"kinds": kinds, "after": after}, limit=limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def count_unfinished(chain_id: UUID) -> int:
    """How many exports of the chain wait or run."""
    return int(
        rows("SELECT count(*) FROM exports WHERE chain_id = %s AND state IN ('waiting', 'running')", [chain_id])[0][0]
    )


def _select(actor: Actor, condition: str, parameters: dict[str, Any], *, limit: int) -> list[ExportView]:
    conditions = ["x.chain_id = %(chain)s", condition]
    if actor.location_ids is not None:
        conditions.append("x.staff_id = %(staff)s")
    found = rows(
        f"{SELECT} WHERE {' AND '.join(conditions)} ORDER BY x.id DESC LIMIT %(limit)s",
        parameters | {"chain": actor.chain_id, "staff": actor.staff_id, "limit": limit},
    )
    return [_view(values) for values in found]


def _view(values: tuple[Any, ...]) -> ExportView:
    named = list(values)
    named[3] = json.loads(named[3])
    named[4] = tuple(named[4])
    named[10] = json.loads(named[10]) if named[10] else None
    return ExportView(*named)
