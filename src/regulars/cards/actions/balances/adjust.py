"""Changing one balance by hand (CRD-6). A hot path."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from regulars.cards.actions.balances.change import (
    Posted,
    answer_of,
    lock_and_read,
    plan_or_refuse,
    plan_with_enough_lots,
    post_all,
    posted_of,
    read_amount,
    refuse_bad_text,
    refuse_unfit,
    retry_lost_races,
)
from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.ledger.rules.posting import Leg, Posting
from regulars.platform.actor import Actor
from regulars.platform.claims import Claim, Present
from regulars.platform.hot import hot_unit_of_work

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


@retry_lost_races
def adjust_balance(
    actor: Actor,
    command: AdjustCommand,
    *,
    now: datetime,
    claim: Claim | None = None,
    present: Present[Posted] | None = None,
) -> Posted:
    """Change a balance by hand and say why, in two round trips; stamps that reach a goal bring its reward with them.

    Refuses: Forbidden, NotFound, Invalid, ZeroAmount, UnknownBalanceType, InsufficientBalance, BalanceTooLarge,
    AboveLimit, CardNotActive, CardNotAssigned, ProgramNotActive, DuplicateExternalId. Raises Answered where the key was used before.
    """
    actor.require("balances:write")
    refuse_bad_text(command.reason, command.external_id)
    card_id = decode("crd", command.card)
    if card_id is None:
        raise Refused(NotFound())
    with hot_unit_of_work(actor.chain_id) as cursor:
        lots_max = LOTS_AT_ONCE if str(command.amount).strip().startswith("-") else 0
        facts = lock_and_read(cursor, actor, card_id, command.balance_type, claim, now=now, lots_max=lots_max)
        amount = read_amount(command.amount, facts.decimals)
        refuse_unfit(facts, amount)
        plan = plan_or_refuse(plan_with_enough_lots(cursor, facts, amount, now=now), facts.decimals)
        posting = Posting(
            kind="adjust",
            source=actor.through,
            at=now,
            legs=(Leg(plan=plan, card_id=card_id, balance_type_id=facts.balance_type_id),),
            staff_id=actor.staff_id,
            key_id=actor.key_id,
            location_id=command.location_id,
            external_id=command.external_id,
            reason=command.reason.strip(),
        )
        posted = posted_of(posting, facts)
        post_all(
            cursor,
            actor,
            [posting],
            answer=answer_of(claim, present, posted),
            and_commit=True,
            has_goals=facts.has_goals and amount > 0,
        )
    return posted
