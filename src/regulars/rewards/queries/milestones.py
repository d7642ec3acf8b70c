"""The milestones of card types, and where one card stands (RWD-1)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from regulars.platform.database import from_json, kept_rows, row, rows
from regulars.rewards.queries.standings import FIRST_STAMPS, FORMER, finishing_of
from regulars.rewards.rules.milestones import Milestones, Next, Reached, Standing, next_goal


@dataclass(frozen=True, slots=True)
class GoalView:
    """A goal of a card type and its reward."""

    stamps: int
    reward_id: UUID
    title: str
    icon: str
    kind: str
    picture_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class MilestonesView:
    """The goals of a card type, how many rounds a card goes through, and how stamps are given."""

    card_type_id: UUID
    goals: tuple[GoalView, ...]
    rounds: int | None
    money_per_stamp: int | None
    pause_seconds: int
    version: int
    settling: "SettlingView | None"


@dataclass(frozen=True, slots=True)
class SettlingView:
    """How far the work on cards that stood above a goal has come."""

    id: UUID
    choice: str
    state: str
    total: int
    done: int
    rewards: int
    created_at: datetime
    finished_at: datetime | None


PAUSE_SECONDS: Final = 60
_GOALS: Final = """
SELECT m.stamps, r.id, r.title, r.icon, r.kind, r.picture_id
FROM milestones m JOIN rewards r ON r.id = m.reward_id
WHERE m.chain_id = %s AND m.card_type_id = %s ORDER BY m.stamps
"""

_FORMER_GOALS: Final = """
SELECT m.stamps, r.id, r.title, r.icon, r.kind, r.picture_id
FROM former_goals m JOIN rewards r ON r.id = m.reward_id
WHERE m.chain_id = %s AND m.card_type_id = %s AND m.edition = %s ORDER BY m.stamps
"""


def list_types_with_goal(chain_id: UUID, reward_id: UUID) -> list[UUID]:
    """The card types of which a goal brings this reward, or did in rounds that may still go on."""
    found = rows(
        "SELECT card_type_id FROM milestones WHERE chain_id = %(chain)s AND reward_id = %(reward)s"
        " UNION SELECT card_type_id FROM former_goals WHERE chain_id = %(chain)s AND reward_id = %(reward)s ORDER BY 1",
        {"chain": chain_id, "reward": reward_id},
    )
    return [type_id for (type_id,) in found]


def find_milestones(chain_id: UUID, card_type_id: UUID) -> MilestonesView:
    """The milestones of a card type; without any there are no goals."""
    goals = tuple(GoalView(*values) for values in rows(_GOALS, [chain_id, card_type_id]))
    found = row(
        "SELECT rounds, money_per_stamp, pause_seconds, version FROM stamp_rules"
        " WHERE chain_id = %s AND card_type_id = %s",
        [chain_id, card_type_id],
    ) or (None, None, PAUSE_SECONDS, 0)
    return MilestonesView(*(card_type_id, goals, *found, find_settling(chain_id, card_type_id)))


def find_settling(chain_id: UUID, card_type_id: UUID) -> SettlingView | None:
    """The newest work on cards above a goal."""
    found = row(
        "SELECT id, choice, state, total, done, rewards, created_at, finished_at FROM settlings"
        " WHERE chain_id = %s AND card_type_id = %s ORDER BY id DESC LIMIT 1",
        [chain_id, card_type_id],
    )
    return SettlingView(*found) if found else None


@dataclass(frozen=True, slots=True)
class CardStanding:
    """Where a card stands among its goals, as its page shows it. `goals` are those of its round, `later` those of the next."""

    milestones: Milestones
    goals: tuple[GoalView, ...]
    later: tuple[GoalView, ...]
    standing: Standing
    next: Next | None

    @property
    def size(self) -> int:
        """How many stamps the round has that it is in."""
        return self.milestones.size_of(self.standing.round)

    @property
    def next_reward(self) -> GoalView | None:
        """The reward of the next goal."""
        if self.next is None:
            return None
        goals = self.goals if self.next.round == self.standing.round else self.later
        return next((one for one in goals if one.stamps == self.next.goal), None)

    @property
    def is_full(self) -> bool:
        """Whether the round is full, so that the next stamp begins another, or none fits any more."""
        return self.standing.stamps >= self.size

    @property
    def filled(self) -> int:
        """How many of the round's places are filled."""
        return max(0, min(self.standing.stamps, self.size))

    @property
    def percent(self) -> int:
        """How far the round is, in percent."""
        return self.filled * 100 // self.size

    @property
    def round(self) -> int:
        """The number of its round, the first is 1."""
        return self.standing.round + 1


_STANDINGS: Final = f"""
SELECT k.id, t.id, a.balance, coalesce(r.round, 0), coalesce(r.settled, 0), s.rounds, f.goals, o.edition,
    (SELECT json_agg(json_build_array(g.number, g.goal))::text FROM given_rewards g
        WHERE g.account_id = a.id AND NOT g.is_undone AND g.goal IS NOT NULL AND g.number >= coalesce(r.round, 0))
FROM cards k
JOIN card_types t ON t.id = k.card_type_id AND t.has_goals
JOIN accounts a ON a.card_id = k.id AND a.balance_type_id = {FIRST_STAMPS}
LEFT JOIN stamp_rules s ON s.card_type_id = t.id
LEFT JOIN card_rounds r ON r.account_id = a.id
{FORMER}
WHERE k.chain_id = %s AND k.id = ANY(%s::uuid[])
"""


def find_card_standing(chain_id: UUID, card_id: UUID) -> CardStanding | None:
    """Where a card stands; None for a card whose stamps lead nowhere."""
    return list_card_standings(chain_id, [card_id]).get(card_id)


def list_card_standings(chain_id: UUID, card_ids: Sequence[UUID]) -> dict[UUID, CardStanding]:
    """Where cards stand, by card, without those whose stamps lead nowhere; in one query, and a few for the goals of each type."""

    @cache
    def goals_of(card_type_id: UUID) -> tuple[GoalView, ...]:
        return tuple(GoalView(*values) for values in kept_rows(_GOALS, [chain_id, card_type_id]))

    @cache
    def former_goals_of(card_type_id: UUID, edition: int) -> tuple[GoalView, ...]:
        return tuple(GoalView(*values) for values in kept_rows(_FORMER_GOALS, [chain_id, card_type_id, edition]))

    shown = {}
    for values in kept_rows(_STANDINGS, [chain_id, list(card_ids)]):
        card_id, card_type_id, stamps, number, settled, rounds, former, edition, reached = values
        later = goals_of(card_type_id)
        if not later:
            continue
        milestones = Milestones(tuple(one.stamps for one in later), rounds, finishing_of(number, former))
        goals = former_goals_of(card_type_id, edition) if former else later
        standing = Standing(stamps, number, settled, frozenset(Reached(*one) for one in from_json(reached) or ()))
        shown[card_id] = CardStanding(milestones, goals, later, standing, next_goal(milestones, standing))
    return shown


# Only cards that can have a goal behind them are looked at closely.
_ABOVE: Final = f"""
SELECT a.id, k.id, a.balance, coalesce(r.round, 0), coalesce(r.settled, 0),
    CASE WHEN NOT %(moves)s THEN f.goals END,
    (SELECT json_agg(json_build_array(g.number, g.goal))::text FROM given_rewards g
        WHERE g.account_id = a.id AND NOT g.is_undone AND g.goal IS NOT NULL AND g.number >= coalesce(r.round, 0))
FROM cards k
JOIN card_types t ON t.id = k.card_type_id
JOIN accounts a ON a.card_id = k.id AND a.balance_type_id = {FIRST_STAMPS}
LEFT JOIN card_rounds r ON r.account_id = a.id
{FORMER}
WHERE k.chain_id = %(chain)s AND k.card_type_id = %(card_type)s AND k.status IN ('active', 'blocked')
    AND k.id > %(after)s AND a.balance >= coalesce(CASE WHEN NOT %(moves)s THEN f.goals[1] END, %(first)s) AND a.balance > coalesce(r.settled, 0)
ORDER BY k.id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class CardAbove:
    """A card with stamps of at least the first goal of its round, the goals that it follows, and where it stands."""

    account_id: UUID
    card_id: UUID
    milestones: Milestones
    standing: Standing


def list_cards_above(
    chain_id: UUID,
    card_type_id: UUID,
    milestones: Milestones,
    *,
    after: UUID | None = None,
    limit: int,
    moves: bool = False,
) -> list[CardAbove]:
    """Cards of a type that stand at or above a goal which nobody has settled, by id; some may have been rewarded for all of it.

    With `moves` all are measured by these goals, else those that finish a round by former ones are by those.
    """
    parameters: dict[str, Any] = {
        "chain": chain_id,
        "card_type": card_type_id,
        "after": after or UUID(int=0),
        "first": milestones.goals[0],
        "moves": moves,
        "limit": limit,
    }
    return [
        CardAbove(
            account_id,
            card_id,
            replace(milestones, finishing=finishing_of(number, former)),
            Standing(stamps, number, settled, frozenset(Reached(*one) for one in from_json(reached) or ())),
        )
        for account_id, card_id, stamps, number, settled, former, reached in rows(_ABOVE, parameters)
    ]
