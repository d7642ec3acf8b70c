"""Who enters and leaves which tier (PRG-6): reckoned anew from what counts, so that nothing counts twice."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.customers.events import CustomersRemoved
from regulars.kernel.ids import encode, new_id
from regulars.platform import audit
from regulars.platform.actor import Actor, system_actor
from regulars.platform.audit import record_many
from regulars.platform.database import execute, rows, unit_of_work
from regulars.platform.events import announce
from regulars.programs.events import TIER_ENTERED, TIER_LEFT
from regulars.programs.queries.tiers import Holder, TierGroupView, count_for, find_zone, list_tier_groups
from regulars.programs.rules.tiers import Standing, Window, ended_window, judge, judged_at, rise, window_of

HOLDERS_AT_ONCE: Final = 1_000
PERIODS_MAX: Final = 200
"""So many periods are judged one after another at most, should the clock of a test chain leap; the next night goes on."""

# One at a time in a chain: the fold and the night's work never judge the same holder at the same instant.
LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('regulars.tiers ' || %s::text, 0))"
READ: Final = """
SELECT holder_id, tier_id, since, until, kept_until FROM holder_tiers
WHERE chain_id = %(chain)s AND group_id = %(group)s AND holder_id = ANY(%(holders)s::uuid[])
"""
DUE: Final = """
SELECT holder_id, is_customer FROM holder_tiers
WHERE chain_id = %(chain)s AND group_id = %(group)s
    AND (until <= %(before)s AND kept_until IS NULL OR kept_until <= %(now)s) ORDER BY holder_id LIMIT %(limit)s
"""
# Tiers whose time is over, once everybody who kept them has been judged, and groups that have no other.
CLOSE: Final = """
WITH closed AS (
    UPDATE tiers SET archived_at = %(now)s
    WHERE chain_id = %(chain)s AND closes_at <= %(now)s AND archived_at IS NULL RETURNING id, group_id
)
UPDATE tier_groups g SET archived_at = %(now)s
WHERE g.chain_id = %(chain)s AND g.archived_at IS NULL AND g.id IN (SELECT group_id FROM closed)
    AND NOT EXISTS (SELECT FROM tiers t WHERE t.group_id = g.id AND t.archived_at IS NULL
        AND t.id NOT IN (SELECT id FROM closed))
"""
WRITE: Final = """
INSERT INTO holder_tiers AS kept (chain_id, group_id, holder_id, is_customer, tier_id, since, until, kept_until)
SELECT %(chain)s, %(group)s, one.* FROM unnest(%(holders)s::uuid[], %(known)s::bool[], %(tiers)s::uuid[],
    %(since)s::timestamptz[], %(until)s::timestamptz[], %(kept)s::timestamptz[])
    AS one (holder_id, is_customer, tier_id, since, until, kept_until)
ON CONFLICT (group_id, holder_id) DO UPDATE SET tier_id = excluded.tier_id, since = excluded.since,
    until = excluded.until, kept_until = excluded.kept_until, keeps_multiplier = kept.keeps_multiplier
        AND excluded.kept_until IS NOT NULL AND kept.tier_id IS NOT DISTINCT FROM excluded.tier_id
"""
HISTORY: Final = """
INSERT INTO tier_changes (id, chain_id, group_id, holder_id, left_tier_id, entered_tier_id, counted, at)
SELECT one.id, %(chain)s, %(group)s, one.holder_id, one.left_tier_id, one.entered_tier_id, one.counted, one.at
FROM unnest(%(ids)s::uuid[], %(holders)s::uuid[], %(left)s::uuid[], %(entered)s::uuid[], %(counted)s::bigint[],
    %(ats)s::timestamptz[]) AS one (id, holder_id, left_tier_id, entered_tier_id, counted, at)
"""
# Whoever claims a card takes its tier along, where they had none in the group yet.
INHERIT: Final = """
WITH claimed AS (
    DELETE FROM holder_tiers h USING cards k
    WHERE h.chain_id = %(chain)s AND h.holder_id = ANY(%(cards)s::uuid[]) AND NOT h.is_customer
        AND k.id = h.holder_id AND k.customer_id IS NOT NULL
    RETURNING h.group_id, k.customer_id, h.tier_id, h.since, h.until, h.kept_until, h.keeps_multiplier
)
INSERT INTO holder_tiers (chain_id, group_id, holder_id, is_customer, tier_id, since, until, kept_until,
    keeps_multiplier)
SELECT DISTINCT ON (c.group_id, c.customer_id) %(chain)s, c.group_id, c.customer_id, true, c.tier_id, c.since, c.until,
    c.kept_until, c.keeps_multiplier
FROM claimed c LEFT JOIN tiers t ON t.id = c.tier_id
ORDER BY c.group_id, c.customer_id, t.threshold DESC NULLS LAST
ON CONFLICT (group_id, holder_id) DO NOTHING
"""
MEMBERS: Final = """
SELECT k.id, k.customer_id FROM cards k JOIN card_types t ON t.id = k.card_type_id
WHERE k.chain_id = %(chain)s AND t.program_id = %(program)s AND k.status <> 'undone'
    AND (%(after)s::uuid IS NULL OR k.id > %(after)s) ORDER BY k.id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Change:
    """That a holder's tier became another one."""

    holder: Holder
    left: UUID | None
    entered: UUID | None
    counted: int
    at: datetime


def refold_tiers(
    chain_id: UUID, group: TierGroupView, holders: Iterable[Holder], *, now: datetime, zone: ZoneInfo
) -> None:
    """Bring the tiers of these holders in one group up to date, in the running unit of work.

    Whoever fell due is judged first, period by period, as the nights would have done it; then whoever reached more rises.
    Entering and leaving are events.
    """
    wanted = sorted(set(holders), key=lambda one: one.id)
    if not wanted or not group.all_tiers:
        return
    rows(LOCK, [chain_id])
    asked = {"chain": chain_id, "group": group.id, "holders": [one.id for one in wanted]}
    before = {holder_id: Standing(*values) for holder_id, *values in rows(READ, asked)}
    changes: list[Change] = []
    standings = _judge_all(chain_id, group, wanted, dict(before), changes, now=now, zone=zone)
    counted = count_for(chain_id, group, [(one, window_of(group.rule, now, zone)) for one in wanted])
    for one in wanted:
        held = standings.get(one.id)
        risen = rise(group.rule, held, counted[one.id], now, zone)
        left = held.tier if held else None
        if risen.tier != left:
            changes.append(Change(one, left, risen.tier, counted[one.id], now))
        standings[one.id] = risen
    _write(chain_id, group, [(one, standings[one.id]) for one in wanted if standings[one.id] != before.get(one.id)])
    _tell(chain_id, group, changes, now=now)


def _judge_all(
    chain_id: UUID,
    group: TierGroupView,
    holders: Sequence[Holder],
    standings: dict[UUID, Standing],
    changes: list[Change],
    *,
    now: datetime,
    zone: ZoneInfo,
) -> dict[UUID, Standing]:
    rule = group.rule
    for _ in range(PERIODS_MAX):
        due = [
            (one, standings[one.id], at)
            for one in holders
            if one.id in standings and (at := judged_at(rule, standings[one.id])) is not None and at <= now
        ]
        if not due:
            break
        ended: list[tuple[Holder, Window]] = []
        present: list[tuple[Holder, Window]] = []
        for one, standing, at in due:
            assert standing.until is not None
            ended.append((one, ended_window(rule, standing.until, zone)))
            present.append((one, Window(begins=window_of(rule, at, zone).begins, ends=at)))
        then, counted = count_for(chain_id, group, ended), count_for(chain_id, group, present)
        for one, standing, at in due:
            judged = judge(rule, standing, ended=then[one.id], counted=counted[one.id], at=at, zone=zone)
            if judged.tier != standing.tier:
                changes.append(Change(one, standing.tier, judged.tier, counted[one.id], at))
            standings[one.id] = judged
    return standings


def _write(chain_id: UUID, group: TierGroupView, standings: Sequence[tuple[Holder, Standing]]) -> None:
    if not standings:
        return
    execute(
        WRITE,
        {
            "chain": chain_id,
            "group": group.id,
            "holders": [one.id for one, _ in standings],
            "known": [one.is_customer for one, _ in standings],
            "tiers": [standing.tier for _, standing in standings],
            "since": [standing.since for _, standing in standings],
            "until": [standing.until for _, standing in standings],
            "kept": [standing.kept_until for _, standing in standings],
        },
    )


def _tell(chain_id: UUID, group: TierGroupView, changes: Sequence[Change], *, now: datetime) -> None:
    if not changes:
        return
    execute(
        HISTORY,
        {
            "chain": chain_id,
            "group": group.id,
            "ids": [new_id() for _ in changes],
            "holders": [one.holder.id for one in changes],
            "left": [one.left for one in changes],
            "entered": [one.entered for one in changes],
            "counted": [one.counted for one in changes],
            "ats": [one.at for one in changes],
        },
    )
    names = _names(chain_id, group, changes)
    actor = system_actor(chain_id)
    for object_kind, is_customer in (("customer", True), ("card", False)):
        record_many(
            actor,
            verb="tier.changed",
            object_kind=object_kind,
            changes=[
                audit.Change(
                    object_id=one.holder.id,
                    before={"tier": names.get(one.left) if one.left else None},
                    after={"tier": names.get(one.entered) if one.entered else None, "counted": one.counted},
                )
                for one in changes
                if one.holder.is_customer == is_customer
            ],
            now=now,
        )
    for kind, tier, told in (*_by_tier(TIER_LEFT, changes), *_by_tier(TIER_ENTERED, changes)):
        announce(
            chain_id,
            kind,
            now=now,
            payload={
                "tier_group": encode("tgr", group.id),
                "tier": encode("tier", tier),
                "customers": [encode("cus", one.id) for one in told if one.is_customer],
                "cards": [encode("crd", one.id) for one in told if not one.is_customer],
            },
        )


def _names(chain_id: UUID, group: TierGroupView, changes: Sequence[Change]) -> dict[UUID, str]:
    """Names of the tiers that changes name, of those that are gone as well."""
    names = {one.id: one.name for one in group.all_tiers}
    gone = {one.left for one in changes if one.left and one.left not in names}
    if gone:
        names |= dict(rows("SELECT id, name FROM tiers WHERE chain_id = %s AND id = ANY(%s)", [chain_id, list(gone)]))
    return names


def _by_tier(kind: str, changes: Sequence[Change]) -> Iterator[tuple[str, UUID, list[Holder]]]:
    def tier_of(change: Change) -> UUID:
        return (change.left if kind == TIER_LEFT else change.entered) or NOBODY

    for tier, told in groupby(sorted(changes, key=tier_of), key=tier_of):
        if tier != NOBODY:
            yield kind, tier, [one.holder for one in told]


NOBODY: Final = UUID(int=0)


def inherit_tiers(chain_id: UUID, cards: Sequence[UUID]) -> None:
    """Give the tiers of cards that were claimed to their customers, in the running unit of work."""
    rows(LOCK, [chain_id])
    execute(INHERIT, {"chain": chain_id, "cards": list(cards)})


def judge_tiers(chain_id: UUID, now: datetime) -> int:
    """Judge everybody whose period and grace are over by now; how many. A part at a time, each committed."""
    judged = 0
    with unit_of_work(chain_id):
        groups = list_tier_groups(chain_id, with_closing=True)
        zone = find_zone(chain_id) if groups else None
    for group in groups:
        assert zone is not None
        before = now - timedelta(days=group.grace_days)
        asked = {"chain": chain_id, "group": group.id, "before": before, "now": now, "limit": HOLDERS_AT_ONCE}
        while True:
            with unit_of_work(chain_id):
                due = [Holder(*values) for values in rows(DUE, asked)]
                refold_tiers(chain_id, group, due, now=now, zone=zone)
            judged += len(due)
            if len(due) < HOLDERS_AT_ONCE:
                break
    if any(one.closes_at is not None and one.closes_at <= now for group in groups for one in group.closing):
        with unit_of_work(chain_id):
            execute(CLOSE, {"chain": chain_id, "now": now})
    return judged


def recount_program_tiers(chain_id: UUID, program_id: UUID, *, now: datetime) -> int:
    """Bring the tiers of everybody with a card of a program up to date, after its tiers changed; how many cards."""
    after: UUID | None = None
    seen = 0
    while True:
        with unit_of_work(chain_id):
            asked = {"chain": chain_id, "program": program_id, "after": after, "limit": HOLDERS_AT_ONCE}
            found = rows(MEMBERS, asked)
            groups = list_tier_groups(chain_id, [program_id], with_closing=True) if found else []
            if groups:
                zone = find_zone(chain_id)
                holders = {Holder(customer or card, customer is not None) for card, customer in found}
                for group in groups:
                    refold_tiers(chain_id, group, holders, now=now, zone=zone)
        seen += len(found)
        if not groups or len(found) < HOLDERS_AT_ONCE:
            return seen
        after = found[-1][0]


def forget_tiers(actor: Actor, fact: CustomersRemoved) -> None:
    """Delete where customers stood who are deleted, in the running unit of work; the history names nobody any more."""
    rows(
        "DELETE FROM holder_tiers WHERE chain_id = %s AND holder_id = ANY(%s)",
        [actor.chain_id, list(fact.customer_ids)],
    )
