"""What gift cards bring to the time line of a customer (CUS-8)."""

from typing import Final
from uuid import UUID

from regulars.customers.queries.timeline import TimelineItem
from regulars.kernel.ids import encode
from regulars.platform.actor import Actor
from regulars.platform.database import rows

ITEMS: Final = """
SELECT e.id, e.at, e.kind, e.amount, e.source, g.id, t.name, c.currency, coalesce(l.name, ''),
    coalesce(nullif(o.name, ''), o.email, '')
FROM gift_cards g
JOIN gift_card_entries e ON e.gift_card_id = g.id
JOIN gift_card_types t ON t.id = g.type_id
JOIN chains c ON c.id = g.chain_id
LEFT JOIN locations l ON l.id = e.location_id
LEFT JOIN staff w ON w.id = e.staff_id
LEFT JOIN logins o ON o.id = w.login_id
WHERE g.chain_id = %(chain)s AND g.customer_id = %(customer)s
    AND (%(before)s::uuid IS NULL OR e.id < %(before)s) AND e.kind <> 'forfeit'
ORDER BY e.id DESC LIMIT %(limit)s
"""


def list_gift_card_items(actor: Actor, customer_id: UUID, before: UUID | None, limit: int) -> list[TimelineItem]:
    """What happened to the customer's gift cards, in one query; nothing for whoever may not see gift cards."""
    if not actor.may("rewards:read"):
        return []
    wanted = {"chain": actor.chain_id, "customer": customer_id, "before": before, "limit": limit}
    return [
        TimelineItem(
            id=entry_id,
            at=at,
            kind=f"gift_card.{kind}",
            staff_name=staff_name,
            place_name=place_name,
            through=source,
            facts={"gift_card": encode("gcd", card_id), "title": name, "currency": currency, "money": amount},
        )
        for entry_id, at, kind, amount, source, card_id, name, currency, place_name, staff_name in rows(ITEMS, wanted)
    ]
