"""Freezing, unfreezing and extending memberships (RWD-6)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from regulars.kernel.ids import new_id
from regulars.kernel.refusal import FieldProblem, Invalid, Refusal, Refused
from regulars.memberships.actions.worth import refuse_gift
from regulars.memberships.actions.write import Locked, Place, read_reason, tell, view_of, write
from regulars.memberships.events import (
    MEMBERSHIP_EXTENDED,
    MEMBERSHIP_FREEZE_PLANNED,
    MEMBERSHIP_FROZEN,
    MEMBERSHIP_UNFROZEN,
)
from regulars.memberships.models import MembershipExtension, MembershipFreeze
from regulars.memberships.queries.memberships import MembershipView
from regulars.memberships.queries.uses import last_use_day
from regulars.memberships.rules.freeze import check_freeze, extend, first_day_to_freeze, frozen, unfreeze
from regulars.memberships.rules.terms import DAYS_MAX, VISITS_MAX
from regulars.platform.actor import Actor
from regulars.platform.database import execute


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeCommand:
    """How long a membership rests, and from when; None: from the first day that can be frozen."""

    days: int
    starts_on: date | None = None
    reason: str = ""


def freeze_membership(
    actor: Actor, membership: str, command: FreezeCommand, *, at: Place, now: datetime
) -> MembershipView:
    """Let a membership rest; its end moves by the days.

    Refuses: Forbidden, NotFound, Invalid, FreezeOverlaps, FreezesUsedUp, FreezeDaysUsedUp, FreezeTooShort, FreezeTooLong,
    FreezeOutside, FreezeCoversUse, MembershipWithoutEnd, MembershipNotBegun, and why it is over.
    """
    actor.require("rewards:write")
    if not 1 <= command.days <= DAYS_MAX:
        raise Refused(_out_of_range("/days", 1, DAYS_MAX))
    reason = read_reason(command.reason) if command.reason.strip() else ""
    with write(actor, membership, zone=at.zone, now=now) as locked:
        state, today = locked.state, locked.today
        last = last_use_day(actor.chain_id, state.id, str(at.zone))
        starts_on = command.starts_on or first_day_to_freeze(state, today, last)
        refusal = check_freeze(state, starts_on=starts_on, days=command.days, today=today, last_used_on=last)
        if refusal is not None:
            raise Refused(refusal)
        after = locked.save(frozen(state, starts_on=starts_on, days=command.days, today=today))
        MembershipFreeze.objects.create(
            id=new_id(),
            chain_id=actor.chain_id,
            membership_id=state.id,
            starts_on=starts_on,
            planned_days=command.days,
            days=command.days,
            made_at=now,
        )
        tell(
            actor,
            after,
            MEMBERSHIP_FROZEN if after.state == "frozen" else MEMBERSHIP_FREEZE_PLANNED,
            now=now,
            before={"ends_on": state.ends_on},
            after_facts={
                "frozen_from": after.frozen_from,
                "frozen_until": after.frozen_until,
                "days": command.days,
                "ends_on": after.ends_on,
                "reason": reason or None,
            },
            location_id=at.location_id,
            payload={
                "frozen_from": _text(after.frozen_from),
                "frozen_until": _text(after.frozen_until),
                "ends_on": _text(after.ends_on),
            },
        )
        return view_of(actor.chain_id, state.id, today)


def unfreeze_membership(actor: Actor, membership: str, *, at: Place, now: datetime) -> MembershipView:
    """End a freeze today, or call off the one that is to come: the end moves back by the days that it did not rest.

    Refuses: Forbidden, NotFound, NotFrozen, and why it is over.
    """
    actor.require("rewards:write")
    with write(actor, membership, zone=at.zone, now=now) as locked:
        state = locked.state
        outcome = unfreeze(state, locked.today)
        if isinstance(outcome, Refusal):
            raise Refused(outcome)
        after = locked.save(outcome.after)
        ended = execute(
            "UPDATE membership_freezes SET days = %s, ended_at = %s"
            " WHERE chain_id = %s AND membership_id = %s AND starts_on = %s AND ended_at IS NULL",
            [outcome.days, now, actor.chain_id, state.id, state.frozen_from],
        )
        assert ended == 1
        tell(
            actor,
            after,
            MEMBERSHIP_UNFROZEN,
            now=now,
            before={"frozen_from": state.frozen_from, "frozen_until": state.frozen_until, "ends_on": state.ends_on},
            after_facts={"days": outcome.days, "ends_on": after.ends_on},
            location_id=at.location_id,
            payload={"ends_on": _text(after.ends_on)},
        )
        return view_of(actor.chain_id, state.id, locked.today)


def extend_membership(
    actor: Actor, membership: str, *, days: int, visits: int, reason: str, at: Place, now: datetime
) -> MembershipView:
    """Add days or visits, or both; what was over can be used again.

    Refuses: Forbidden, NotFound, Invalid, MembershipCancelled, MembershipWithoutEnd, VisitsUnlimited, StillExpired,
    AboveLimit.
    """
    actor.require("rewards:write")
    if not 0 <= days <= DAYS_MAX:
        raise Refused(_out_of_range("/days", 0, DAYS_MAX))
    if not 0 <= visits <= VISITS_MAX:
        raise Refused(_out_of_range("/visits", 0, VISITS_MAX))
    if days + visits == 0:
        raise Refused(Invalid(errors=(FieldProblem("/days", "required", "Say how many days or visits more."),)))
    reason = read_reason(reason)
    with write(actor, membership, zone=at.zone, now=now) as locked:
        state = locked.state
        refuse_gift(actor, state, days=days, visits=visits, decimals=at.decimals)
        outcome = extend(state, days=days, visits=visits, today=locked.today)
        if isinstance(outcome, Refusal):
            raise Refused(outcome)
        if outcome.visits is not None and outcome.visits > VISITS_MAX:
            raise Refused(_out_of_range("/visits", 0, VISITS_MAX - (state.visits or 0)))
        if outcome.extended_days > DAYS_MAX:
            raise Refused(_out_of_range("/days", 0, DAYS_MAX - state.extended_days))
        after = locked.save(outcome)
        MembershipExtension.objects.create(
            id=new_id(), chain_id=actor.chain_id, membership_id=state.id, days=days, visits=visits, at=now
        )
        _tell_extended(actor, locked, after.id, days, visits, reason, at.location_id, now=now)
        return view_of(actor.chain_id, state.id, locked.today)


def _tell_extended(
    actor: Actor,
    locked: Locked,
    membership_id: UUID,
    days: int,
    visits: int,
    reason: str,
    location_id: UUID | None,
    *,
    now: datetime,
) -> None:
    before = locked.state
    after = view_of(actor.chain_id, membership_id, locked.today).now
    tell(
        actor,
        after,
        MEMBERSHIP_EXTENDED,
        now=now,
        before={"ends_on": before.ends_on, "remaining": before.remaining},
        after_facts={
            "days": days,
            "visits": visits,
            "ends_on": after.ends_on,
            "remaining": after.remaining,
            "reason": reason,
        },
        location_id=location_id,
        payload={"days": days, "visits": visits, "ends_on": _text(after.ends_on), "remaining": after.remaining},
    )


def _out_of_range(pointer: str, least: int, most: int) -> Invalid:
    detail = f"A whole number from {least} to {most}."
    return Invalid(errors=(FieldProblem(pointer, "out_of_range", detail),))


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
