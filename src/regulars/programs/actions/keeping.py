"""Keeping tiers: those who are in one keep it, and what it brings, while it changes or goes (ORD-13)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import execute, row
from regulars.programs.models import Tier
from regulars.programs.queries.programs import ProgramView
from regulars.programs.queries.tier_losses import PlannedGroup, TierLoss, count_tier_losses
from regulars.programs.queries.tiers import find_zone
from regulars.programs.rules.expiry import end_of_day

TierWho = Literal["nobody", "holders"]
"""Whom a change of tiers leaves what they have: nobody, or everybody who is in a tier that becomes worse."""

TIER_WHO: Final[tuple[TierWho, ...]] = get_args(TierWho)
DAYS_USUAL: Final = 90
DAYS_MAX: Final = 5 * 366
UNTIL: Final = "/tier_protection/until"

# Whoever keeps a tier for longer already, keeps it for longer.
_KEEP: Final = """
UPDATE holder_tiers SET keeps_multiplier = keeps_multiplier OR %(multiplies)s,
    kept_until = greatest(kept_until, %(until)s::timestamptz, CASE WHEN %(until)s::timestamptz IS NULL
        THEN until + %(grace)s::interval END)
WHERE chain_id = %(chain)s AND tier_id = %(tier)s AND (%(until)s::timestamptz IS NOT NULL OR until IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class TierProtection:
    """Who keeps their tier, and the last day on which they do; no day is the end of each one's own period and grace."""

    who: TierWho = "nobody"
    until: date | None = None


NOBODY: Final = TierProtection()


def keep_tiers(
    actor: Actor, program: ProgramView, groups: Iterable[PlannedGroup], protection: TierProtection, *, now: datetime
) -> Mapping[UUID, datetime]:
    """Let those who would lose something keep it, before tiers are changed; the tiers that stay for them, until when.

    In the running unit of work. The journal keeps what was chosen. Refuses: Invalid (the day).
    """
    planned = list(groups)
    losses = count_tier_losses(actor.chain_id, planned, now=now)
    until = _read_day(actor, protection, losses, now=now)
    if protection.who == "nobody" or not losses:
        if losses:
            _record(actor, program, protection, losses, people=0, until=None, now=now)
        return {}
    closing: dict[UUID, datetime] = {}
    people = 0
    for group in planned:
        lost = {one.tier.id for one in losses if one.group.id == group.old.id}
        for tier_id in lost:
            multipliers = group.change.multipliers_of(tier_id)
            asked = {
                "chain": actor.chain_id,
                "tier": tier_id,
                "until": until,
                "grace": timedelta(days=group.old.grace_days),
                "multiplies": multipliers is not None,
            }
            people += execute(_KEEP, asked)
            ends = _last_end(actor, tier_id)
            if ends is None:
                continue
            if group.new is None or tier_id not in {one.id for one in group.new.tiers}:
                closing[tier_id] = ends
            if multipliers is not None:
                _keep_multiplier(actor, tier_id, multipliers[0], ends, now=now)
        if group.new is None and lost & closing.keys():
            # A group goes as a whole, so that it can come back as a whole.
            ends = max(closing[one] for one in lost & closing.keys())
            closing |= {one.id: ends for one in group.old.tiers}
    _record(actor, program, protection, losses, people=people, until=until, now=now)
    return closing


def usual_day(now: datetime, zone: ZoneInfo) -> date:
    """The last day that is proposed where there is no period."""
    return now.astimezone(zone).date() + timedelta(days=DAYS_USUAL)


def _last_end(actor: Actor, tier_id: UUID) -> datetime | None:
    found = row(
        "SELECT max(kept_until) FROM holder_tiers WHERE chain_id = %s AND tier_id = %s", [actor.chain_id, tier_id]
    )
    ends: datetime | None = found[0] if found else None
    return ends


def _keep_multiplier(actor: Actor, tier_id: UUID, multiplier: Any, ends: datetime, *, now: datetime) -> None:
    """Of several that are kept the one that brings most counts for all who keep one."""
    tier = Tier.objects.get(chain_id=actor.chain_id, id=tier_id)
    is_kept = tier.multiplier_kept_until is not None and tier.multiplier_kept_until > now
    if is_kept and tier.kept_multiplier is not None:
        multiplier = max(multiplier, tier.kept_multiplier)
    tier.kept_multiplier, tier.multiplier_kept_until = multiplier, ends
    tier.save()


def _read_day(actor: Actor, protection: TierProtection, losses: list[TierLoss], *, now: datetime) -> datetime | None:
    if protection.who == "nobody":
        return None
    if protection.until is None:
        if any(one.group.period == "lifetime" for one in losses):
            raise _refused(FieldProblem(UNTIL, "required", "A lifetime has no end of a period: say until which day."))
        return None
    zone = find_zone(actor.chain_id)
    today = now.astimezone(zone).date()
    if not today <= protection.until <= today + timedelta(days=DAYS_MAX):
        raise _refused(FieldProblem(UNTIL, "out_of_range", "A day from today on, within five years."))
    return end_of_day(protection.until, zone)


def _refused(problem: FieldProblem) -> Refused:
    return Refused(Invalid(errors=(problem,)))


def _record(
    actor: Actor,
    program: ProgramView,
    protection: TierProtection,
    losses: Iterable[TierLoss],
    *,
    people: int,
    until: datetime | None,
    now: datetime,
) -> None:
    audit.record(
        actor,
        verb="program.tiers_kept" if people else "program.tiers_lost",
        object_kind="program",
        object_id=program.id,
        now=now,
        after={
            "who": protection.who,
            "until": until.isoformat() if until else None,
            "people": people,
            "losses": [{"tier": one.tier.name, "when": one.when, "people": one.people} for one in losses],
        },
    )
