"""Telling people what became of the work they started, and what of it they have seen."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.platform.actor import Actor, rights_of
from regulars.platform.database import execute, rows, unit_of_work
from regulars.platform.sessions import Visit
from regulars.staff.models import Notification, Staff
from regulars.staff.queries import access_notification, own_notifications

KEPT_MAX: Final = 100
"""For each person; the oldest go."""

_NOTE: Final = """
INSERT INTO notifications (id, chain_id, staff_id, kind, subject_id, facts, at)
VALUES (regulars_uuid7(), %(chain)s, %(staff)s, %(kind)s, %(subject)s, %(facts)s::jsonb, %(at)s)
ON CONFLICT (staff_id, subject_id) DO UPDATE SET
    kind = EXCLUDED.kind, facts = EXCLUDED.facts, at = EXCLUDED.at, read_at = NULL
"""
_FORGET: Final = """
DELETE FROM notifications WHERE staff_id = %(staff)s AND id IN (
    SELECT id FROM notifications WHERE staff_id = %(staff)s ORDER BY at DESC, id DESC OFFSET %(kept)s
)
"""


def notify(actor: Actor, kind: str, *, subject_id: UUID, facts: Mapping[str, Any], now: datetime) -> None:
    """Tell whoever started it how it ended, in the running unit of work; one subject has one line, about its newest ending.

    Does nothing for what a program or the command line started: nobody waits there for a page.
    """
    if actor.staff_id is None or actor.key_id is not None:
        return
    values = {
        "chain": actor.chain_id,
        "staff": actor.staff_id,
        "kind": kind,
        "subject": subject_id,
        "facts": json.dumps(facts),
        "at": now,
        "kept": KEPT_MAX,
    }
    rows(_NOTE, values)
    rows(_FORGET, values)


def notify_holders(
    chain_id: UUID, right: str, kind: str, *, subject_id: UUID, facts: Mapping[str, Any], now: datetime
) -> None:
    """Tell everybody of a chain who holds a right, in the running unit of work: of what nobody in particular started."""
    for one in Staff.objects.filter(chain_id=chain_id, disabled_at=None):
        rights = rights_of(one.role, one.rights_added, one.rights_removed)
        if right in rights:
            actor = Actor(chain_id=chain_id, rights=rights, through="page", staff_id=one.id)
            notify(actor, kind, subject_id=subject_id, facts=facts, now=now)


def read_notification(actor: Actor, identifier: str, *, now: datetime) -> Notification:
    """Open one of one's own notifications in the running unit of work; from now on it is read. Refuses: NotFound."""
    found = access_notification(actor, identifier)
    Notification.objects.filter(id=found.id, read_at=None).update(read_at=now)
    return found


def see(visit: Visit, *subject_ids: UUID, now: datetime) -> Visit:
    """The visit, in which that is read which one sees with one's own eyes just now. In the running unit of work.

    Asks the database only where something is unread.
    """
    if not visit.unread or not subject_ids or visit.actor is None:
        return visit
    seen = execute(
        "UPDATE notifications SET read_at = %s WHERE staff_id = %s AND subject_id = ANY(%s::uuid[]) AND read_at IS NULL",
        [now, visit.actor.staff_id, list(subject_ids)],
    )
    return replace(visit, unread=max(0, visit.unread - seen))


def read_all(actor: Actor, *, now: datetime) -> int:
    """Mark all of one's own notifications as read; returns how many were not."""
    with unit_of_work(actor.chain_id):
        return own_notifications(actor).filter(read_at=None).update(read_at=now)
