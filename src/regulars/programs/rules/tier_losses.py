"""Who falls by a change of tiers, before it is made (ORD-13); pure."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.programs.rules.tiers import Standing, TierGroup, rise

When = Literal["now", "period_end"]
"""When somebody falls: with the change, or when their period is over and what it counted no longer suffices."""


@dataclass(frozen=True, slots=True)
class GroupChange:
    """A tier group as it is and as it would be; `new` None takes it away. Tiers that stay keep their ids."""

    old: TierGroup
    new: TierGroup | None

    @property
    def is_counted_anew(self) -> bool:
        """Whether what counts, or how long, becomes another."""
        new = self.new
        return new is not None and (new.counts, new.period, new.months) != (
            self.old.counts,
            self.old.period,
            self.old.months,
        )

    def may_fall_from(self, tier: UUID) -> bool:
        """Whether anybody could fall from a tier by this change: only then somebody has to be counted."""
        if self.new is None:
            return True
        before = self.old.tiers[self.old.rank_of(tier) - 1]
        after = next((one for one in self.new.tiers if one.id == tier), None)
        return self.is_counted_anew or after is None or after.is_closing or after.threshold > before.threshold

    def multipliers_of(self, tier: UUID) -> tuple[Decimal, Decimal] | None:
        """What a tier that stays multiplies by now and then, where that is less."""
        before = self.old.tiers[self.old.rank_of(tier) - 1].multiplier
        after = next((one.multiplier for one in self.new.tiers if one.id == tier), None) if self.new else None
        return (before, after) if after is not None and after < before else None


@dataclass(frozen=True, slots=True)
class Fall:
    """That somebody falls: when, and to which tier (None: to none)."""

    when: When
    to: UUID | None


def fall_of(
    change: GroupChange, standing: Standing, *, before: int, after: int, now: datetime, zone: ZoneInfo
) -> Fall | None:
    """Whether somebody falls by a change; `before` is what the group counts for them now, `after` what it would count.

    Who falls in any case when their period ends loses nothing by the change.
    """
    assert standing.tier is not None
    held = change.old.rank_of(standing.tier)
    if not held:
        return None
    if change.new is None:
        return Fall("now", None)
    then = rise(change.new, standing, after, now, zone)
    if then.tier != standing.tier:
        # A tier that was there before stands where it stood, a new one where it will stand.
        is_lower = then.tier is None or (change.old.rank_of(then.tier) or change.new.rank_of(then.tier)) < held
        return Fall("now", then.tier) if is_lower else None
    if change.new.period == "lifetime":
        return None
    reached = change.new.tier_at(change.new.rank_at(after))
    is_earned = before >= change.old.tiers[held - 1].threshold
    if is_earned and change.new.rank_of(reached) < change.new.rank_of(standing.tier):
        return Fall("period_end", reached)
    return None
