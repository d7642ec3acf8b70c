"""A code on a receipt that one of the staff scans and counts: a press like any other, so it can be taken back (TIL-2, TIL-4)."""

from datetime import datetime
from uuid import UUID

from regulars.cards.queries.cards import access_card
from regulars.kernel.ids import encode
from regulars.platform.actor import Actor
from regulars.platform.begin_again import begins_again
from regulars.platform.claims import Claim, claimed
from regulars.platform.database import edge_unit_of_work
from regulars.till.actions.press import At, Result, changed_balance, keep_press, stamps_standing
from regulars.till.actions.receipts import claim_receipt


@begins_again
def claim_at_till(
    actor: Actor, receipt_id: UUID, card: str, at: At, *, line: str, now: datetime, claim: Claim | None = None
) -> UUID:
    """Count a code for a card and keep that somebody did; the id of the press.

    Refuses: Forbidden, NotFound, and what claiming refuses. Raises Answered where the key was used before: its answer is
    the id (`prs_…`) of the first press.
    """
    with edge_unit_of_work(actor.chain_id), claimed(actor, claim) as answer:
        before = access_card(actor, card, now=now)
        done = claim_receipt(actor, receipt_id, card, line=line, now=now)
        if done.stamps_after is None:
            after, title = changed_balance(actor, before, now=now)
            goal = None
        else:
            after, goal = stamps_standing(actor, before, done.stamps_after)
            title = ""
        result = Result(
            subject_id=done.subject_id,
            card_id=done.card_id,
            of_id=receipt_id,
            amount=done.amount,
            decimals=done.decimals,
            after=after,
            goal=goal,
            title=title,
            rewards=done.rewards,
        )
        press_id = keep_press(actor, "purchase" if done.stamps_after is None else "stamps", result, at, now=now)
        answer(lambda made: (303, encode("prs", made)), press_id)
    return press_id
