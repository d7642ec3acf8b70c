"""The next blank cards of a batch, inside the transaction that keeps its progress (CRD-10)."""

from datetime import datetime
from typing import Final

from regulars.cards.actions.issue import ISSUE_CHUNK_MAX, NewCard, issue_cards
from regulars.cards.errors import NumberTaken
from regulars.cards.models import BulkIssue, BulkIssuedCard
from regulars.cards.queries.types import find_card_type
from regulars.kernel.refusal import Refused
from regulars.ledger.actions.post import LostRace
from regulars.platform.actor import Actor
from regulars.platform.database import execute, rows

ONE_LIST_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
NEXT_LISTED: Final = """
SELECT l.row, l.number, EXISTS (SELECT FROM card_numbers n WHERE n.chain_id = l.chain_id AND n.key = l.key)
FROM listed_numbers l
WHERE l.chain_id = %(chain)s AND l.number_list_id = %(list)s AND l.row > %(after)s AND l.problem = ''
ORDER BY l.row LIMIT %(limit)s
"""
MARK_TAKEN: Final = """
UPDATE listed_numbers SET problem = 'taken_since'
WHERE chain_id = %(chain)s AND number_list_id = %(list)s AND row = ANY(%(rows)s)
"""


def issue_blanks(actor: Actor, one: BulkIssue, *, now: datetime) -> bool:
    """Make the next cards of a locked batch and move its counts on, unsaved; False where none is left.

    A number of a list that another card took since the check is skipped and marked. Raises LostRace where one is being
    taken at this instant. Refuses: NumberTaken where a format has too few numbers left.
    """
    new = _next_listed(actor, one) if one.number_list_id else _next_generated(one)
    if new is None:
        return False
    card_type = find_card_type(actor.chain_id, one.card_type_id)
    assert card_type is not None
    if new:
        try:
            issue_cards(actor, card_type, new, now=now, location_id=one.location_id, through="blank")
        except Refused as refused:
            if one.number_list_id and isinstance(refused.refusal, NumberTaken):
                raise LostRace from refused
            raise
        BulkIssuedCard.objects.bulk_create(
            BulkIssuedCard(bulk_issue_id=one.id, card_id=card.id, chain_id=actor.chain_id) for card in new
        )
    one.issued += len(new)
    return True


def _next_generated(one: BulkIssue) -> list[NewCard] | None:
    count = min(ISSUE_CHUNK_MAX, one.total - one.done)
    if count <= 0:
        return None
    one.done += count
    return [NewCard() for _ in range(count)]


def _next_listed(actor: Actor, one: BulkIssue) -> list[NewCard] | None:
    wanted = {"chain": actor.chain_id, "list": one.number_list_id, "after": one.after_row, "limit": ISSUE_CHUNK_MAX}
    # Two people may have uploaded the same list: their chunks take turns, and each sees what the other's took.
    rows(ONE_LIST_AT_A_TIME, [f"regulars.listed {actor.chain_id}"])
    found = rows(NEXT_LISTED, wanted)
    if not found:
        return None
    taken = [row for row, _, is_taken in found if is_taken]
    if taken:
        execute(MARK_TAKEN, wanted | {"rows": taken})
    one.after_row = found[-1][0]
    one.done += len(found)
    one.skipped += len(taken)
    return [NewCard(number=number) for _, number, is_taken in found if not is_taken]
