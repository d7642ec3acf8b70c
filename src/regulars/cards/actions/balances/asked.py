"""A change of a balance by hand, as somebody asks for it (CRD-6)."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from regulars.cards.actions.balances.change import CardFacts, Posted
from regulars.ledger.rules.plan import Plan
from regulars.ledger.rules.posting import Leg, Posting
from regulars.platform.actor import Actor
from regulars.platform.claims import Claim, Present

LOTS_AT_ONCE: Final = 8
"""How many lots a minus reads at first: nearly always enough, whatever a card has gathered over the years."""


@dataclass(frozen=True, slots=True)
class AdjustCommand:
    """A change by hand: a signed amount with a reason."""

    card: str
    balance_type: str
    amount: str | int | Decimal
    reason: str
    location_id: UUID | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A change that somebody asks for, and how the answer is written that its idempotency key keeps."""

    actor: Actor
    command: AdjustCommand
    card_id: UUID
    claim: Claim | None = None
    present: Present[Posted] | None = None

    def presented_by(self, present: Present[Posted]) -> "Asked":
        """The same, with an answer that is written in another way."""
        return replace(self, present=present)

    @property
    def lots_max(self) -> int:
        """How many lots are read for it at first: a plus asks for none."""
        return LOTS_AT_ONCE if str(self.command.amount).strip().startswith("-") else 0

    def posting(self, facts: CardFacts, plan: Plan, *, now: datetime) -> Posting:
        """What is written for it."""
        return Posting(
            kind="adjust",
            source=self.actor.through,
            at=now,
            legs=(Leg(plan=plan, card_id=self.card_id, balance_type_id=facts.balance_type_id),),
            staff_id=self.actor.staff_id,
            key_id=self.actor.key_id,
            location_id=self.command.location_id,
            external_id=self.command.external_id,
            reason=self.command.reason.strip(),
        )
