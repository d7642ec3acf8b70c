"""Cards of a person who is erased: taken out of use for good, entries of the ledger stay, of nobody (CUS-7)."""

from typing import Final

from regulars.cards.actions.lifecycle import close_card
from regulars.cards.queries.cards import find_card
from regulars.customers.events import CustomersRemoved
from regulars.customers.queries.left import find_left_keys
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import execute, rows

_LOCK: Final = """
SELECT id, status FROM cards WHERE chain_id = %s AND customer_id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""
# The old link dies with its version, and a number that somebody wrote down finds a card that names nobody.
_FORGET: Final = """
UPDATE cards SET customer_id = NULL, phone = NULL, status_reason = '', erased_at = %s, link_version = link_version + 1,
    version = version + 1
WHERE chain_id = %s AND id = ANY(%s::uuid[])
"""
# Phones and wallets that could still draw a code of these cards.
_FORGET_DEVICES: Final = "DELETE FROM card_devices WHERE chain_id = %s AND card_id = ANY(%s::uuid[])"
# What somebody wrote beside a booking is often about the person; the sealed entries do without it.
_FORGET_REASONS: Final = """
DELETE FROM transaction_notes WHERE chain_id = %(chain)s
    AND transaction_id IN (SELECT e.transaction_id FROM entries e WHERE e.card_id = ANY(%(cards)s::uuid[]))
"""
# Whoever comes back by the address alone has had their first balance: only its keyed hash is kept.
_REMEMBER: Final = """
INSERT INTO initial_balances_given (chain_id, balance_type_id, person_key, at)
SELECT g.chain_id, g.balance_type_id, one.key, g.at
FROM unnest(%(customers)s::uuid[], %(keys)s::text[]) AS one (customer_id, key)
JOIN balance_types b ON b.chain_id = %(chain)s
JOIN initial_balances_given g ON g.chain_id = b.chain_id AND g.balance_type_id = b.id
    AND g.person_key = 'c:' || one.customer_id
ON CONFLICT DO NOTHING
"""


def forget_card_holders(actor: Actor, fact: CustomersRemoved) -> None:
    """Close the cards of these customers and take their names off, in the running unit of work.

    What is left on them is posted off where the fact says so. Refuses: Forbidden, BalanceLeft (always for a deposit).
    """
    left = find_left_keys(actor.chain_id, fact.customer_ids)
    execute(_REMEMBER, {"chain": actor.chain_id, "customers": list(left), "keys": list(left.values())})
    held = rows(_LOCK, [actor.chain_id, list(fact.customer_ids)])
    for card_id, status in held:
        if status in ("deleted", "undone"):
            continue
        actor.require("cards:delete")
        view = find_card(actor.chain_id, card_id, now=fact.now)
        assert view is not None
        close_card(actor, view, write_off=fact.write_off, now=fact.now)
    if not held:
        return
    ids = [card_id for card_id, _status in held]
    execute(_FORGET, [fact.now, actor.chain_id, ids])
    execute(_FORGET_DEVICES, [actor.chain_id, ids])
    execute(_FORGET_REASONS, {"chain": actor.chain_id, "cards": ids})
    for card_id in ids:
        audit.forget_details(actor, object_id=card_id)
