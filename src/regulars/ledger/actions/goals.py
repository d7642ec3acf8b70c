"""What stamps lead to is known further up: the port by which a change of a balance reaches it, in its own transaction (RWD-1)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from regulars.ledger.rules.posting import Posting
from regulars.platform.actor import Actor
from regulars.platform.hot import HotCursor


class Goals(Protocol):
    """Whoever knows the goals of stamps."""

    def meet(self, cursor: HotCursor, actor: Actor, postings: Sequence[Posting], *, now: datetime) -> list[Posting]:
        """Give what these postings reach, on accounts that are locked, and return what has to be posted behind them.

        Refuses what the last round of a card has no place for.
        """

    def take_back(self, cursor: HotCursor, actor: Actor, taken: Mapping[UUID, int], *, now: datetime) -> None:
        """Before so many stamps are taken back from these locked accounts: give back the rounds they had begun, and cancel
        what is no longer reached."""


class NoGoals:
    """There is nothing to reach."""

    def meet(self, cursor: HotCursor, actor: Actor, postings: Sequence[Posting], *, now: datetime) -> list[Posting]:
        """Nothing."""
        return []

    def take_back(self, cursor: HotCursor, actor: Actor, taken: Mapping[UUID, int], *, now: datetime) -> None:
        """Nothing."""


_goals: Goals = NoGoals()


def serve_goals(goals: Goals) -> None:
    """Take over who knows the goals; called once at start by the project."""
    global _goals
    _goals = goals


def goals() -> Goals:
    """Whoever knows the goals of stamps."""
    return _goals
