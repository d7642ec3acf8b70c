"""Moving the clock of a test chain ahead, and doing what the time that passed brings (ORG-6)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from regulars.chains import rules
from regulars.chains.errors import ClockBackwards, NotATestChain
from regulars.chains.models import Chain
from regulars.chains.queries import ChainClock, view_clock
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.audit import record
from regulars.platform.database import unit_of_work
from regulars.platform.timely import DueWorkFailed, do_what_is_due


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """Where a clock is to go: an ISO 8601 duration ahead, or to a moment; one of the two."""

    advance: str | None = None
    to: datetime | None = None


def move_clock(actor: Actor, forward: Forward, *, real: datetime, defer: Callable[[UUID], None]) -> ChainClock:
    """Move the clock of a test chain ahead; `defer` puts what then falls due into the background.

    `real` is the time of the world. Two who move it by a day at the same instant move it by two. Refuses: Forbidden,
    Invalid, NotATestChain, ClockBackwards.
    """
    actor.require("settings:write")
    with unit_of_work(actor.chain_id):
        found = Chain.objects.select_for_update(no_key=True).filter(id=actor.chain_id).first()
        if found is None:
            raise Refused(NotFound())
        if not found.is_test:
            raise Refused(NotATestChain())
        now = real + found.clock_ahead
        target = _target(forward, now, zone=ZoneInfo(found.time_zone), real=real)
        if target < now:
            raise Refused(ClockBackwards(now=now.astimezone(ZoneInfo(found.time_zone)).isoformat(timespec="seconds")))
        found.clock_ahead = target - real
        found.save(update_fields=["clock_ahead"])
        record(
            actor,
            verb="chain.clock_moved",
            object_kind="chain",
            object_id=found.id,
            now=now,
            before={"now": now},
            after={"now": target},
        )
        defer(found.id)
        return view_clock(found, real=real)


def _target(forward: Forward, now: datetime, *, zone: ZoneInfo, real: datetime) -> datetime:
    """The moment that was asked for. Refuses: Invalid."""
    if (forward.advance is None) == (forward.to is None):
        detail = _("Say either how far to advance, or to which moment.")
        raise Refused(Invalid(errors=(FieldProblem("/advance", "one_of_two", detail),)))
    target: datetime | None
    if forward.to is not None:
        target, pointer = forward.to, "/to"
    else:
        period = rules.read_period(forward.advance or "")
        if period is None:
            detail = _("A length of time in whole numbers is wanted (ISO 8601): P3D, P1M, PT12H.")
            raise Refused(Invalid(errors=(FieldProblem("/advance", "invalid_duration", detail),)))
        target, pointer = rules.moment_after(now, period, zone=zone), "/advance"
    problems = rules.check_reach(target, pointer, real=real)
    if problems or target is None:
        raise Refused(Invalid(errors=tuple(problems)))
    return target


def catch_up(chain_id: UUID, *, now: datetime) -> None:
    """Do what has fallen due in a chain until `now`: midnight by midnight since it was last done, then at `now`.

    May be killed and run again. Raises DueWorkFailed after everything else was done; the next run begins at that day.
    """
    with unit_of_work(chain_id):
        found = Chain.objects.filter(id=chain_id).values_list("caught_up_to", "time_zone").first()
    if found is None:
        return
    failure: DueWorkFailed | None = None
    for moment in rules.days_between(found[0], now, zone=ZoneInfo(found[1])):
        try:
            do_what_is_due(chain_id, moment)
        except DueWorkFailed as failed:
            failure = failure or failed
        if failure is None:
            with unit_of_work(chain_id):
                Chain.objects.filter(id=chain_id).update(caught_up_to=moment)
    if failure is not None:
        raise failure
