"""The audit journal: who did what to which object, what stood there before and after, through what (ORG-4)."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.kernel.ids import new_id
from regulars.kernel.text import without_forbidden
from regulars.platform.actor import Actor
from regulars.platform.database import execute, rows

Facts = Mapping[str, Any]

SALT_BYTES: Final = 16

_INSERT: Final = """
WITH made AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(object_ids)s::uuid[], %(hashes)s::bytea[], %(salts)s::bytea[],
        %(befores)s::text[], %(afters)s::text[]) AS m (id, object_id, hash, salt, before, after)
), entries AS (
    INSERT INTO audit_entries (id, chain_id, at, staff_id, login_id, key_id, through, address, request_id, verb,
        object_kind, object_id, location_id, detail_hash)
    SELECT id, %(chain_id)s, %(at)s, %(staff_id)s, %(login_id)s, %(key_id)s, %(through)s, %(address)s, %(request_id)s,
        %(verb)s, %(object_kind)s, object_id, %(location_id)s, hash
    FROM made
)
INSERT INTO audit_details (entry_id, chain_id, before, after, salt)
SELECT id, %(chain_id)s, before::jsonb, after::jsonb, salt FROM made WHERE salt IS NOT NULL
"""

_FORGET: Final = """
DELETE FROM audit_details d USING audit_entries e
WHERE e.chain_id = %(chain_id)s AND e.object_id = %(object_id)s AND d.chain_id = e.chain_id AND d.entry_id = e.id
"""

_LIST: Final = """
SELECT e.id, e.at, e.verb, e.object_kind, e.object_id, e.through, e.staff_id, coalesce(l.name, ''),
    coalesce(l.email, ''), e.location_id, d.before, d.after
FROM audit_entries e
LEFT JOIN audit_details d ON d.entry_id = e.id
LEFT JOIN staff s ON s.id = e.staff_id
LEFT JOIN logins l ON l.id = s.login_id
WHERE e.chain_id = %(chain_id)s AND e.object_id = ANY(%(objects)s::uuid[])
    AND (e.object_id = %(object_id)s OR e.verb = ANY(%(verbs)s::text[]))
    AND (%(before)s::uuid IS NULL OR e.id < %(before)s)
ORDER BY e.id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One object that a set-based action touched; None for `before` or `after` says nothing stood there."""

    object_id: UUID
    before: Facts | None = None
    after: Facts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One line of an object's history."""

    id: UUID
    at: datetime
    verb: str
    object_kind: str
    object_id: UUID | None
    through: str
    staff_id: UUID | None
    staff_name: str
    staff_email: str
    location_id: UUID | None
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


def record(
    actor: Actor,
    *,
    verb: str,
    object_kind: str,
    object_id: UUID | None,
    now: datetime,
    before: Facts | None = None,
    after: Facts | None = None,
    location_id: UUID | None = None,
) -> None:
    """Write one audit entry in the running unit of work; it commits or vanishes together with the change.

    `verb` is the action's name ("change_location"), `object_kind` the noun ("location"). `before` and `after` hold
    the facts that changed, by field name; any value that JSON or text can show.
    """
    _insert(actor, verb, object_kind, [(object_id, before, after)], now, location_id)


def record_many(
    actor: Actor,
    *,
    verb: str,
    object_kind: str,
    changes: Iterable[Change],
    now: datetime,
    location_id: UUID | None = None,
) -> None:
    """Write one audit entry for each change in a single statement; a chunk of a few thousand is a good size."""
    made = [(change.object_id, change.before, change.after) for change in changes]
    if made:
        _insert(actor, verb, object_kind, made, now, location_id)


def list_entries(
    actor: Actor,
    *,
    object_id: UUID,
    limit: int = 50,
    before: UUID | None = None,
    of_other: UUID | None = None,
    verbs: Sequence[str] = (),
) -> list[AuditLine]:
    """History of one object of the actor's chain, newest first; `before` is the id of the last line already seen.

    Of another object that it belongs to, `of_other`, only the entries of these `verbs`.
    """
    parameters = {
        "chain_id": actor.chain_id,
        "object_id": object_id,
        "objects": [object_id, of_other] if of_other else [object_id],
        "verbs": list(verbs),
        "limit": limit,
        "before": before,
    }
    return [
        AuditLine(
            id=row[0],
            at=row[1],
            verb=row[2],
            object_kind=row[3],
            object_id=row[4],
            through=row[5],
            staff_id=row[6],
            staff_name=row[7],
            staff_email=row[8],
            location_id=row[9],
            before=read_json(row[10]),
            after=read_json(row[11]),
        )
        for row in rows(_LIST, parameters)
    ]


def forget_details(actor: Actor, *, object_id: UUID) -> int:
    """Erase what stood in an object before and after each change, with the salts; how many. The entries stay."""
    return execute(_FORGET, {"chain_id": actor.chain_id, "object_id": object_id})


def changed_only(before: Facts, after: Facts) -> tuple[dict[str, Any], dict[str, Any]]:
    """Keep the facts that differ, so that an entry says what changed and nothing else."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


def detail_hash(salt: bytes, before: Facts | None, after: Facts | None) -> bytes:
    """Hash that an entry keeps of its details: proves them while they exist, tells nothing once the salt is gone."""
    return hashlib.sha256(salt + canonical([before, after]).encode()).digest()


def canonical(value: Any) -> str:
    """Write facts as one exact JSON text that PostgreSQL's jsonb gives back unchanged."""
    return json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def plain(value: Any) -> Any:
    """Turn facts into what jsonb keeps exactly: text, whole numbers, yes and no, nothing, and lists and maps of them."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {without_forbidden(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return without_forbidden(text)


def read_json(value: Any) -> dict[str, Any]:
    """A jsonb object as PostgreSQL's driver gives it; an empty one for NULL."""
    found = json.loads(value) if isinstance(value, str) else value
    return found if isinstance(found, dict) else {}


def _insert(
    actor: Actor,
    verb: str,
    object_kind: str,
    made: Sequence[tuple[UUID | None, Facts | None, Facts | None]],
    now: datetime,
    location_id: UUID | None,
) -> None:
    salts = [None if before is None and after is None else secrets.token_bytes(SALT_BYTES) for _, before, after in made]
    rows(
        _INSERT,
        {
            "ids": [new_id() for _ in made],
            "object_ids": [object_id for object_id, _, _ in made],
            "hashes": [
                salt and detail_hash(salt, before, after) for salt, (_, before, after) in zip(salts, made, strict=True)
            ],
            "salts": salts,
            "befores": [None if before is None else canonical(before) for _, before, _ in made],
            "afters": [None if after is None else canonical(after) for _, _, after in made],
            "chain_id": actor.chain_id,
            "at": now,
            "staff_id": actor.staff_id,
            "login_id": actor.login_id,
            "key_id": actor.key_id,
            "through": actor.through,
            "address": actor.address,
            "request_id": actor.request_id,
            "verb": verb,
            "object_kind": object_kind,
            "location_id": location_id,
        },
    )
