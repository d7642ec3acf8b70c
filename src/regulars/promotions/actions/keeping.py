"""Keeping what was promised: those who would lose it go on by the version that promised it, until a day (ORD-13)."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, get_args
from zoneinfo import ZoneInfo

from regulars.chains.queries import get_chain
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.programs.rules.expiry import end_of_day
from regulars.promotions.models import KeptVersion, Promotion
from regulars.promotions.queries.promised.outlook import ground_of, promises_of, read_version
from regulars.promotions.queries.promised.subjects import count_losses, keep_for
from regulars.promotions.rules.definition.values import Definition
from regulars.promotions.rules.promised import Change, is_as_good

Who = Literal["nobody", "orders", "everybody"]
"""Whom a change leaves what they were promised: nobody, orders that are open, or everybody who would lose something."""

WHO: Final[tuple[Who, ...]] = get_args(Who)
DAYS_USUAL: Final = 90
DAYS_MAX: Final = 5 * 366


@dataclass(frozen=True, slots=True)
class Protection:
    """Who keeps what they were promised, and the last day on which they do."""

    who: Who = "nobody"
    until: date | None = None


NOBODY: Final = Protection()


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the promises that a change broke: how many there were of each kind, and how many are kept."""

    broken: dict[str, int] = field(default_factory=dict)
    people: int = 0
    orders: int = 0
    until: datetime | None = None


def keep_promises(actor: Actor, promotion: Promotion, change: Change, protection: Protection, *, now: datetime) -> Kept:
    """Count what a change of a locked promotion breaks, and let those who are chosen keep it; before the change is made.

    They are written down as they are at this moment, in the running unit of work. Refuses: Invalid (the day).
    """
    until = _read_day(promotion, protection, now=now)
    ground = ground_of(promotion, now=now)
    promises = promises_of(promotion, change)
    broken: dict[str, int] = {one.promise.kind: one.people for one in count_losses(ground, promises)}
    if until is None or not broken:
        return Kept(broken)
    kept = KeptVersion.objects.create(
        chain_id=promotion.chain_id,
        promotion_id=promotion.id,
        number=promotion.published,
        change=change,
        until=until,
        staff_id=actor.staff_id,
        at=now,
    )
    chosen = [one for one in promises if protection.who == "everybody" or one.kind == "orders"]
    counts = {one.kind: keep_for(ground, kept.id, one) for one in chosen if one.kind in broken}
    kept.orders = counts.pop("orders", 0)
    kept.people = sum(counts.values())
    kept.save()
    audit.record(
        actor,
        verb="promotion.promises_kept",
        object_kind="promotion",
        object_id=promotion.id,
        now=now,
        after={
            "version": kept.number,
            "who": protection.who,
            "until": until.isoformat(),
            "people": kept.people,
            "orders": kept.orders,
            "broken": broken,
        },
    )
    return Kept(broken, kept.people, kept.orders, until)


def end_outdone(promotion: Promotion, new: Definition, *, now: datetime) -> None:
    """Let nobody keep a version that is no better for anybody than what runs from now on."""
    for kept in KeptVersion.objects.filter(chain_id=promotion.chain_id, promotion_id=promotion.id, until__gt=now):
        old = read_version(promotion.chain_id, promotion.id, kept.number)
        if old is not None and is_as_good(old, new) and old.limits == new.limits:
            kept.until = now
            kept.save()


def usual_day(now: datetime, zone: ZoneInfo) -> date:
    """The last day that is proposed."""
    return now.astimezone(zone).date() + timedelta(days=DAYS_USUAL)


def _read_day(promotion: Promotion, protection: Protection, *, now: datetime) -> datetime | None:
    if protection.who == "nobody":
        return None
    zone = ZoneInfo(get_chain(promotion.chain_id).time_zone)
    today = now.astimezone(zone).date()
    if protection.until is None:
        raise _refused(FieldProblem("/until", "required", "Say until which day."))
    if not today <= protection.until <= today + timedelta(days=DAYS_MAX):
        raise _refused(FieldProblem("/until", "out_of_range", "A day from today on, within five years."))
    return end_of_day(protection.until, zone)


def _refused(problem: FieldProblem) -> Refused:
    return Refused(Invalid(errors=(problem,)))


def protection_facts(kept: Kept) -> dict[str, Any]:
    """What the journal keeps beside the change itself."""
    return {"promises_broken": kept.broken, "promises_kept": kept.people + kept.orders} if kept.broken else {}
