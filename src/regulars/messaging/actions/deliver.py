"""Sending what was written: at most once where a channel cannot tell the same letter twice.

Before a letter is handed over it is noted that it is about to be. Whoever is killed between handing over and remembering leaves
that note; the next one cannot know whether the letter went out, says so, and does not send it again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from regulars.chains.queries import find_chain
from regulars.customers.events import CustomersRemoved
from regulars.customers.queries import list_consents
from regulars.messaging.queries.messages import find_addressee
from regulars.messaging.rules import FURTHER, State, check_consent, next_wait
from regulars.platform.actor import Actor
from regulars.platform.database import execute, row, unit_of_work
from regulars.plugins.channels import Channel, Handed, Letter, Moved, Unreachable, find_channel

_CLAIM: Final = """
SELECT d.state, d.reason, d.channel, d.tries, m.customer_id, m.card_id, m.kind, m.subject, m.text
FROM message_deliveries d JOIN messages m ON m.id = d.message_id
WHERE d.id = %s FOR NO KEY UPDATE OF d
"""
_MOVE: Final = """
UPDATE message_deliveries SET state = %(state)s, reason = %(reason)s, detail = %(detail)s, state_at = %(at)s
WHERE id = %(id)s AND state = ANY(%(from)s)
"""
WAITING: Final = "waiting"
"""The channel has it, and tells how it goes on."""
Later = Callable[[timedelta], None]
"""Try again after so long."""

_THEIRS: Final = """(m.customer_id = ANY(%(customers)s::uuid[])
    OR m.card_id IN (SELECT k.id FROM cards k WHERE k.chain_id = %(chain)s AND k.customer_id = ANY(%(customers)s::uuid[])))"""


def deliver(chain_id: UUID, delivery_id: UUID, *, later: Later, now: Callable[[], datetime]) -> None:
    """Hand one delivery over, once; what is not certain is not repeated. Safe to run twice."""
    with unit_of_work(chain_id):
        begun = _begin(chain_id, delivery_id, now())
    if begun is None:
        return
    channel, letter, tries = begun
    handed = channel.send(letter, now=now())
    with unit_of_work(chain_id):
        _remember(delivery_id, handed, tries, later, now())


def follow_letter(_chain_id: UUID, moved: Moved) -> None:
    """Keep how it went on with a letter that a channel had taken; what has arrived stays arrived."""
    _move(moved.letter_id, moved.state, moved.at, moved.reason, moved.detail)


def forget_messages(actor: Actor, fact: CustomersRemoved) -> None:
    """Delete what was written to customers who are deleted, with how it went on (CUS-7)."""
    # What was written to a card before it was anybody's went to the same person; their cards are still theirs here.
    asked = {"chain": actor.chain_id, "customers": list(fact.customer_ids)}
    execute(
        "DELETE FROM message_deliveries d USING messages m WHERE m.id = d.message_id AND m.chain_id = %(chain)s"
        f" AND {_THEIRS}",
        asked,
    )
    execute(f"DELETE FROM messages m WHERE m.chain_id = %(chain)s AND {_THEIRS}", asked)


def _begin(chain_id: UUID, delivery_id: UUID, now: datetime) -> tuple[Channel, Letter, int] | None:
    """Note that it is about to be handed over; None where there is nothing to hand over any more."""
    found = row(_CLAIM, [delivery_id])
    if found is None or found[0] not in ("queued", "sending") or found[1] == WAITING:
        return None
    state, _reason, key, tries, customer_id, card_id, kind, subject, text = found
    channel = find_channel(key)
    if channel is None:
        _move(delivery_id, "failed", now, "no_channel")
        return None
    if state == "sending" and not channel.is_repeatable:
        _move(delivery_id, "failed", now, "unclear")
        return None
    addressee = find_addressee(chain_id, customer_id, card_id, now=now)
    given = {one.purpose: one.given for one in list_consents(chain_id, customer_id)} if customer_id else {}
    refused = check_consent(channel, kind, given)
    if refused is None and state == "queued":
        reached = channel.reach(addressee.person, now=now)
        refused = reached if isinstance(reached, Unreachable) else None
    if refused is not None:
        _move(delivery_id, "failed", now, refused.reason)
        return None
    execute(
        "UPDATE message_deliveries SET state = 'sending', tries = tries + 1, state_at = %s WHERE id = %s",
        [now, delivery_id],
    )
    chain = find_chain(chain_id)
    assert chain is not None
    letter = Letter(
        id=delivery_id,
        person=addressee.person,
        subject=subject,
        text=text,
        sender=chain.name,
        link=addressee.link,
    )
    return channel, letter, tries + 1


def _remember(delivery_id: UUID, handed: Handed, tries: int, later: Later, now: datetime) -> None:
    match handed.outcome:
        case "sent":
            _move(delivery_id, "sent", now)
        case "waiting":
            # It may have gone on already, so only what is still being handed over waits.
            execute(
                "UPDATE message_deliveries SET state = 'queued', reason = %s WHERE id = %s AND state = 'sending'",
                [WAITING, delivery_id],
            )
        case "unclear":
            _move(delivery_id, "failed", now, "unclear", handed.detail)
        case "refused":
            _move(delivery_id, "failed", now, "refused", handed.detail)
        case "later":
            wait = next_wait(tries, handed.after)
            if wait is None:
                _move(delivery_id, "failed", now, "refused", handed.detail)
                return
            execute(
                "UPDATE message_deliveries SET state = 'queued', reason = 'later', detail = %s, state_at = %s"
                " WHERE id = %s AND state = 'sending'",
                [handed.detail[:200], now, delivery_id],
            )
            later(wait)


def _move(delivery_id: UUID, state: State, now: datetime, reason: str = "", detail: str = "") -> None:
    values = {"id": delivery_id, "state": state, "reason": reason, "detail": detail[:200], "at": now}
    execute(_MOVE, values | {"from": list(FURTHER[state])})
