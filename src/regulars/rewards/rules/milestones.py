"""Milestones of a stamp card: which goals a scan reaches, when a round begins, what an undo takes back (RWD-1); pure.

A card that has reached its last goal stays full (8/8) until the next stamp begins a new round: that takes the goal's stamps
from the balance. Where stamps are taken back, rounds that the rest does not carry are given back first, so that a card is
again as it was; what counts is where the card stands in all its rounds together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

GOALS_MAX: Final = 10
STAMPS_MAX: Final = 100
ROUNDS_MAX: Final = 1_000
ROUNDS_AT_ONCE_MAX: Final = 100
"""How many rounds one change begins: a reward is issued for each, and a slip of a comma must not issue a million."""


@dataclass(frozen=True, slots=True)
class Finishing:
    """A round of a card that goes on by the goals that its type had when the round ran (TYP-5)."""

    round: int
    goals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Milestones:
    """The goals of a card type in ascending order, and how many rounds a card goes through; None: without end.

    `finishing` is the one round of the card in question that has other goals: its holder finishes it by the former ones.
    """

    goals: tuple[int, ...]
    rounds: int | None = None
    finishing: Finishing | None = None

    @property
    def size(self) -> int:
        """How many stamps a round has: the last goal."""
        return self.goals[-1]

    def goals_of(self, number: int) -> tuple[int, ...]:
        """The goals of one round of the card."""
        return self.finishing.goals if self.finishing and self.finishing.round == number else self.goals

    def size_of(self, number: int) -> int:
        """How many stamps one round of the card has."""
        return self.goals_of(number)[-1]

    def is_last(self, begun: int) -> bool:
        """Whether a card that has begun so many further rounds is in its last."""
        return self.rounds is not None and begun + 1 >= self.rounds


@dataclass(frozen=True, slots=True)
class Reached:
    """A goal that a card has reached, and in which of its rounds (0 is the first)."""

    round: int
    goal: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a card stands: its stamps, the rounds it has begun after the first, what it was rewarded for.

    `settled` is up to where in this round goals are dealt with without a reward: the card had these stamps when rewards
    were switched on, or they came from another card or an import.
    """

    stamps: int
    round: int = 0
    settled: int = 0
    rewarded: frozenset[Reached] = frozenset()


@dataclass(frozen=True, slots=True)
class Gained:
    """What stamps bring: the goals reached, the stamps that each round begun takes, and how many found no place."""

    standing: Standing
    reached: tuple[Reached, ...] = ()
    begun: tuple[int, ...] = ()
    given: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Lost:
    """What taking stamps back means: the rounds given back, newest first, and the goals that are no longer reached."""

    standing: Standing
    given_back: tuple[int, ...] = ()
    lost: tuple[Reached, ...] = ()


def room_for(milestones: Milestones, standing: Standing) -> int | None:
    """How many further stamps a card takes; None where there is no end to them."""
    if milestones.rounds is None:
        return None
    rounds_left = max(0, milestones.rounds - standing.round)
    places = rounds_left * milestones.size
    if rounds_left:
        places += milestones.size_of(standing.round) - milestones.size
    return max(0, places - standing.stamps)


def give(milestones: Milestones, standing: Standing, count: int) -> Gained:
    """Give a card stamps. What it already stood at is settled: only what these stamps pass is rewarded.

    Where its last round has no place for all of them, as many as fit are given and `refused` says how many are not.
    """
    assert count > 0
    room = room_for(milestones, standing)
    given = count if room is None else min(count, room)
    settled = max(standing.settled, standing.stamps)
    gained = settle(milestones, replace(standing, stamps=standing.stamps + given, settled=settled))
    return replace(gained, given=given, refused=count - given)


def pass_on(milestones: Milestones, standing: Standing, amount: int, *, counts: bool) -> Gained:
    """What one change of a card's stamps brings. What does not count, and what its last round has no place for, moves it alone."""
    if not counts:
        return Gained(replace(standing, stamps=standing.stamps + amount))
    gained = give(milestones, standing, amount)
    return replace(gained, standing=replace(gained.standing, stamps=gained.standing.stamps + gained.refused))


def settle(milestones: Milestones, standing: Standing) -> Gained:
    """Reward what a card stands at and has not been rewarded for, and begin the rounds that its stamps fill."""
    reached: list[Reached] = []
    begun: list[int] = []
    now = standing
    while True:
        found = [
            one
            for goal in milestones.goals_of(now.round)
            if now.settled < goal <= now.stamps and (one := Reached(now.round, goal)) not in now.rewarded
        ]
        reached += found
        now = replace(now, rewarded=now.rewarded | frozenset(found))
        size = milestones.size_of(now.round)
        is_over = now.stamps <= size or milestones.is_last(now.round)
        if is_over or len(begun) >= ROUNDS_AT_ONCE_MAX:
            return Gained(now, tuple(reached), tuple(begun))
        begun.append(size)
        now = Standing(now.stamps - size, now.round + 1, max(0, now.settled - size), now.rewarded)


def leave(standing: Standing) -> Standing:
    """Where a card stands once what it has now is dealt with, without a reward."""
    return replace(standing, settled=max(standing.settled, standing.stamps))


def is_reached(standing: Standing, goal: Reached) -> bool:
    """Whether a card stands at a goal of one of its rounds, or has passed it."""
    return goal.round < standing.round or (goal.round == standing.round and goal.goal <= standing.stamps)


def take_back(standing: Standing, count: int, begun: Sequence[int]) -> Lost:
    """Take stamps back that a card was given. `begun` is what its rounds took when they began, oldest first.

    A goal that the stamps it keeps still reach stays reached. The card is not owed a round: what it lacks is missing in
    its first.
    """
    assert count > 0
    stamps = standing.stamps - count
    taken = list(begun)
    back: list[int] = []
    number = standing.round
    # A full card is full, not at the start of the next round: that begins with a stamp.
    while stamps < 1 and taken and number > 0:
        size = taken.pop()
        stamps += size
        number -= 1
        back.append(size)
    settled = min(standing.settled, max(0, stamps)) if not back else 0
    lost = tuple(
        sorted(
            (one for one in standing.rewarded if not is_reached(Standing(stamps, number), one)),
            key=lambda one: (one.round, one.goal),
        )
    )
    return Lost(Standing(stamps, number, settled, standing.rewarded), tuple(back), lost)


@dataclass(frozen=True, slots=True)
class Next:
    """The goal that a card comes to next: `missing` stamps until it, or None for a card that has no further goal."""

    goal: int
    missing: int
    round: int


def next_goal(milestones: Milestones, standing: Standing) -> Next | None:
    """The next goal of a card. A full card with a round ahead has the first goal of that round before it."""
    for goal in milestones.goals_of(standing.round):
        if goal > standing.stamps and Reached(standing.round, goal) not in standing.rewarded:
            return Next(goal, goal - standing.stamps, standing.round)
    if milestones.is_last(standing.round):
        return None
    first = milestones.goals_of(standing.round + 1)[0]
    over = standing.stamps - milestones.size_of(standing.round)
    return Next(first, max(1, first - max(0, over)), standing.round + 1)


def check_goals(goals: Sequence[int]) -> tuple[int, str] | None:
    """The first goal that cannot be, by its place, and why: out_of_range or duplicate."""
    seen: set[int] = set()
    for place, goal in enumerate(goals):
        if not 1 <= goal <= STAMPS_MAX:
            return place, "out_of_range"
        if goal in seen:
            return place, "duplicate"
        seen.add(goal)
    return None
