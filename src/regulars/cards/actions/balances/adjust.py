"""Changing one balance by hand (CRD-6). A hot path."""

from datetime import datetime
from typing import Final

from regulars.cards.actions.balances.asked import AdjustCommand, Asked
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
from regulars.cards.actions.balances.together import adjust_together
from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.ledger.actions.post import LostRace
from regulars.platform.actor import Actor
from regulars.platform.claims import Claim, Present
from regulars.platform.hot import hot_unit_of_work
from regulars.platform.parties import Parties


def adjust_balance(
    actor: Actor,
    command: AdjustCommand,
    *,
    now: datetime,
    claim: Claim | None = None,
    present: Present[Posted] | None = None,
) -> Posted:
    """Change a balance by hand and say why, in two round trips; with others where others are under way (ADR 18).

    Stamps that reach a goal bring its reward with them (RWD-1).

    Refuses: Forbidden, NotFound, Invalid, ZeroAmount, UnknownBalanceType, InsufficientBalance, BalanceTooLarge,
    AboveLimit, CardNotActive, CardNotAssigned, ProgramNotActive, DuplicateExternalId. Raises Answered where the key was used before.
    """
    actor.require("balances:write")
    refuse_bad_text(command.reason, command.external_id)
    card_id = decode("crd", command.card)
    if card_id is None:
        raise Refused(NotFound())
    asked = Asked(actor, command, card_id, claim, present)
    return adjustments_together.do(asked, now=now, alone=lambda: _adjust_alone(asked, now=now))


@retry_lost_races
def _adjust_alone(asked: Asked, *, now: datetime) -> Posted:
    """Change a balance in a transaction of its own."""
    actor, command = asked.actor, asked.command
    with hot_unit_of_work(actor.chain_id) as cursor:
        facts = lock_and_read(
            cursor, actor, asked.card_id, command.balance_type, asked.claim, now=now, lots_max=asked.lots_max
        )
        amount = read_amount(command.amount, facts.decimals)
        refuse_unfit(facts, amount)
        plan = plan_or_refuse(plan_with_enough_lots(cursor, facts, amount, now=now), facts.decimals)
        posting = asked.posting(facts, plan, now=now)
        posted = posted_of(posting, facts)
        post_all(
            cursor,
            actor,
            [posting],
            answer=answer_of(asked.claim, asked.present, posted),
            and_commit=True,
            has_goals=facts.has_goals and amount > 0,
        )
    return posted


adjustments_together: Final = Parties[Asked, Posted](adjust_together, fails_with=(LostRace,))
