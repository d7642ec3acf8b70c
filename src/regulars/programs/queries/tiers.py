"""Tier groups, who stands where, and how far the next tier is (PRG-6)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision

from regulars.platform.database import row, rows
from regulars.programs.rules.tiers import Counts, Period, Tier, TierGroup, Window, readable_on, window_of

GROUPS: Final = """
SELECT g.id, g.program_id, g.external_id, g.name, g.counts, g.balance_type_id, b.external_id, b.name, b.decimals,
    g.period, g.months, g.grace_days, c.currency
FROM tier_groups g JOIN chains c ON c.id = g.chain_id LEFT JOIN balance_types b ON b.id = g.balance_type_id
WHERE g.chain_id = %(chain)s AND (g.archived_at IS NOT NULL) = %(archived)s
    AND (%(programs)s::uuid[] IS NULL OR g.program_id = ANY(%(programs)s::uuid[]))
ORDER BY g.position, g.id
"""
TIERS: Final = """
SELECT group_id, id, external_id, name, threshold, multiplier, background, closes_at FROM tiers
WHERE chain_id = %(chain)s AND group_id = ANY(%(groups)s::uuid[])
    AND (archived_at IS NULL OR archived_at = (SELECT g.archived_at FROM tier_groups g WHERE g.id = group_id))
ORDER BY threshold, id
"""
# Cards of the holder: all of a customer's, or the one that nobody has claimed.
WANTED: Final = """
FROM unnest(%(holders)s::uuid[], %(known)s::bool[], %(begins)s::timestamptz[], %(ends)s::timestamptz[])
    AS w (holder_id, is_customer, begins, ends)
"""
CARDS: Final = """
SELECT k.id FROM cards k WHERE w.is_customer AND k.chain_id = %(chain)s AND k.customer_id = w.holder_id
UNION ALL SELECT k.id FROM cards k WHERE NOT w.is_customer AND k.chain_id = %(chain)s AND k.id = w.holder_id
"""
# Over a lifetime status counts as it stands. Over a period it counts what came in and what was taken back: units that
# expired were earned all the same.
COUNT_STATUS: Final = f"""
SELECT w.holder_id, coalesce((
    SELECT sum(CASE WHEN w.begins IS NULL THEN a.balance ELSE (
        SELECT coalesce(sum(e.amount), 0) FROM entries e
        WHERE e.card_id = a.card_id AND e.balance_type_id = a.balance_type_id AND e.kind <> 'expire'
            AND e.at >= w.begins AND e.at < w.ends) END)
    FROM ({CARDS}) k JOIN accounts a ON a.card_id = k.id AND a.balance_type_id = %(balance_type)s
), 0)::bigint {WANTED}
"""
# An order belongs to its customer; one of an unclaimed card goes with the card. What was bought before they came here
# has no day and counts over a lifetime only.
COUNT_ORDERS: Final = f"""
SELECT w.holder_id, coalesce((
    SELECT sum(CASE %(counts)s WHEN 'sold' THEN o.sold WHEN 'paid' THEN o.paid ELSE o.visits END) FROM (
        SELECT o.sold, o.paid, 1::bigint AS visits FROM counted_orders o
        WHERE w.is_customer AND o.chain_id = %(chain)s AND o.customer_id = w.holder_id
            AND o.at >= coalesce(w.begins, '-infinity') AND o.at < w.ends
        UNION ALL
        SELECT o.sold, o.paid, 1 FROM ({CARDS}) k JOIN counted_orders o ON o.card_id = k.id AND o.customer_id IS NULL
        WHERE o.at >= coalesce(w.begins, '-infinity') AND o.at < w.ends
        UNION ALL
        SELECT f.sold, f.paid, f.visits FROM ({CARDS}) k JOIN opening_figures f ON f.card_id = k.id
        WHERE w.begins IS NULL AND NOT EXISTS (SELECT FROM cards u WHERE u.id = k.id AND u.status = 'undone')
        UNION ALL
        SELECT f.sold, f.paid, f.visits FROM opening_figures f
        WHERE w.begins IS NULL AND w.is_customer AND f.chain_id = %(chain)s AND f.customer_id = w.holder_id
            AND f.card_id IS NULL
    ) o
), 0)::bigint {WANTED}
"""
STANDINGS: Final = """
SELECT group_id, holder_id, tier_id, since, until FROM holder_tiers
WHERE chain_id = %(chain)s AND holder_id = ANY(%(holders)s::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose tier it is: a customer, or a card that nobody has claimed."""

    id: UUID
    is_customer: bool


@dataclass(frozen=True, slots=True)
class TierView:
    """A tier with its words."""

    id: UUID
    external_id: str
    name: str
    threshold: int
    multiplier: Decimal
    background: str
    closes_at: datetime | None = None

    @property
    def foreground(self) -> str:
        """What can be read on its background; "" without one."""
        return readable_on(self.background) if self.background else ""


@dataclass(frozen=True, slots=True)
class TierGroupView:
    """A tier group with its words and its tiers, lowest first; `decimals` are those of what it counts.

    `closing` are tiers that nobody enters any more, and that those who are in them keep for a time (ORD-13).
    """

    id: UUID
    program_id: UUID
    external_id: str
    name: str
    counts: Counts
    balance_type_id: UUID | None
    balance_type: str | None
    balance_name: str | None
    decimals: int
    period: Period
    months: int
    grace_days: int
    tiers: tuple[TierView, ...]
    closing: tuple[TierView, ...] = ()

    @property
    def all_tiers(self) -> tuple[TierView, ...]:
        """Those that somebody may be in, lowest first."""
        return tuple(sorted((*self.tiers, *self.closing), key=lambda one: (one.threshold, one.id)))

    @property
    def base(self) -> TierView | None:
        """The tier that everybody is in from the beginning: it asks for nothing."""
        return next((one for one in self.tiers if one.threshold == 0), None)

    @property
    def rule(self) -> TierGroup:
        """The group as rules read it."""
        return TierGroup(
            id=self.id,
            counts=self.counts,
            period=self.period,
            tiers=tuple(
                Tier(one.id, one.threshold, one.multiplier, is_closing=one.closes_at is not None)
                for one in self.all_tiers
            ),
            months=self.months,
            grace_days=self.grace_days,
        )


@dataclass(frozen=True, slots=True)
class TierShown:
    """Where somebody stands in a group, and what is missing to the next tier, or to keep this one."""

    group: TierGroupView
    tier: TierView | None
    since: datetime | None
    until: datetime | None
    counted: int

    @property
    def next(self) -> TierView | None:
        """The lowest tier above the one they are in."""
        held = self.tier.threshold if self.tier else -1
        return next((one for one in self.group.tiers if one.threshold > held), None)

    @property
    def missing(self) -> int | None:
        """How much is missing to the next tier; None at the top."""
        return None if self.next is None else max(0, self.next.threshold - self.counted)

    @property
    def missing_to_keep(self) -> int:
        """How much is missing until the period ends, so that the tier is kept."""
        return max(0, self.tier.threshold - self.counted) if self.tier and self.until else 0


def list_tier_groups(
    chain_id: UUID,
    program_ids: Sequence[UUID] | None = None,
    *,
    archived: bool = False,
    with_closing: bool = False,
) -> list[TierGroupView]:
    """The tier groups of these programs, or of all, in their order, in two queries; or the archived ones instead.

    An archived group has the tiers that it had when it was archived. `with_closing` brings those along of which only
    closing tiers are left.
    """
    programs = None if program_ids is None else list(program_ids)
    found = rows(GROUPS, {"chain": chain_id, "programs": programs, "archived": archived})
    if not found:
        return []
    tiers: dict[UUID, list[TierView]] = {}
    for group_id, *values in rows(TIERS, {"chain": chain_id, "groups": [values[0] for values in found]}):
        tiers.setdefault(group_id, []).append(TierView(*values))
    groups = [_view(values, tiers.get(values[0], ())) for values in found]
    return [one for one in groups if one.tiers or with_closing or not one.closing]


def _view(values: tuple[Any, ...], tiers: Sequence[TierView]) -> TierGroupView:
    counts, currency = values[4], values[12]
    return TierGroupView(
        id=values[0],
        program_id=values[1],
        external_id=values[2],
        name=values[3],
        counts=counts,
        balance_type_id=values[5],
        balance_type=values[6],
        balance_name=values[7],
        decimals={"status": values[8], "visits": 0}.get(counts, get_currency_precision(currency)),
        period=values[9],
        months=values[10],
        grace_days=values[11],
        tiers=tuple(one for one in tiers if one.closes_at is None),
        closing=tuple(one for one in tiers if one.closes_at is not None),
    )


def tiers_of(chain_id: UUID, holder_ids: Iterable[UUID]) -> dict[UUID, frozenset[UUID]]:
    """The tiers that these customers and unclaimed cards are in now, in one query; who is in none is left out."""
    found = rows(
        "SELECT h.holder_id, h.tier_id FROM holder_tiers h JOIN tiers t ON t.id = h.tier_id AND t.archived_at IS NULL"
        " WHERE h.chain_id = %s AND h.holder_id = ANY(%s::uuid[])",
        [chain_id, list(holder_ids)],
    )
    tiers: dict[UUID, set[UUID]] = {}
    for holder_id, tier_id in found:
        tiers.setdefault(holder_id, set()).add(tier_id)
    return {holder_id: frozenset(held) for holder_id, held in tiers.items()}


def count_for(chain_id: UUID, group: TierGroupView, wanted: Sequence[tuple[Holder, Window]]) -> dict[UUID, int]:
    """What each holder's window counts, in one query; below zero is zero."""
    if not wanted:
        return {}
    asked = {
        "chain": chain_id,
        "balance_type": group.balance_type_id,
        "counts": group.counts,
        "holders": [holder.id for holder, _ in wanted],
        "known": [holder.is_customer for holder, _ in wanted],
        "begins": [window.begins for _, window in wanted],
        "ends": [window.ends or "infinity" for _, window in wanted],
    }
    statement = COUNT_STATUS if group.counts == "status" else COUNT_ORDERS
    return {holder_id: max(0, counted) for holder_id, counted in rows(statement, asked)}


def show_tiers(
    chain_id: UUID, holders: Mapping[Holder, frozenset[UUID]], *, now: datetime
) -> dict[UUID, list[TierShown]]:
    """Where these holders stand in every group of the programs that they have cards of, with what counts now."""
    programs = sorted({program for held in holders.values() for program in held})
    shown: dict[UUID, list[TierShown]] = {holder.id: [] for holder in holders}
    groups = list_tier_groups(chain_id, programs, with_closing=True) if programs else []
    if not groups:
        return shown
    zone = find_zone(chain_id)
    standings = {
        (group_id, holder_id): (tier_id, since, until)
        for group_id, holder_id, tier_id, since, until in rows(
            STANDINGS, {"chain": chain_id, "holders": [holder.id for holder in holders]}
        )
    }
    for group in groups:
        window = window_of(group.rule, now, zone)
        members = [(holder, window) for holder, held in holders.items() if group.program_id in held]
        counted = count_for(chain_id, group, members)
        by_id = {one.id: one for one in group.all_tiers}
        for holder, _window in members:
            tier_id, since, until = standings.get((group.id, holder.id), (None, None, None))
            # Who has only just come is in the tier that asks for nothing before anybody has reckoned it.
            tier = (by_id.get(tier_id) if tier_id else None) or group.base
            if tier is None and not group.tiers:
                continue
            shown[holder.id].append(
                TierShown(group, tier, since if tier else None, until if tier else None, counted[holder.id])
            )
    return shown


def count_in_tiers(chain_id: UUID, group_id: UUID) -> dict[UUID, int]:
    """How many customers and unclaimed cards are in each tier of a group."""
    found = rows(
        "SELECT tier_id, count(*) FROM holder_tiers WHERE chain_id = %s AND group_id = %s AND tier_id IS NOT NULL"
        " GROUP BY tier_id",
        [chain_id, group_id],
    )
    return dict(found)


def find_zone(chain_id: UUID) -> ZoneInfo:
    """The zone in which the chain's days begin."""
    found = row("SELECT time_zone FROM chains WHERE id = %s", [chain_id])
    assert found is not None
    return ZoneInfo(found[0])


@dataclass(frozen=True, slots=True)
class TierChangeView:
    """One line of a holder's tier history."""

    id: UUID
    at: datetime
    group_name: str
    left: str | None
    entered: str | None
    went_up: bool


def list_tier_changes(chain_id: UUID, holder_ids: Sequence[UUID], *, limit: int = 30) -> list[TierChangeView]:
    """The tiers that a holder entered and left, newest first; a customer's with those of the cards they claimed."""
    found = rows(
        """
        SELECT c.id, c.at, g.name, o.name, n.name, coalesce(n.threshold, -1) > coalesce(o.threshold, -1)
        FROM tier_changes c JOIN tier_groups g ON g.id = c.group_id
        LEFT JOIN tiers o ON o.id = c.left_tier_id LEFT JOIN tiers n ON n.id = c.entered_tier_id
        WHERE c.chain_id = %s AND c.holder_id = ANY(%s::uuid[]) ORDER BY c.at DESC, c.id DESC LIMIT %s
        """,
        [chain_id, list(holder_ids), limit],
    )
    return [TierChangeView(*values) for values in found]
