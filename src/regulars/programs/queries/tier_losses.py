"""Who would fall by a change of tiers, or get less in theirs: counted and listed before it is made (ORD-13)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.kernel.amount import parse_amount
from regulars.kernel.ids import decode, new_id
from regulars.platform.database import row, rows
from regulars.programs.queries.programs import ProgramView
from regulars.programs.queries.tiers import (
    Holder,
    TierGroupView,
    TierView,
    count_for,
    find_zone,
    list_tier_groups,
)
from regulars.programs.rules.tier_drafts import (
    CountedBalance,
    TierDraft,
    TierGroupDraft,
    threshold_decimals,
)
from regulars.programs.rules.tier_losses import Fall, GroupChange, When, fall_of
from regulars.programs.rules.tiers import Standing, window_of

HOLDERS_MAX: Final = 20_000
"""So many holders of a tier are counted at most; beyond, the answer says that there are more."""
HOLDERS_AT_ONCE: Final = 2_000

_HELD: Final = """
SELECT holder_id, is_customer, tier_id, since, until, kept_until FROM holder_tiers
WHERE chain_id = %(chain)s AND tier_id = %(tier)s AND (%(after)s::uuid IS NULL OR holder_id > %(after)s)
ORDER BY holder_id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """A tier group as it is, and as it would be; `new` None takes it away."""

    old: TierGroupView
    new: TierGroupView | None

    @property
    def change(self) -> GroupChange:
        """As rules read it."""
        return GroupChange(self.old.rule, self.new.rule if self.new else None)


@dataclass(frozen=True, slots=True)
class TierLoss:
    """How many would lose a tier, and when; or, with `multipliers`, how many would earn less in it."""

    group: TierGroupView
    tier: TierView
    when: When | Literal["less"]
    to: TierView | None
    people: int
    is_more: bool = False
    multipliers: tuple[Decimal, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class TierLoser:
    """One of them: what counts for them, and what becomes of their tier."""

    holder: Holder
    counted: int
    fall: Fall | None
    to: TierView | None


def plan_groups(
    chain_id: UUID, program: ProgramView, drafts: Sequence[TierGroupDraft], *, currency_decimals: int
) -> list[PlannedGroup]:
    """What checked drafts make of the tier groups that a program has; groups that are new concern nobody yet."""
    balances = {one.external_id: CountedBalance(kind=one.kind, decimals=one.decimals) for one in program.balance_types}
    types = {one.external_id: one for one in program.balance_types}
    found = {key: draft for draft in drafts if (key := draft.key)}

    def planned(old: TierGroupView) -> TierGroupView | None:
        draft = next(
            (one for key, one in found.items() if old.external_id == key or old.id == decode("tgr", key)), None
        )
        if draft is None:
            return None
        decimals = threshold_decimals(draft, balances, currency_decimals)
        balance = types.get(draft.balance_type or "")
        tiers = [_tier(one, old, decimals) for one in draft.tiers]
        return replace(
            old,
            counts=draft.counts,  # type: ignore[arg-type]
            balance_type_id=balance.id if balance else None,
            balance_type=draft.balance_type,
            period=draft.period,  # type: ignore[arg-type]
            months=draft.months,
            grace_days=draft.grace_days,
            decimals=decimals,
            tiers=tuple(tiers),
            closing=tuple(one for one in old.closing if one.id not in {tier.id for tier in tiers}),
        )

    return [PlannedGroup(old, planned(old)) for old in list_tier_groups(chain_id, [program.id])]


def _tier(draft: TierDraft, old: TierGroupView, decimals: int) -> TierView:
    key = draft.key
    same = next(
        (one for one in old.all_tiers if key and (one.external_id == key or one.id == decode("tier", key))), None
    )
    threshold = parse_amount(draft.threshold, decimals)
    return TierView(same.id if same else new_id(), key or "", draft.name, threshold, draft.multiplier, draft.background)


def count_tier_losses(chain_id: UUID, groups: Sequence[PlannedGroup], *, now: datetime) -> list[TierLoss]:
    """What a change would take from people, tier by tier, the highest first; nothing is changed by asking."""
    zone = find_zone(chain_id)
    return [
        loss
        for group in groups
        for tier in reversed(group.old.tiers)
        for loss in _losses(chain_id, group, tier, now, zone)
    ]


def list_tier_losers(
    chain_id: UUID, group: PlannedGroup, tier: TierView, *, now: datetime, after: UUID | None, limit: int
) -> list[TierLoser]:
    """Who would lose something in a tier, in the order of their ids, at most `limit` of the first HOLDERS_MAX looked at."""
    losers: list[TierLoser] = []
    is_less = group.change.multipliers_of(tier.id) is not None
    for one in _look(chain_id, group, tier, now=now, zone=find_zone(chain_id), after=after):
        if one.fall is not None or is_less:
            losers.append(one)
        if len(losers) == limit:
            break
    return losers


def _losses(chain_id: UUID, group: PlannedGroup, tier: TierView, now: datetime, zone: ZoneInfo) -> Iterator[TierLoss]:
    change = group.change
    if change.may_fall_from(tier.id):
        counts: dict[tuple[When, UUID | None], int] = {}
        views: dict[UUID | None, TierView | None] = {}
        looked_at = 0
        for one in _look(chain_id, group, tier, now=now, zone=zone, after=None):
            looked_at += 1
            if one.fall is not None:
                key = (one.fall.when, one.fall.to)
                counts[key] = counts.get(key, 0) + 1
                views[one.fall.to] = one.to
        for (when, to), people in sorted(counts.items(), key=lambda one: (one[0][0], str(one[0][1]))):
            yield TierLoss(group.old, tier, when, views[to], people, is_more=looked_at >= HOLDERS_MAX)
    multipliers = change.multipliers_of(tier.id)
    if multipliers is not None:
        found = row("SELECT count(*) FROM holder_tiers WHERE chain_id = %s AND tier_id = %s", [chain_id, tier.id])
        if found and found[0]:
            yield TierLoss(group.old, tier, "less", tier, found[0], multipliers=multipliers)


def _look(
    chain_id: UUID, group: PlannedGroup, tier: TierView, *, now: datetime, zone: ZoneInfo, after: UUID | None
) -> Iterator[TierLoser]:
    """The holders of a tier, a part at a time, HOLDERS_MAX at most, with what would become of each."""
    change, left = group.change, HOLDERS_MAX
    names = {one.id: one for one in (*(group.new.all_tiers if group.new else ()), *group.old.all_tiers)}
    while left > 0:
        limit = min(left, HOLDERS_AT_ONCE)
        asked = {"chain": chain_id, "tier": tier.id, "after": after, "limit": limit}
        held = [(Holder(*values[:2]), Standing(*values[2:])) for values in rows(_HELD, asked)]
        window = window_of(change.old, now, zone)
        before = count_for(chain_id, group.old, [(one, window) for one, _standing in held])
        counted = before
        if group.new is not None and _counts_otherwise(group.old, group.new):
            window = window_of(change.new or change.old, now, zone)
            counted = count_for(chain_id, group.new, [(one, window) for one, _standing in held])
        for one, standing in held:
            fall = fall_of(change, standing, before=before[one.id], after=counted[one.id], now=now, zone=zone)
            yield TierLoser(one, before[one.id], fall, names.get(fall.to) if fall and fall.to else None)
        left -= len(held)
        if len(held) < limit:
            return
        after = held[-1][0].id


def _counts_otherwise(old: TierGroupView, new: TierGroupView) -> bool:
    said = ("counts", "balance_type_id", "period", "months")
    return any(getattr(old, name) != getattr(new, name) for name in said)
