"""Writing a membership: locked, as it is today, and what is told of it in the journal and to those who act afterwards."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.kernel.fields import check_text
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.memberships.actions.parts import event_payload
from regulars.memberships.queries.memberships import MembershipView, access_membership, find_membership
from regulars.memberships.queries.usable import lock_memberships
from regulars.memberships.rules.states import MembershipState, as_of
from regulars.platform.actor import Actor
from regulars.platform.audit import record
from regulars.platform.database import execute, unit_of_work
from regulars.platform.events import announce
from regulars.platform.hot import HotCursor, open_cursor

REASON_LENGTH_MAX: Final = 500

_SAVE: Final = """
UPDATE memberships SET state = %(state)s, visits = %(visits)s, used = %(used)s, starts_on = %(starts_on)s,
    first_ends_on = %(first_ends_on)s, ends_on = %(ends_on)s, extended_days = %(extended_days)s,
    frozen_days = %(frozen_days)s, freezes = %(freezes)s, frozen_from = %(frozen_from)s,
    frozen_until = %(frozen_until)s, last_used_at = %(last_used_at)s, begun_by = %(begun_by)s,
    told_days_at = CASE WHEN ends_on IS DISTINCT FROM %(ends_on)s THEN NULL ELSE told_days_at END,
    told_visits_at = CASE WHEN visits IS DISTINCT FROM %(visits)s THEN NULL ELSE told_visits_at END,
    version = version + 1
WHERE chain_id = %(chain)s AND id = %(id)s AND version = %(version)s
"""
_SAVED: Final = (
    "state",
    "visits",
    "used",
    "starts_on",
    "first_ends_on",
    "ends_on",
    "extended_days",
    "frozen_days",
    "freezes",
    "frozen_from",
    "frozen_until",
    "last_used_at",
    "begun_by",
    "id",
    "version",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where somebody acts: the zone of the chain's days, the decimals of its currency, and the location, if any."""

    zone: ZoneInfo
    decimals: int
    location_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Locked:
    """A membership that nobody else can change, as it is today."""

    chain_id: UUID
    state: MembershipState
    today: date
    cursor: HotCursor

    def save(self, after: MembershipState) -> MembershipState:
        """Write it down; where its end or its visits change, people may be told of its end again."""
        after = as_of(after, self.today)
        values = {name: getattr(after, name) for name in _SAVED} | {"version": self.state.version}
        written = execute(_SAVE, values | {"chain": self.chain_id})
        assert written == 1
        return replace(after, version=self.state.version + 1)


@contextmanager
def write(actor: Actor, membership: str, *, zone: ZoneInfo, now: datetime) -> Iterator[Locked]:
    """Open a unit of work and lock a membership in it. Refuses: Forbidden, NotFound."""
    today = now.astimezone(zone).date()
    with unit_of_work(actor.chain_id):
        found = access_membership(actor, membership, today=today)
        cursor = open_cursor()
        locked = lock_memberships(cursor, actor.chain_id, [found.id])[found.id]
        yield Locked(actor.chain_id, as_of(locked, today), today, cursor)


def tell(
    actor: Actor,
    after: MembershipState,
    event: str,
    *,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after_facts: Mapping[str, Any] | None = None,
    location_id: UUID | None = None,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Write what happened into the journal, and announce it."""
    keep(actor, after, event, now=now, before=before, after_facts=after_facts, location_id=location_id)
    announce(
        actor.chain_id,
        event,
        now=now,
        card_ids=[after.card_id] if after.card_id else (),
        payload=event_payload(after) | dict(payload or {}),
    )


def keep(
    actor: Actor,
    after: MembershipState,
    verb: str,
    *,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after_facts: Mapping[str, Any] | None = None,
    location_id: UUID | None = None,
) -> None:
    """Write what happened into the journal."""
    record(
        actor,
        verb=verb,
        object_kind="membership",
        object_id=after.id,
        now=now,
        before=before,
        after=after_facts,
        location_id=location_id,
    )


def view_of(chain_id: UUID, membership_id: UUID, today: date) -> MembershipView:
    """A membership that is there."""
    found = find_membership(chain_id, membership_id, today=today)
    assert found is not None
    return found


def read_reason(text: str) -> str:
    """A reason that can be kept. Refuses: Invalid."""
    problems = check_text(text, "/reason", length_max=REASON_LENGTH_MAX)
    if not text.strip():
        problems.append(FieldProblem("/reason", "required", "Say why."))
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    return text.strip()
