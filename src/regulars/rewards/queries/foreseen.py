"""What stamps would lead to, told before they are given: nothing is drawn, taken or locked (RWD-1, ORD-2)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.ledger.queries.accounts import TIMED_OUT
from regulars.platform.hot import HotCursor
from regulars.rewards.queries.standings import read_stamp_accounts
from regulars.rewards.rules.milestones import Reached, pass_on


@dataclass(frozen=True, slots=True)
class Change:
    """Stamps that would come to an account, or go from it; those that `counts` is true of may reach goals."""

    account_id: UUID
    amount: int
    counts: bool


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A reward that a card would get. Of a lottery it says that it would be drawn, never what."""

    reward_id: UUID
    card_id: UUID
    kind: str
    title: str
    goal: int


def foresee_rewards(cursor: HotCursor, chain_id: UUID, changes: Sequence[Change], *, now: datetime) -> list[Foreseen]:
    """The rewards that these changes would bring, one after another, if they were made now."""
    accounts = read_stamp_accounts(cursor, {one.account_id for one in changes if one.counts and one.amount > 0})
    stored = {one.id: one.stored for one in accounts.values()}
    reached: list[tuple[UUID, Reached]] = []
    begun: defaultdict[UUID, list[int]] = defaultdict(list)
    for change in changes:
        account = accounts.get(change.account_id)
        if account is None or not change.amount:
            continue
        counts = change.counts and change.amount > 0
        gained = pass_on(account.milestones, account.standing, change.amount, counts=counts)
        reached += [(account.id, one) for one in gained.reached]
        begun[account.id] += gained.begun
        accounts[account.id] = replace(account, standing=gained.standing)
    held = _held(cursor, [account_id for account_id, sizes in begun.items() if sizes], now=now)
    for account_id in held:
        # A round takes stamps that no hold has set aside, or begins with later ones.
        sizes = begun[account_id]
        free = accounts[account_id].standing.stamps + sum(sizes) - held[account_id]
        begun[account_id] = [size for place, size in enumerate(sizes) if sum(sizes[: place + 1]) <= free]
    wanted = [
        (accounts[account_id].reward_of(one), accounts[account_id].card_id, one.goal)
        for account_id, one in reached
        if one.round <= stored[account_id].round + len(begun[account_id])
    ]
    named = _named(cursor, chain_id, {reward_id for reward_id, _, _ in wanted})
    return [Foreseen(reward_id, card_id, *named[reward_id], goal) for reward_id, card_id, goal in wanted]


HELD: Final = f"SELECT a.id, a.held - coalesce(g.held, 0) FROM accounts a {TIMED_OUT} WHERE a.id = ANY(%(ids)s::uuid[])"


def _held(cursor: HotCursor, ids: Sequence[UUID], *, now: datetime) -> dict[UUID, int]:
    """How many stamps holds set aside at this moment."""
    return {account_id: int(held) for account_id, held in cursor.rows(HELD, {"ids": ids, "now": now})} if ids else {}


def _named(cursor: HotCursor, chain_id: UUID, ids: Iterable[UUID]) -> dict[UUID, tuple[str, str]]:
    wanted = sorted(ids)
    if not wanted:
        return {}
    found = cursor.rows(
        "SELECT id, kind, title FROM rewards WHERE chain_id = %(chain)s AND id = ANY(%(ids)s::uuid[])",
        {"chain": chain_id, "ids": wanted},
    )
    return {reward_id: (kind, title) for reward_id, kind, title in found}
