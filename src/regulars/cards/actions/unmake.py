"""Taking back cards that nobody has used: as if they had never been made (CRD-1, CRD-10)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.cards.events import CARD_DELETED
from regulars.cards.models import CardType
from regulars.kernel.ids import encode
from regulars.ledger.actions.post import post
from regulars.ledger.queries.accounts import lock_accounts
from regulars.ledger.rules.plan import plan_close
from regulars.ledger.rules.posting import Leg, Posting, Taken
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import rows
from regulars.platform.events import announce
from regulars.platform.hot import open_cursor
from regulars.programs.actions import unmake_program

# Every change of a card raises its version; what came with it are its only entries.
UNTOUCHED: Final = """
SELECT k.id FROM cards k
WHERE k.chain_id = %(chain)s AND k.id = ANY(%(cards)s::uuid[]) AND k.status = 'active' AND k.version = 1
    AND NOT EXISTS (SELECT FROM entries e WHERE e.card_id = k.id AND e.kind <> 'issue')
    AND NOT EXISTS (SELECT FROM accounts a WHERE a.card_id = k.id AND a.held > 0)
ORDER BY k.id
FOR NO KEY UPDATE OF k
"""
GIVEN: Final = """
SELECT e.transaction_id, e.account_id, e.card_id, e.balance_type_id, e.amount
FROM entries e WHERE e.card_id = ANY(%(cards)s::uuid[]) AND e.kind = 'issue' ORDER BY e.id
"""
UNMAKE: Final = """
WITH freed AS (DELETE FROM card_numbers WHERE chain_id = %(chain)s AND card_id = ANY(%(cards)s::uuid[])),
shorts AS (DELETE FROM card_short_numbers WHERE chain_id = %(chain)s AND card_id = ANY(%(cards)s::uuid[])),
devices AS (DELETE FROM card_devices WHERE chain_id = %(chain)s AND card_id = ANY(%(cards)s::uuid[])),
slots AS (DELETE FROM card_slots WHERE card_id = ANY(%(cards)s::uuid[]))
UPDATE cards SET status = 'undone', customer_id = NULL, phone = NULL, version = version + 1
WHERE chain_id = %(chain)s AND id = ANY(%(cards)s::uuid[])
"""


def unmake_cards(actor: Actor, card_ids: Sequence[UUID], *, now: datetime) -> list[UUID]:
    """Take back those of these cards that nobody has used, and return them; set-based, in the running unit of work.

    Their numbers are free again, what came with them is reversed, and their people may have it another time.
    """
    cards = [values[0] for values in rows(UNTOUCHED, {"chain": actor.chain_id, "cards": list(card_ids)})]
    if not cards:
        return []
    values: dict[str, Any] = {"chain": actor.chain_id, "cards": cards}
    _reverse_given(actor, rows(GIVEN, values), now=now)
    rows("SELECT forget_initial_balances(%(cards)s::uuid[])", values)
    rows(UNMAKE, values)
    announce(actor.chain_id, CARD_DELETED, now=now, card_ids=cards)
    audit.record_many(
        actor,
        verb="card.undone",
        object_kind="card",
        changes=[audit.Change(object_id=card_id) for card_id in cards],
        now=now,
    )
    return cards


def unmake_card_type(actor: Actor, card_type_id: UUID, *, made: int = 1, now: datetime) -> bool:
    """Take back a card type that nobody changed and that has no card left, with its program; False where it stays.

    In the running unit of work. `made` is the version at which whoever made it left it. Cards that were undone still point at it, so its row stays, out of everybody's sight;
    its external id is free again.
    """
    one = CardType.objects.select_for_update(no_key=True).filter(chain_id=actor.chain_id, id=card_type_id).first()
    if one is None or one.state == "undone":
        return True
    others = CardType.objects.filter(chain_id=actor.chain_id, program_id=one.program_id).exclude(state="undone")
    has_cards = rows(
        "SELECT 1 FROM cards WHERE chain_id = %s AND card_type_id = %s AND status <> 'undone' LIMIT 1",
        [actor.chain_id, card_type_id],
    )
    if (
        has_cards
        or one.version > made
        or others.exclude(id=one.id).exists()
        or not unmake_program(actor, one.program_id, now=now)
    ):
        return False
    one.state, one.external_id = "undone", encode("ctp", one.id)
    one.save(update_fields=["state", "external_id"])
    audit.record(actor, verb="card_type.undone", object_kind="card_type", object_id=one.id, now=now)
    return True


def _reverse_given(actor: Actor, given: Sequence[tuple[Any, ...]], *, now: datetime) -> None:
    cursor = open_cursor()
    states = lock_accounts(cursor, [values[1] for values in given], now=now)
    postings = []
    for transaction_id, account_id, card_id, balance_type_id, amount in given:
        plan = plan_close(states[account_id])
        assert plan is not None
        assert -plan.amount == amount
        postings.append(
            Posting(
                kind="reverse",
                source="issue undone",
                at=now,
                legs=(Leg(plan=plan, card_id=card_id, balance_type_id=balance_type_id),),
                staff_id=actor.staff_id,
                key_id=actor.key_id,
                taken=Taken(original_id=transaction_id, ordinal=1, amount=amount, left_after=0),
            )
        )
    if postings:
        post(cursor, actor, postings)
