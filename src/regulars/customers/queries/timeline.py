"""One time line of everything about a customer: each feature brings its own part, newest first (CUS-8).

The order is that of the ids, which is that of writing: it needs no sort, and a page goes on where the last one ended.
"""

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.platform.actor import Actor
from regulars.platform.audit import read_json
from regulars.platform.database import rows


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineItem:
    """One thing that happened. `kind` is a stable code ("card.blocked", "note", "entry.adjust"), `facts` tell it."""

    id: UUID
    at: datetime
    kind: str
    staff_name: str = ""
    place_name: str = ""
    through: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


Source = Callable[[Actor, UUID, UUID | None, int], Sequence[TimelineItem]]
"""A feature's part: (actor, customer, items before this id, at most so many) to items, newest first."""

_sources: list[Source] = []


def register_timeline(sources: Sequence[Source]) -> None:
    """Take over the table of sources; called once at start by the project."""
    _sources[:] = sources


def list_timeline(
    actor: Actor, customer_id: UUID, *, before: UUID | None = None, limit: int = 30
) -> tuple[list[TimelineItem], UUID | None]:
    """One page of a customer's time line, newest first, and where the next one goes on. Refuses: Forbidden.

    The customer must be one of the actor's chain (`access_customer`).
    """
    actor.require("customers:read")
    parts = [source(actor, customer_id, before, limit + 1) for source in _sources]
    items = list(heapq.merge(*parts, key=lambda item: item.id, reverse=True))
    return items[:limit], items[limit - 1].id if len(items) > limit else None


def list_record_items(actor: Actor, customer_id: UUID, before: UUID | None, limit: int) -> list[TimelineItem]:
    """What happened to the record itself: entered, changed, notes, consents; in one query."""
    parameters = {"chain": actor.chain_id, "customer": customer_id, "before": before, "limit": limit}
    return [_item(values) for values in rows(_RECORD, parameters)]


def _item(values: Sequence[Any]) -> TimelineItem:
    item_id, at, kind, text, extra, staff_name, place_name, through, old, new = values
    facts: dict[str, Any] = {}
    if kind == "note":
        facts = {"text": text}
    elif kind.startswith("consent."):
        facts = {"purpose": text, **read_json(extra)}
    else:
        facts = {"before": read_json(old), "after": read_json(new)}
    return TimelineItem(
        id=item_id, at=at, kind=kind, staff_name=staff_name, place_name=place_name, through=through, facts=facts
    )


_BEFORE: Final = "{0}.id < coalesce(%(before)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')"
_RECORD: Final = f"""
SELECT x.id, x.at, x.kind, x.text, x.extra, coalesce(nullif(g.name, ''), g.email, ''), coalesce(o.name, ''), x.through,
    d.before, d.after
FROM (
    (SELECT e.id, e.at, e.verb AS kind, '' AS text, NULL::jsonb AS extra, e.staff_id, e.location_id, e.through
    FROM audit_entries e WHERE e.chain_id = %(chain)s AND e.object_id = %(customer)s AND {_BEFORE.format("e")}
        AND e.verb <> 'customer.consented'
    ORDER BY e.id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT n.id, n.at, 'note', n.text, NULL, n.staff_id, NULL, ''
    FROM customer_notes n WHERE n.chain_id = %(chain)s AND n.customer_id = %(customer)s AND {_BEFORE.format("n")}
    ORDER BY n.id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT s.id, s.at, CASE WHEN s.given THEN 'consent.given' ELSE 'consent.withdrawn' END, s.purpose,
        jsonb_build_object('source', s.source, 'text_version', s.text_version), NULL, NULL, ''
    FROM consents s WHERE s.chain_id = %(chain)s AND s.customer_id = %(customer)s AND {_BEFORE.format("s")}
    ORDER BY s.id DESC LIMIT %(limit)s)
    ORDER BY id DESC LIMIT %(limit)s
) x
LEFT JOIN audit_details d ON d.entry_id = x.id
LEFT JOIN staff w ON w.id = x.staff_id
LEFT JOIN logins g ON g.id = w.login_id
LEFT JOIN locations o ON o.id = x.location_id
ORDER BY x.id DESC
"""
