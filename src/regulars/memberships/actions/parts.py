"""Uses and their undoing as parts of one statement, so that an order takes or gives back visits with all else it does.

Exact under races: a membership that is not as it was locked makes the statement fail, and `post` raises LostRace.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.kernel.ids import encode, new_id
from regulars.ledger.actions.post import Part
from regulars.memberships.events import MEMBERSHIP_USE_UNDONE, MEMBERSHIP_USED
from regulars.memberships.rules.states import MembershipState
from regulars.memberships.rules.use import UsePlan
from regulars.platform.actor import Actor

# The check stands where the rows of the uses come from: a part that only reads would not be run by itself.
_MOVE: Final = """
membership_moved AS (
    UPDATE memberships m SET state = w.state, used = w.used, starts_on = w.starts_on, first_ends_on = w.first_ends_on,
        ends_on = w.ends_on, frozen_from = w.frozen_from, frozen_until = w.frozen_until, last_used_at = w.last_used_at,
        begun_by = w.begun_by, version = m.version + 1
    FROM json_to_recordset(%(memberships_after)s::json) AS w (id uuid, version int, state text, used int, starts_on date,
        first_ends_on date, ends_on date, frozen_from date, frozen_until date, last_used_at timestamptz, begun_by uuid)
    WHERE m.id = w.id AND m.version = w.version AND m.chain_id = %(chain)s::uuid
    RETURNING m.id
), membership_used AS (
    INSERT INTO membership_uses (id, chain_id, membership_id, visits, undoes_id, order_id, sku, at, location_id, staff_id,
        key_id, through)
    SELECT u.id, %(chain)s::uuid, u.membership_id, u.visits, u.undoes_id, u.order_id, u.sku, u.at, u.location_id,
        u.staff_id, u.key_id, u.through
    FROM json_to_recordset(%(membership_uses)s::json) AS u (id uuid, membership_id uuid, visits int, undoes_id uuid,
        order_id uuid, sku text, at timestamptz, location_id uuid, staff_id uuid, key_id uuid, through text)
    CROSS JOIN (
        SELECT regulars_all_written((SELECT count(*) FROM membership_moved), %(memberships_wanted)s) OFFSET 0
    ) AS checked
), membership_told AS (
    INSERT INTO events (id, chain_id, at, kind, card_ids, transaction_ids, payload)
    SELECT e.id, %(chain)s::uuid, e.at, e.kind, ARRAY(SELECT json_array_elements_text(e.cards)::uuid), '{}', e.payload
    FROM json_to_recordset(%(membership_events)s::json) AS e (id uuid, at timestamptz, kind text, cards json,
        payload jsonb)
), membership_queued AS (
    INSERT INTO event_queue (event_id, chain_id)
    SELECT e.id, %(chain)s::uuid FROM json_to_recordset(%(membership_events)s::json) AS e (id uuid)
)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUse:
    """A planned use, with where it belongs; `skus` makes one use of each of its visits, each for what its SKU says."""

    plan: UsePlan
    skus: tuple[str, ...] = ()
    location_id: UUID | None = None
    order_id: UUID | None = None
    sku: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """Uses that are given back, each as a whole: the membership as it was locked and after it; `uses` with their visits."""

    before: MembershipState
    after: MembershipState
    uses: tuple[tuple[UUID, int], ...]
    location_id: UUID | None = None
    order_id: UUID | None = None


def use_parts(actor: Actor, uses: Sequence[NewUse], *, now: datetime) -> list[Part]:
    """Take visits of locked memberships, at most one use of each. No uses: no parts."""
    lines = [line for one in uses for line in _lines(actor, one, now=now)]
    moves = [(one.plan.before, one.plan.after) for one in uses]
    told = [_event(MEMBERSHIP_USED, one.plan.after, one.plan.visits, one.order_id, now=now) for one in uses]
    return _parts(moves, lines, told)


def give_back_parts(actor: Actor, gives: Sequence[GivenBack], *, now: datetime) -> list[Part]:
    """Undo uses of locked memberships by uses of as many visits below zero; nothing is deleted. No uses: no parts."""
    lines = [
        _line(actor, one, new_id(), one.before.id, -visits, use_id, now=now)
        for one in gives
        for use_id, visits in one.uses
    ]
    moves = [(one.before, one.after) for one in gives]
    told = [
        _event(MEMBERSHIP_USE_UNDONE, one.after, sum(visits for _, visits in one.uses), one.order_id, now=now)
        for one in gives
    ]
    return _parts(moves, lines, told)


def _parts(
    moves: Sequence[tuple[MembershipState, MembershipState]], lines: list[dict[str, Any]], told: list[dict[str, Any]]
) -> list[Part]:
    if not moves:
        return []
    return [
        Part(
            _MOVE,
            {
                "memberships_after": _text([_after(before.version, after) for before, after in moves]),
                "membership_uses": _text(lines),
                "membership_events": _text(told),
                "memberships_wanted": len(moves),
            },
        )
    ]


def _lines(actor: Actor, one: NewUse, *, now: datetime) -> list[dict[str, Any]]:
    """One use, or one of each visit, the first of which is the planned one: so that each can be given back as a whole."""
    if not one.skus:
        return [
            _line(actor, one, one.plan.use_id, one.plan.before.id, one.plan.visits, None, now=now) | {"sku": one.sku}
        ]
    assert len(one.skus) == one.plan.visits
    ids = [one.plan.use_id, *(new_id() for _sku in one.skus[1:])]
    return [
        _line(actor, one, use_id, one.plan.before.id, 1, None, now=now) | {"sku": sku}
        for use_id, sku in zip(ids, one.skus, strict=True)
    ]


def _after(version: int, one: MembershipState) -> dict[str, Any]:
    return {
        "id": one.id,
        "version": version,
        "state": one.state,
        "used": one.used,
        "starts_on": one.starts_on,
        "first_ends_on": one.first_ends_on,
        "ends_on": one.ends_on,
        "frozen_from": one.frozen_from,
        "frozen_until": one.frozen_until,
        "last_used_at": one.last_used_at,
        "begun_by": one.begun_by,
    }


def _line(
    actor: Actor,
    of: NewUse | GivenBack,
    use_id: UUID,
    membership_id: UUID,
    visits: int,
    undoes: UUID | None,
    *,
    now: datetime,
) -> dict[str, Any]:
    return {
        "id": use_id,
        "membership_id": membership_id,
        "visits": visits,
        "undoes_id": undoes,
        "order_id": of.order_id,
        "sku": "",
        "at": now,
        "location_id": of.location_id,
        "staff_id": actor.staff_id,
        "key_id": actor.key_id,
        "through": actor.through,
    }


def _event(kind: str, after: MembershipState, visits: int, order_id: UUID | None, *, now: datetime) -> dict[str, Any]:
    payload = event_payload(after) | {"visits": visits, "remaining": after.remaining}
    if order_id is not None:
        payload["order"] = encode("ord", order_id)
    return {
        "id": new_id(),
        "at": now,
        "kind": kind,
        "cards": [after.card_id] if after.card_id else [],
        "payload": payload,
    }


def event_payload(one: MembershipState) -> dict[str, Any]:
    """What every event of a membership says: which, of what type, and whose."""
    return {
        "membership": encode("mbr", one.id),
        "type": encode("mbt", one.type_id),
        "customer": encode("cus", one.customer_id) if one.customer_id else None,
    }


def _text(found: list[dict[str, Any]]) -> str:
    return json.dumps(found, default=_plain)


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
