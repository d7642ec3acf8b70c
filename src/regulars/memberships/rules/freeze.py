"""Freezing and extending: what may be frozen and for how long, and how the end moves; pure."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from regulars.kernel.refusal import Refusal
from regulars.memberships.errors import (
    FreezeCoversUse,
    FreezeDaysUsedUp,
    FreezeOutside,
    FreezeOverlaps,
    FreezesUsedUp,
    FreezeTooLong,
    FreezeTooShort,
    MembershipCancelled,
    MembershipExpired,
    MembershipNotBegun,
    MembershipUsedUp,
    MembershipWithoutEnd,
    NotFrozen,
    StillExpired,
    VisitsUnlimited,
)
from regulars.memberships.rules.states import MembershipState, as_of, follow

DAYS_OF_MONTH: Final = 28
"""The shortest month: a day is worth rather too much than too little."""


@dataclass(frozen=True, slots=True)
class Unfrozen:
    """A freeze that ended early: the membership after it, and the days that it rested after all."""

    after: MembershipState
    days: int


def first_day_to_freeze(one: MembershipState, today: date, last_used_on: date | None) -> date:
    """The first day that may be frozen: today, or tomorrow where it was used today."""
    return today + timedelta(days=1) if last_used_on == today else today


def check_freeze(
    one: MembershipState, *, starts_on: date, days: int, today: date, last_used_on: date | None
) -> Refusal | None:
    """Why a membership cannot be frozen for these days; None where it can."""
    now = as_of(one, today)
    if refusal := _check_state(now):
        return refusal
    assert now.starts_on is not None
    assert now.first_ends_on is not None
    assert now.ends_on is not None
    terms = now.terms
    if now.frozen_from is not None and now.frozen_until is not None:
        return FreezeOverlaps(frozen_from=now.frozen_from.isoformat(), frozen_until=now.frozen_until.isoformat())
    if terms.freezes_max is not None and now.freezes >= terms.freezes_max:
        return FreezesUsedUp(limit=terms.freezes_max)
    if days < terms.freeze_days_min:
        return FreezeTooShort(least=terms.freeze_days_min)
    length = (now.first_ends_on - now.starts_on).days
    if days > length:
        return FreezeTooLong(most=length)
    if terms.freeze_days_max is not None and now.frozen_days + days > terms.freeze_days_max:
        return FreezeDaysUsedUp(left=max(0, terms.freeze_days_max - now.frozen_days), wanted=days)
    if not today <= starts_on <= now.ends_on:
        return FreezeOutside(first=today.isoformat(), last=now.ends_on.isoformat())
    if last_used_on is not None and last_used_on >= starts_on:
        return FreezeCoversUse(used_on=last_used_on.isoformat())
    return None


def _check_state(now: MembershipState) -> Refusal | None:
    match now.state:
        case "cancelled":
            return MembershipCancelled()
        case "used_up":
            return MembershipUsedUp()
        case "expired":
            return MembershipExpired(ended_on="" if now.ends_on is None else now.ends_on.isoformat())
        case "sold":
            return MembershipNotBegun()
        case "active" | "frozen":
            return None if now.ends_on is not None else MembershipWithoutEnd()


def frozen(one: MembershipState, *, starts_on: date, days: int, today: date) -> MembershipState:
    """The membership with this freeze: its end moves by the days."""
    now = as_of(one, today)
    assert now.ends_on is not None
    after = replace(
        now,
        frozen_from=starts_on,
        frozen_until=starts_on + timedelta(days=days - 1),
        frozen_days=now.frozen_days + days,
        freezes=now.freezes + 1,
        ends_on=now.ends_on + timedelta(days=days),
    )
    return as_of(after, today)


def unfreeze(one: MembershipState, today: date) -> Unfrozen | Refusal:
    """End the freeze that is, or call off the one that will be, today: only the days before today stay frozen.

    Refuses: NotFrozen, or why it is over.
    """
    now = as_of(one, today)
    if refusal := _check_state(now):
        return refusal
    if now.frozen_from is None or now.frozen_until is None:
        return NotFrozen()
    assert now.ends_on is not None
    planned = (now.frozen_until - now.frozen_from).days + 1
    days = max(0, (today - now.frozen_from).days)
    after = replace(
        now,
        state=follow(now.state, "unfreeze") if now.state == "frozen" else now.state,
        frozen_from=None,
        frozen_until=None,
        frozen_days=now.frozen_days - planned + days,
        freezes=now.freezes - (days == 0),
        ends_on=now.ends_on - timedelta(days=planned - days),
    )
    return Unfrozen(after, days)


def worth_of_more(one: MembershipState, *, days: int, visits: int) -> int | None:
    """What more days or visits are worth by what was paid, rounded up; None where that says nothing."""
    length = None
    if one.starts_on is not None and one.first_ends_on is not None:
        length = (one.first_ends_on - one.starts_on).days + 1
    elif one.terms.period_unit is not None:
        length = one.terms.period * (DAYS_OF_MONTH if one.terms.period_unit == "months" else 1)
    if not one.price or (days and not length) or (visits and not one.terms.visits):
        return None
    of_days = -(-one.price * days // length) if length else 0
    of_visits = -(-one.price * visits // one.terms.visits) if one.terms.visits else 0
    return of_days + of_visits


def extend(one: MembershipState, *, days: int, visits: int, today: date) -> MembershipState | Refusal:
    """The membership with more days, more visits or both: one that was over can be used again.

    Refuses: MembershipCancelled, MembershipWithoutEnd, VisitsUnlimited, StillExpired.
    """
    assert min(days, visits) >= 0
    assert days + visits > 0
    now = as_of(one, today)
    if now.state == "cancelled":
        return MembershipCancelled()
    if days and now.terms.period_unit is None:
        return MembershipWithoutEnd()
    if visits and now.visits is None:
        return VisitsUnlimited()
    after = replace(
        now,
        extended_days=now.extended_days + days,
        ends_on=None if now.ends_on is None else now.ends_on + timedelta(days=days),
        visits=None if now.visits is None else now.visits + visits,
    )
    if after.ends_on is not None and after.ends_on < today:
        # What could not be used with it is not added: not the visits either, where it has ended meanwhile.
        return StillExpired(ends_on=after.ends_on.isoformat())
    reopens = now.state == "expired" or (now.state == "used_up" and after.remaining != 0)
    return as_of(replace(after, state=follow(now.state, "reopen" if reopens else "extend")), today)
