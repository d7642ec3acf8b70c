"""A shop with a stamp card whose goals bring rewards, made by the real actions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode
from regulars.rewards.actions.definitions import create_reward
from regulars.rewards.actions.milestones import GoalDraft, MilestonesDraft, set_milestones
from regulars.rewards.actions.settling import run_settling
from regulars.rewards.actions.stamps import StampCommand, Stamped, stamp_card
from regulars.rewards.queries.milestones import MilestonesView
from regulars.rewards.queries.rewards import RewardView
from regulars.rewards.rules.rewards import RewardDraft
from tests.ledger_kit import Counter, open_counter


@dataclass
class RewardShop:
    """A counter and what its stamps lead to."""

    counter: Counter
    deferred: list[tuple[UUID, UUID]] = field(default_factory=list)

    def award(self, title: str, **more: Any) -> RewardView:
        """Something that is handed over."""
        return create_reward(self.counter.actor, RewardDraft(title=title, **more), now=timezone.now())

    def voucher(self, title: str, **more: Any) -> RewardView:
        """Something that is redeemed by its code."""
        return self.award(title, kind="voucher", **more)

    def lottery(self, title: str, variants: Sequence[Mapping[str, Any]], **more: Any) -> RewardView:
        """Something that is drawn."""
        return self.award(title, kind="lottery", variants=variants, **more)

    def goals(
        self,
        goals: Mapping[int, RewardView],
        *,
        above: str | None = None,
        holders: str | None = None,
        **more: Any,
    ) -> MilestonesView:
        """What so many stamps bring."""
        draft = MilestonesDraft(
            goals=[GoalDraft(stamps, encode("rwd", reward.id)) for stamps, reward in goals.items()], **more
        )
        return set_milestones(
            self.counter.actor,
            encode("ctp", self.counter.card_type.id),
            draft,
            above=above,
            holders=holders,
            defer=lambda chain_id, work_id: self.deferred.append((chain_id, work_id)),
            now=timezone.now(),
        )

    def now(self) -> datetime:
        """The time."""
        return timezone.now()

    def work(self) -> None:
        """Do what was put into the background."""
        while self.deferred:
            run_settling(*self.deferred.pop(), now=timezone.now())

    def stamp(
        self, card: CardView, count: int | None, *, again: bool = True, now: datetime | None = None, **more: Any
    ) -> Stamped:
        """Stamps for a card."""
        command = StampCommand(card=encode("crd", card.id), count=count, again=again, **more)
        return stamp_card(self.counter.actor, command, now=now or timezone.now())

    def stamps(self, card: CardView) -> int:
        """How many stamps it shows."""
        return self.counter.balance(card, "stamps")

    def entries(self, card: CardView) -> list[tuple[str, int, int]]:
        """What was entered on its stamps: kind, amount, balance after."""
        return [
            (kind, amount, after)
            for kind, amount, after in self.counter.read(
                "SELECT e.kind, e.amount, e.balance_after FROM entries e JOIN balance_types b ON b.id = e.balance_type_id"
                " WHERE e.card_id = %s AND b.kind = 'stamps' ORDER BY e.id",
                [card.id],
            )
        ]

    def given(self, card: CardView) -> list[tuple[str, str, int | None, int | None]]:
        """What it got: title, state, round, goal."""
        return [
            (title, state, number, goal)
            for title, state, number, goal in self.counter.read(
                "SELECT title, state, number, goal FROM given_rewards WHERE card_id = %s ORDER BY id", [card.id]
            )
        ]


def open_reward_shop() -> RewardShop:
    """A shop with a card that counts stamps and points."""
    return RewardShop(open_counter())
