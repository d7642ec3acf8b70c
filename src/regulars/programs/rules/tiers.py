"""In which tier somebody is (PRG-6); pure.

A tier group counts something over a period. Whoever reaches a tier's threshold is in it at once and stays until the period
ends; then what that period counted decides. Grace prolongs the period for those who would fall, and what they do in the
meantime counts. Over a lifetime there is no end of a period: the tier follows the total, which only refunds and corrections lower.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, Literal, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.programs.rules.expiry import months_after, start_of_day

Counts = Literal["status", "sold", "paid", "visits"]
Period = Literal["lifetime", "year", "months"]
COUNTS: Final[tuple[str, ...]] = get_args(Counts)
PERIODS: Final[tuple[str, ...]] = get_args(Period)
LIGHT, DARK, DARK_LUMINANCE = "#ffffff", "#211c16", 0.0118


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier begins at its threshold: smallest units of the balance type, of the currency, or visits.

    Nobody enters one that is closing; those who keep it stay for their time (ORD-13).
    """

    id: UUID
    threshold: int
    multiplier: Decimal = Decimal(1)
    is_closing: bool = False


@dataclass(frozen=True, slots=True)
class TierGroup:
    """Tiers that exclude each other, lowest first. `months` belongs to the period `months`."""

    id: UUID
    counts: Counts
    period: Period
    tiers: tuple[Tier, ...]
    months: int = 0
    grace_days: int = 0

    def rank_at(self, counted: int) -> int:
        """How high somebody with this count is: the place of the highest tier reached, 0 below the first."""
        return max(
            (place for place, tier in enumerate(self.tiers, 1) if counted >= tier.threshold and not tier.is_closing),
            default=0,
        )

    def open_rank(self, rank: int) -> int:
        """The highest rank, this one or below, that somebody may still enter."""
        return max((place for place in range(1, rank + 1) if not self.tiers[place - 1].is_closing), default=0)

    def rank_of(self, tier: UUID | None) -> int:
        """How high a tier is; 0 for none, and for one that is no longer there."""
        return next((place for place, one in enumerate(self.tiers, start=1) if one.id == tier), 0)

    def tier_at(self, rank: int) -> UUID | None:
        """The tier of a rank."""
        return self.tiers[rank - 1].id if rank else None


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody's tier in a group: since when, and when its period ends (None: no end, or no tier).

    Before `kept_until` they do not fall, whatever became of the tier (ORD-13).
    """

    tier: UUID | None
    since: datetime
    until: datetime | None = None
    kept_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """The time whose doings count: after `begins` (None: since ever) and until `ends` (None: until now, whatever the clock says)."""

    begins: datetime | None = None
    ends: datetime | None = None


def window_of(group: TierGroup, at: datetime, zone: ZoneInfo) -> Window:
    """What counts at a moment: everything, the calendar year so far, or the last N months. Days are the chain's."""
    match group.period:
        case "lifetime":
            return Window()
        case "year":
            return Window(begins=start_of_day(date(at.astimezone(zone).year, 1, 1), zone))
        case "months":
            day = at.astimezone(zone).date()
            return Window(begins=start_of_day(months_after(day, -group.months), zone))


def period_end(group: TierGroup, at: datetime, zone: ZoneInfo) -> datetime | None:
    """When a tier that is reached at a moment is judged again: at the end of the year, or N months later."""
    match group.period:
        case "lifetime":
            return None
        case "year":
            return start_of_day(date(at.astimezone(zone).year + 1, 1, 1), zone)
        case "months":
            return start_of_day(months_after(at.astimezone(zone).date(), group.months), zone)


def ended_window(group: TierGroup, until: datetime, zone: ZoneInfo) -> Window:
    """What the period that ended at `until` counted."""
    if group.period == "year":
        return Window(begins=start_of_day(date(until.astimezone(zone).year - 1, 1, 1), zone), ends=until)
    day = until.astimezone(zone).date()
    return Window(begins=start_of_day(months_after(day, -group.months), zone), ends=until)


def judged_at(group: TierGroup, standing: Standing) -> datetime | None:
    """When somebody may fall: at the end of their period and of the grace after it, and of the time that they keep it."""
    if standing.until is None:
        return None
    over = standing.until + timedelta(days=group.grace_days)
    return over if standing.kept_until is None else max(over, standing.kept_until)


def rise(group: TierGroup, standing: Standing | None, counted: int, at: datetime, zone: ZoneInfo) -> Standing:
    """Where somebody stands after what happened: up at once, down only where the group counts a lifetime.

    Nobody falls before the time is over for which they keep a tier; a tier that is closing is left when it is.
    """
    reached = group.rank_at(counted)
    if standing is None:
        return Standing(group.tier_at(reached), since=at, until=period_end(group, at, zone) if reached else None)
    is_kept = standing.kept_until is not None and at < standing.kept_until
    kept_until = standing.kept_until if is_kept else None
    held = group.rank_of(standing.tier)
    is_over = held > 0 and group.tiers[held - 1].is_closing and not is_kept
    falls = reached < held and group.period == "lifetime" and not is_kept
    if reached > held or falls or is_over or (not held and standing.tier is not None):
        tier = group.tier_at(reached)
        ends = period_end(group, at, zone) if reached else None
        return Standing(tier, since=at, until=ends, kept_until=kept_until if reached else None)
    if held and standing.until is None and group.period != "lifetime":
        # The group counted a lifetime when the tier was reached.
        ends = period_end(group, at, zone)
        return Standing(standing.tier, since=standing.since, until=ends, kept_until=kept_until)
    return replace(standing, kept_until=kept_until)


def judge(group: TierGroup, standing: Standing, *, ended: int, counted: int, at: datetime, zone: ZoneInfo) -> Standing:
    """Where somebody stands when their period and its grace are over: by the better of what the period and what the present counts.

    `ended` is what the period that ended counted, `counted` what counts at `at`, the end of the grace. A tier that is
    kept begins its next period where the last one ended.
    """
    assert standing.until is not None
    held = group.rank_of(standing.tier)
    rank = group.open_rank(min(held, max(group.rank_at(ended), group.rank_at(counted))))
    if rank == 0:
        return Standing(None, since=at)
    ends = period_end(group, standing.until, zone)
    while ends is not None and ends + timedelta(days=group.grace_days) <= at:
        ends = period_end(group, ends, zone)
    since = standing.since if rank == held else at
    return Standing(group.tier_at(rank), since=since, until=ends)


def readable_on(background: str) -> str:
    """Dark or light letters, whichever stand out more on a colour like #7a4f2d (WCAG 2.2, contrast ratio)."""
    shares = [int(background[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares]
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return LIGHT if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / (DARK_LUMINANCE + 0.05) else DARK
