"""Reads of the messages that stand on passes (WAL-4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.platform.database import kept_rows, rows

# Google keeps messages beside what the card shows, and browsers show them once. A phone speaks up only where a text is another one than before: one that is said twice differs by a letter that nobody sees.
_LAST: Final = """
SELECT DISTINCT ON (m.card_id) m.card_id, m.text || repeat(chr(8203), (SELECT (count(*) + 1) %% 2 FROM wallet_messages o WHERE o.card_id = m.card_id AND o.provider = m.provider)::int)
FROM wallet_messages m WHERE m.chain_id = %s AND m.card_id = ANY(%s::uuid[]) AND m.provider NOT IN ('google', 'web') ORDER BY m.card_id, m.id DESC
"""
_PHONES: Final = """
SELECT p.card_id, count(r.id), (
    SELECT count(*) FROM wallet_messages m
    WHERE m.card_id = p.card_id AND m.provider = p.provider AND m.at > %(since)s
), (
    SELECT min(m.at) FROM wallet_messages m
    WHERE m.card_id = p.card_id AND m.provider = p.provider AND m.at > %(since)s
)
FROM wallet_passes p JOIN wallet_registrations r ON r.pass_id = p.id
WHERE p.chain_id = %(chain)s AND p.card_id = ANY(%(cards)s::uuid[]) AND p.provider = %(provider)s
GROUP BY p.card_id, p.provider ORDER BY p.card_id
"""


def list_last_messages(chain_id: UUID, card_ids: Sequence[UUID]) -> dict[UUID, str]:
    """What the business said last to the holders of cards by way of their wallets, by card, where it ever did."""
    return dict(kept_rows(_LAST, [chain_id, list(card_ids)]))


def list_phones(
    chain_id: UUID, card_ids: tuple[UUID, ...], provider: str, *, since: datetime
) -> list[tuple[UUID, int, int, datetime | None]]:
    """Which of these cards phones have: the card, how many phones, how many messages since a time, and the first of those."""
    wanted = {"chain": chain_id, "cards": list(card_ids), "provider": provider, "since": since}
    return [(card, int(phones), int(sent), first) for card, phones, sent, first in rows(_PHONES, wanted)]
