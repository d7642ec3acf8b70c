"""What happened last in a chain, from its events: those that have a number, and those that wait for one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.platform.actor import Actor
from regulars.platform.database import rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One event with the card or customer it is about; an import's event names many cards by their number alone."""

    at: datetime
    kind: str
    cards: int
    card_id: UUID | None
    card_number: str
    card_type: str
    customer_id: UUID | None
    customer_name: str
    amount: int | None
    decimals: int
    balance_name: str
    balance_kind: str
    place_name: str
    staff_name: str


def list_activity(actor: Actor, *, places: Sequence[UUID] | None = None, limit: int = 10) -> list[Activity]:
    """The newest events that people care about, of the chain or of some locations, in one query. Refuses: Forbidden."""
    actor.require("cards:read")
    read = 4 * limit if places is None else READ_FOR_PLACES
    given = {"chain": actor.chain_id, "limit": limit, "read": read, "places": list(places or ())}
    found = rows(_ACTIVITY.replace("/* places */", "" if places is None else _PLACES), given)
    return [_activity(values) for values in found]


def _activity(values: tuple[Any, ...]) -> Activity:
    at, kind, cards, card_id, number, card_type, customer_id, name, phone, email = values[:10]
    amount, decimals, balance_name, balance_kind, place, staff = values[10:16]
    return Activity(
        at=at,
        kind=kind,
        cards=cards,
        card_id=card_id,
        card_number=number or "",
        card_type=card_type or "",
        customer_id=customer_id,
        customer_name=name or phone or email or "",
        amount=amount,
        decimals=decimals or 0,
        balance_name=balance_name or "",
        balance_kind=balance_kind or "",
        place_name=place or "",
        staff_name=staff or "",
    )


READ_FOR_PLACES: Final = 2_000
"""So many of the chain's newest events are looked through for those of some locations."""

_PLACES: Final = """
        AND (EXISTS (SELECT FROM transactions x WHERE x.id = e.transaction_ids[1]
                AND x.location_id = ANY(%(places)s::uuid[]))
            OR e.kind <> 'balance.changed' AND EXISTS (SELECT FROM cards k WHERE k.id = e.card_ids[1]
                AND k.issued_location_id = ANY(%(places)s::uuid[])))
"""
SHOWN: Final = (
    "card.issued",
    "card.claimed",
    "card.blocked",
    "card.deleted",
    "card.restored",
    "card.replaced",
    "balance.changed",
)
_ACTIVITY: Final = f"""
WITH newest AS MATERIALIZED (
    (SELECT event_id FROM event_sequence WHERE chain_id = %(chain)s ORDER BY seq DESC LIMIT %(read)s)
    UNION ALL
    (SELECT event_id FROM event_queue WHERE chain_id = %(chain)s ORDER BY event_id DESC LIMIT %(read)s)
), shown AS MATERIALIZED (
    SELECT e.id, e.at, e.kind, cardinality(e.card_ids) AS cards, e.card_ids[1] AS card_id,
        e.transaction_ids[1] AS transaction_id
    FROM events e WHERE e.chain_id = %(chain)s AND e.id = ANY(ARRAY(SELECT event_id FROM newest))
        AND e.kind IN ({", ".join(f"'{kind}'" for kind in SHOWN)}) /* places */
        AND NOT EXISTS (SELECT FROM cards k WHERE k.id = e.card_ids[1] AND k.status = 'undone')
    ORDER BY e.id DESC LIMIT %(limit)s
)
SELECT s.at, s.kind, s.cards, k.id, k.number, t.name, c.id, c.name,
    coalesce((SELECT p.phone FROM customer_phones p WHERE p.customer_id = c.id ORDER BY p.position, p.phone LIMIT 1),
        k.phone),
    c.email, n.amount, b.decimals, b.name, b.kind, o.name, coalesce(nullif(g.name, ''), g.email)
FROM shown s
LEFT JOIN cards k ON k.id = s.card_id
LEFT JOIN card_types t ON t.id = k.card_type_id
LEFT JOIN customers c ON c.id = k.customer_id
LEFT JOIN transactions x ON x.id = s.transaction_id
LEFT JOIN LATERAL (
    SELECT amount, balance_type_id FROM entries WHERE transaction_id = s.transaction_id AND card_id = s.card_id LIMIT 1
) n ON true
LEFT JOIN balance_types b ON b.id = n.balance_type_id
LEFT JOIN locations o ON o.id = x.location_id
LEFT JOIN staff w ON w.id = x.staff_id
LEFT JOIN logins g ON g.id = w.login_id
ORDER BY s.id DESC
"""
