"""Where accounts of stamps stand, read under their locks (RWD-1)."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.platform.database import from_json
from regulars.platform.hot import HotCursor
from regulars.rewards.rules.milestones import Finishing, Milestones, Reached, Standing

FIRST_STAMPS: Final = """
(SELECT f.id FROM balance_types f WHERE f.program_id = t.program_id AND f.kind = 'stamps'
    ORDER BY f.position, f.id LIMIT 1)
"""
FORMER: Final = """
LEFT JOIN kept_rounds o ON o.account_id = a.id AND o.number = coalesce(r.round, 0)
LEFT JOIN LATERAL (
    SELECT array_agg(one.stamps ORDER BY one.stamps) AS goals, array_agg(one.reward_id ORDER BY one.stamps) AS rewards
    FROM former_goals one WHERE one.card_type_id = o.card_type_id AND one.edition = o.edition
) f ON true
"""
"""The goals by which the running round of an account is finished, where its type has others by now: f.goals and f.rewards."""
# Each account and its card by its key, one by one: a plan that was made while the tables were empty would else put all
# cards beside all accounts, and be kept while they fill.
READ: Final = f"""
SELECT a.id, a.card_id, a.balance_type_id, t.id, a.balance, coalesce(r.round, 0), coalesce(r.settled, 0),
    r.stamped_at, s.rounds, m.goals, m.rewards, f.goals, f.rewards, g.reached
FROM unnest(%(ids)s::uuid[]) AS wanted (id)
CROSS JOIN LATERAL (
    SELECT one.id, one.card_id, one.balance_type_id, one.balance FROM accounts one WHERE one.id = wanted.id LIMIT 1
) a
CROSS JOIN LATERAL (SELECT one.card_type_id FROM cards one WHERE one.id = a.card_id LIMIT 1) k
JOIN card_types t ON t.id = k.card_type_id AND t.has_goals
JOIN LATERAL (
    SELECT array_agg(one.stamps ORDER BY one.stamps) AS goals, array_agg(one.reward_id ORDER BY one.stamps) AS rewards
    FROM milestones one WHERE one.card_type_id = t.id
) m ON m.goals IS NOT NULL
LEFT JOIN stamp_rules s ON s.card_type_id = t.id
LEFT JOIN card_rounds r ON r.account_id = a.id
{FORMER}
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_array(one.number, one.goal))::text AS reached FROM given_rewards one
    WHERE one.account_id = a.id AND NOT one.is_undone AND one.goal IS NOT NULL
        AND one.number >= coalesce(r.round, 0) - %(rounds)s::int
) g ON true
WHERE a.balance_type_id = {FIRST_STAMPS}
ORDER BY a.id
"""


@dataclass(frozen=True, slots=True)
class StampAccount:
    """An account whose stamps lead to rewards: the goals of its card type, the reward of each, where it stands."""

    id: UUID
    card_id: UUID
    balance_type_id: UUID
    card_type_id: UUID
    milestones: Milestones
    rewards: dict[int, UUID]
    standing: Standing
    stored: Standing
    """What is kept of it: the round and what is settled."""
    stamped_at: datetime | None = None
    former: dict[int, UUID] = field(default_factory=dict)
    """The rewards of the goals by which it finishes its round, where those of its type are others by now."""

    def reward_of(self, reached: Reached) -> UUID:
        """The reward of a goal of one of its rounds."""
        finishing = self.milestones.finishing
        held = self.former if finishing is not None and finishing.round == reached.round else self.rewards
        return held[reached.goal]

    def at(self, stamps: int) -> "StampAccount":
        """The same account with so many stamps."""
        return replace(self, standing=replace(self.standing, stamps=stamps))


def read_stamp_accounts(cursor: HotCursor, ids: Iterable[UUID], *, rounds: int = 0) -> dict[UUID, StampAccount]:
    """Those of these accounts whose stamps lead somewhere. `rounds` says how many rounds back rewards are looked at."""
    found = cursor.rows(READ, {"ids": sorted(ids), "rounds": rounds})
    return {values[0]: _account(values) for values in found}


def finishing_of(number: int, goals: Iterable[int] | None) -> Finishing | None:
    """The round that goes on by these former goals; None where there are none."""
    return Finishing(number, tuple(goals)) if goals else None


def _account(values: tuple[Any, ...]) -> StampAccount:
    account_id, card_id, type_id, card_type_id, stamps, number, settled, stamped_at, rounds, *more = values
    goals, rewards, former_goals, former_rewards, reached = more
    given = frozenset(Reached(*one) for one in from_json(reached) or ())
    standing = Standing(stamps, number, settled, given)
    return StampAccount(
        id=account_id,
        card_id=card_id,
        balance_type_id=type_id,
        card_type_id=card_type_id,
        milestones=Milestones(tuple(goals), rounds, finishing_of(number, former_goals)),
        rewards=dict(zip(goals, rewards, strict=True)),
        former=dict(zip(former_goals or (), former_rewards or (), strict=True)),
        standing=standing,
        stored=standing,
        stamped_at=stamped_at,
    )
