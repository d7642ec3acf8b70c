"""Reads of passes."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from regulars.platform.database import row, rows
from regulars.wallets.rules.port import Phone

_CHANGED: Final = "SELECT tag, pass_id FROM door_wallet_changes(%s, %s, %s)"
_ON_PHONES: Final = """
SELECT count(*) FROM cards k WHERE k.chain_id = %s AND k.card_type_id = %s AND k.status NOT IN ('deleted', 'undone')
    AND k.id IN (SELECT p.card_id FROM wallet_registrations r JOIN wallet_passes p ON p.id = r.pass_id WHERE r.chain_id = %s)
"""
_OF_CUSTOMERS: Final = """
SELECT k.id, m.at FROM unnest(%(ids)s::uuid[], %(times)s::timestamptz[]) AS m (id, at)
JOIN cards k ON k.customer_id = m.id AND k.chain_id = %(chain)s
WHERE EXISTS (SELECT FROM wallet_passes p WHERE p.card_id = k.id)
"""
_OF_VOUCHERS: Final = """
SELECT k.id, m.at FROM unnest(%(ids)s::uuid[], %(times)s::timestamptz[]) AS m (id, at)
JOIN vouchers v ON v.id = m.id AND v.chain_id = %(chain)s
CROSS JOIN LATERAL (
    SELECT id FROM cards WHERE id = v.card_id AND chain_id = %(chain)s
    UNION SELECT id FROM cards WHERE customer_id = v.customer_id AND chain_id = %(chain)s
) k
WHERE EXISTS (SELECT FROM wallet_passes p WHERE p.card_id = k.id)
"""
Moments = Sequence[tuple[UUID, datetime]]
"""Ids, each with the moment at which something of it changed."""


def list_cards_of_customers(chain_id: UUID, changed: Moments) -> list[tuple[UUID, datetime]]:
    """The cards of customers that somebody has in a wallet, each with the moment of its customer; in a unit of work."""
    return _cards_of(_OF_CUSTOMERS, chain_id, changed)


def list_cards_of_vouchers(chain_id: UUID, changed: Moments) -> list[tuple[UUID, datetime]]:
    """The cards in a wallet that show vouchers or would: the card of each, or all of its customer; in a unit of work."""
    return _cards_of(_OF_VOUCHERS, chain_id, changed)


def _cards_of(statement: str, chain_id: UUID, changed: Moments) -> list[tuple[UUID, datetime]]:
    if not changed:
        return []
    ids, times = zip(*changed, strict=True)
    return [
        (card_id, at) for card_id, at in rows(statement, {"ids": list(ids), "times": list(times), "chain": chain_id})
    ]


def list_phones_of_passes(pass_ids: Sequence[UUID]) -> dict[UUID, tuple[Phone, ...]]:
    """The phones that have passes and are told of their changes, by pass; in a unit of work of their chain."""
    phones: dict[UUID, tuple[Phone, ...]] = {}
    for pass_id, *values in rows(
        "SELECT pass_id, id, push_token, registered_at FROM wallet_registrations WHERE pass_id = ANY(%s) ORDER BY id",
        [list(pass_ids)],
    ):
        phones[pass_id] = (*phones.get(pass_id, ()), Phone(*values))
    return phones


def list_changed(device: str, pass_type: str, *, after: int) -> list[tuple[int, UUID]]:
    """The passes of a phone that changed after a tag, with their tags, in their order: as many as it can be told of at once.

    Needs no unit of work: who knows the name that a phone gave itself is told of the passes on it, whatever chain they are of.
    """
    return [(tag, pass_id) for tag, pass_id in rows(_CHANGED, [device, pass_type, after])]


def list_greetings(card_ids: Sequence[UUID]) -> dict[UUID, date]:
    """The last birthday that the passes of cards were told of, by card; in a unit of work of their chain."""
    if not card_ids:
        return {}
    return dict(rows("SELECT card_id, day FROM wallet_greetings WHERE card_id = ANY(%s)", [list(card_ids)]))


def count_on_phones(chain_id: UUID, card_type_id: UUID) -> int:
    """How many cards of a type somebody has in a wallet of any kind, and so are told of every change."""
    found = row(_ON_PHONES, [chain_id, card_type_id, chain_id])
    return int(found[0]) if found else 0
