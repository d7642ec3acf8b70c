"""Gift cards that are to pay, or to get something back: read, with or without a lock. A hot path."""

from collections.abc import Collection, Iterable
from typing import Any, Final
from uuid import UUID

from regulars.giftcards.rules.values import GiftCardState, PastEntry, limits_of
from regulars.platform.claims import Answered, Claim, StoredAnswer
from regulars.platform.database import from_json
from regulars.platform.hot import HotCursor

_COLUMNS: Final = """
g.id, g.type_id, g.state, g.balance, t.is_single_use, t.limits, t.location_ids, g.customer_id, g.expires_at, g.version,
g.last_number, t.value_max, g.is_blocked
"""
_BY_KEY: Final = f"""
SELECT k.key, {_COLUMNS} FROM code_keys k
JOIN gift_cards g ON g.id = k.owner_id AND g.chain_id = k.chain_id
JOIN gift_card_types t ON t.id = g.type_id
WHERE k.chain_id = %(chain)s AND k.kind = 'gift_card' AND k.key = ANY(%(keys)s::text[])
ORDER BY g.id
"""
_BY_ID: Final = f"""
SELECT g.id, {_COLUMNS} FROM gift_cards g JOIN gift_card_types t ON t.id = g.type_id
WHERE g.chain_id = %(chain)s AND g.id = ANY(%(ids)s::uuid[])
ORDER BY g.id
"""
_BY_HAND: Final = f"""
SELECT {_COLUMNS}, c.currency, k.body_hash, k.status, k.answer
FROM gift_cards g JOIN gift_card_types t ON t.id = g.type_id JOIN chains c ON c.id = g.chain_id
LEFT JOIN idempotency_keys k ON k.holder_id = %(holder)s::uuid AND k.route = %(route)s::text AND k.key = %(key)s::text
WHERE g.chain_id = %(chain)s::uuid AND g.id = %(id)s::uuid
FOR NO KEY UPDATE OF g
"""
# In the order of their ids, whoever locks them, so that two tills never wait for each other.
_LOCK: Final = "FOR NO KEY UPDATE OF g"
_PAST: Final = """
SELECT e.gift_card_id, e.id, e.kind, e.amount,
    coalesce((SELECT sum(r.amount) FROM gift_card_entries r WHERE r.reverses = e.id), 0)::bigint
FROM gift_card_entries e
WHERE e.chain_id = %(chain)s AND e.kind IN ('write_off', 'forfeit') AND {condition}
ORDER BY e.gift_card_id, e.number
"""
# Later ones took away what came back to a card that was cancelled already.
_CANCELLED: Final = """
SELECT DISTINCT ON (e.gift_card_id) e.gift_card_id, e.kind FROM gift_card_entries e
WHERE e.chain_id = %(chain)s AND e.gift_card_id = ANY(%(ids)s::uuid[]) AND e.kind IN ('cancel', 'pay_out')
ORDER BY e.gift_card_id, e.number
"""


def lock_gift_cards(cursor: HotCursor, chain_id: UUID, keys: Collection[str]) -> dict[str, GiftCardState]:
    """The gift cards with these codes, as `code_key` writes them, locked until the transaction ends."""
    if not keys:
        return {}
    return _states(cursor.rows(_BY_KEY + _LOCK, {"chain": chain_id, "keys": sorted(keys)}))


def read_gift_cards(cursor: HotCursor, chain_id: UUID, keys: Collection[str]) -> dict[str, GiftCardState]:
    """The same without a lock: for a quote."""
    if not keys:
        return {}
    return _states(cursor.rows(_BY_KEY, {"chain": chain_id, "keys": sorted(keys)}))


def lock_gift_cards_by_id(cursor: HotCursor, chain_id: UUID, ids: Iterable[UUID]) -> dict[UUID, GiftCardState]:
    """The gift cards with these ids, locked until the transaction ends: to give back, or without a code."""
    wanted = sorted(set(ids))
    return _states(cursor.rows(_BY_ID + _LOCK, {"chain": chain_id, "ids": wanted})) if wanted else {}


def read_gift_cards_by_id(cursor: HotCursor, chain_id: UUID, ids: Iterable[UUID]) -> dict[UUID, GiftCardState]:
    """The same without a lock."""
    wanted = sorted(set(ids))
    return _states(cursor.rows(_BY_ID, {"chain": chain_id, "ids": wanted})) if wanted else {}


def lock_for_payment(
    cursor: HotCursor, chain_id: UUID, card_id: UUID, claim: Claim | None
) -> tuple[GiftCardState, str] | None:
    """One gift card under lock with the currency of its chain, in one round trip; None where there is none.

    Raises Answered where the key was used before.
    """
    values = {
        "chain": chain_id,
        "id": card_id,
        "holder": claim.holder_id if claim else None,
        "route": claim.route if claim else None,
        "key": claim.key if claim else None,
    }
    found = cursor.call(_BY_HAND, values)
    if not found:
        return None
    *card, currency, body_hash, status, answer = found[0]
    if claim and body_hash is not None:
        raise Answered(StoredAnswer(claim.holder_id, claim.route, claim.key, bytes(body_hash), status, answer))
    return _state(card), currency


def gift_cards_asked(chain_id: UUID, ids: Iterable[UUID], *, locks: bool) -> tuple[str, dict[str, Any]]:
    """The same as a statement, to be asked together with other things; `states_in` reads the answer."""
    return _BY_ID + (_LOCK if locks else ""), {"chain": chain_id, "ids": sorted(set(ids))}


def states_in(found: Iterable[tuple[Any, ...]]) -> dict[UUID, GiftCardState]:
    """The gift cards in the rows of what `gift_cards_asked` asks."""
    return _states(found)


def payments_of_order(cursor: HotCursor, chain_id: UUID, order_id: UUID) -> dict[UUID, tuple[PastEntry, ...]]:
    """What an order took of which gift cards, and what came back of it. Exact while these are locked."""
    return _past(cursor, "e.order_id = %(order)s", {"chain": chain_id, "order": order_id})


def cancelled_as(cursor: HotCursor, chain_id: UUID, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Where the money of cancelled gift cards went: `pay_out` or `cancel`. Exact while they are locked."""
    wanted = sorted(set(ids))
    return dict(cursor.rows(_CANCELLED, {"chain": chain_id, "ids": wanted})) if wanted else {}


def payment_of_entry(cursor: HotCursor, chain_id: UUID, card_id: UUID, entry_id: UUID) -> tuple[PastEntry, ...]:
    """A write-off of a gift card outside orders, with what it forfeited beside it; nothing where there is no such payment.

    Exact while the gift card is locked.
    """
    condition = (
        "e.gift_card_id = %(card)s AND e.number IN (SELECT n.number + step FROM gift_card_entries n,"
        " generate_series(0, 1) step WHERE n.id = %(entry)s AND n.gift_card_id = %(card)s AND n.kind = 'write_off'"
        " AND n.order_id IS NULL)"
        " AND (e.id = %(entry)s OR e.kind = 'forfeit')"
    )
    found = _past(cursor, condition, {"chain": chain_id, "card": card_id, "entry": entry_id})
    return found.get(card_id, ())


def _past(cursor: HotCursor, condition: str, values: dict[str, Any]) -> dict[UUID, tuple[PastEntry, ...]]:
    found: dict[UUID, tuple[PastEntry, ...]] = {}
    for card_id, *entry in cursor.rows(_PAST.format(condition=condition), values):
        found[card_id] = (*found.get(card_id, ()), PastEntry(*entry))
    return found


def _states(found: Iterable[tuple[Any, ...]]) -> dict[Any, GiftCardState]:
    return {key: _state(values) for key, *values in found}


def _state(values: list[Any]) -> GiftCardState:
    card_id, type_id, state, balance, is_single_use, limits, places, *rest = values
    return GiftCardState(
        card_id,
        type_id,
        state,
        balance,
        is_single_use,
        limits_of(from_json(limits)),
        None if places is None else frozenset(places),
        *rest,
    )
