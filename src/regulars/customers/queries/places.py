"""Whom staff of some locations see: the customers of these locations, and whoever stands at the till (ORG-2)."""

from typing import Final
from uuid import UUID

from regulars.kernel.ids import decode
from regulars.kernel.phone import parse_phone
from regulars.kernel.text import email_key, number_key
from regulars.platform.database import rows

OF_PLACES: Final = """(
    c.entered_location_id = ANY(%(places)s::uuid[])
    OR c.id = ANY(%(at_hand)s::uuid[])
    OR EXISTS (SELECT FROM cards k WHERE k.customer_id = c.id AND k.status <> 'undone' AND (
        k.issued_location_id = ANY(%(places)s::uuid[])
        OR EXISTS (SELECT FROM entries e JOIN transactions x ON x.id = e.transaction_id
            WHERE e.card_id = k.id AND x.location_id = ANY(%(places)s::uuid[]))))
    OR EXISTS (SELECT FROM imports i WHERE i.id = c.import_id AND i.location_id = ANY(%(places)s::uuid[]))
)"""
"""A condition on `customers c`: they came in here, hold a card issued or used here, or were named in full."""

AT_HAND: Final = """
(SELECT customer_id FROM customer_phones WHERE chain_id = %(chain)s AND phone = %(phone)s)
UNION ALL
(SELECT id FROM customers WHERE chain_id = %(chain)s AND email_key = %(email)s LIMIT 100)
UNION ALL
(SELECT id FROM customers WHERE chain_id = %(chain)s AND external_id = %(external_id)s)
UNION ALL
(SELECT k.customer_id FROM card_numbers n JOIN cards k ON k.id = n.card_id
    WHERE n.chain_id = %(chain)s AND n.key = %(key)s AND n.replaced_at IS NULL AND k.customer_id IS NOT NULL)
UNION ALL
(SELECT k.customer_id FROM card_short_numbers n JOIN cards k ON k.id = n.card_id
    WHERE n.chain_id = %(chain)s AND n.number = %(key)s AND n.freed_at IS NULL AND k.customer_id IS NOT NULL)
"""


def customers_at_hand(chain_id: UUID, text: str, *, country: str) -> tuple[UUID, ...]:
    """The customers whom a full phone, e-mail, card number, till number or id names: who stands at the till."""
    cleaned = text.strip()[:254]
    if decoded := decode("cus", cleaned):
        return (decoded,)
    found = rows(
        AT_HAND,
        {
            "chain": chain_id,
            "phone": parse_phone(cleaned, country),
            "email": email_key(cleaned) if "@" in cleaned else None,
            "external_id": cleaned.removeprefix("ext:"),
            "key": number_key(cleaned),
        },
    )
    return tuple(dict.fromkeys(values[0] for values in found))
