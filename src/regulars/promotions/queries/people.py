"""Who somebody is, as far as trigger promotions ask, and on which card they get it (ORD-10, CRD-2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from regulars.customers.queries.left import left_key
from regulars.platform.database import from_json, rows
from regulars.promotions.queries.running import RunningPromotion
from regulars.promotions.rules.facts import Customer

# The card of the promotion's program with most of what is given, then the newest (CRD-2).
PICKED: Final = """
SELECT k.id FROM cards k JOIN card_types t ON t.id = k.card_type_id
LEFT JOIN accounts a ON a.card_id = k.id AND a.balance_type_id = %(balance_type)s
WHERE k.chain_id = %(chain)s AND k.customer_id = c.id AND k.status = 'active' AND t.program_id = %(program)s
    AND (%(card_types)s::uuid[] IS NULL OR t.id = ANY(%(card_types)s::uuid[]))
    AND (k.expires_at IS NULL OR k.expires_at > %(now)s)
ORDER BY coalesce(a.balance - a.held, 0) DESC, k.id DESC LIMIT 1
"""
ORDERS: Final = """
SELECT count(*) AS orders, coalesce(sum(o.sold), 0)::bigint AS sold, coalesce(sum(o.paid), 0)::bigint AS paid
FROM counted_orders o WHERE o.chain_id = %(chain)s
"""
HOLDER: Final = f"""
SELECT k.customer_id, k.phone, c.tags, c.custom, coalesce(c.loyalty_off, false),
    ARRAY(SELECT p.phone FROM customer_phones p WHERE p.customer_id = c.id),
    ARRAY(SELECT h.tier_id FROM holder_tiers h JOIN tiers t ON t.id = h.tier_id AND t.archived_at IS NULL
        WHERE h.holder_id = coalesce(c.id, k.id)
        UNION SELECT t.id FROM card_types y JOIN tier_groups g ON g.program_id = y.program_id AND g.archived_at IS NULL
        JOIN tiers t ON t.group_id = g.id AND t.threshold = 0 AND t.archived_at IS NULL AND t.closes_at IS NULL
        WHERE y.id = k.card_type_id AND NOT EXISTS (SELECT FROM holder_tiers h JOIN tiers o ON o.id = h.tier_id
            AND o.archived_at IS NULL WHERE h.group_id = g.id AND h.holder_id = coalesce(c.id, k.id))),
    ARRAY(SELECT DISTINCT held.card_type_id FROM cards held
        WHERE held.status = 'active' AND (held.id = k.id OR held.customer_id = c.id)),
    n.orders, n.sold, n.paid, to_char(c.birthday, 'MMDD'), c.email_key
FROM cards k LEFT JOIN customers c ON c.id = k.customer_id
LEFT JOIN LATERAL ({ORDERS} AND (o.customer_id = c.id OR c.id IS NULL AND o.card_id = k.id)) n ON true
WHERE k.chain_id = %(chain)s AND k.id = %(card)s
"""


@dataclass(frozen=True, slots=True)
class CardHolder:
    """Who holds a card: what promotions see of them, whom limits count, and the keys they are known by for ever."""

    id: UUID
    facts: Customer | None
    keys: tuple[str, ...]
    left_key: str
    """What whoever left by the same address was known by; "" where a phone says better who somebody is."""
    loyalty_is_off: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer whose occasion has come, with the card on which they get it."""

    customer_id: UUID
    card_id: UUID
    occasion: str


def find_holder(chain_id: UUID, card_id: UUID) -> CardHolder:
    """The holder of a card: its customer, or whoever has its phone; a blank card is nobody's."""
    (found,) = rows(HOLDER, {"chain": chain_id, "card": card_id})
    customer_id, phone, tags, custom, is_off, phones, tiers, card_types, orders, sold, paid, born, email = found
    holder_id = customer_id or card_id
    is_known = customer_id is not None or phone is not None
    facts = Customer(
        id=str(holder_id),
        tags=frozenset(tags or ()),
        fields=from_json(custom) or {},
        card_types=frozenset(map(str, card_types)),
        tiers=frozenset(map(str, tiers)),
        orders_before=orders or 0,
        sold_before=sold or 0,
        paid_before=paid or 0,
        birthday=(int(born[:2]), int(born[2:])) if born else None,
    )
    own = [f"c:{customer_id}"] if customer_id else []
    keys = [*own, *(f"p:{one}" for one in sorted({*phones, *([phone] if phone else [])}))]
    left = left_key(chain_id, email) if email and not phones and not phone else ""
    return CardHolder(holder_id, facts if is_known else None, tuple(keys) or (f"k:{card_id}",), left, is_off)


def pick_card(promotion: RunningPromotion, customer_id: UUID, asked: dict[str, Any]) -> UUID | None:
    """The card on which a customer gets what a promotion gives; None where they hold none that it could be."""
    statement = f"SELECT k.id FROM customers c CROSS JOIN LATERAL ({PICKED}) k WHERE c.chain_id = %(chain)s AND c.id = %(customer)s"
    found = rows(statement, _of(promotion) | asked | {"customer": customer_id})
    return found[0][0] if found else None


def list_registered(
    promotion: RunningPromotion, customer_ids: Sequence[UUID], asked: dict[str, Any]
) -> list[Candidate]:
    """Of these customers those who came while the promotion ran, hold a card and have not had it; never the imported."""
    statement = f"""
        SELECT c.id, k.id, %(occasion)s FROM customers c CROSS JOIN LATERAL ({PICKED}) k
        WHERE c.chain_id = %(chain)s AND c.id = ANY(%(customers)s::uuid[]) AND c.import_id IS NULL AND NOT c.loyalty_off
            AND c.created_at >= (SELECT min(v.at) FROM promotion_versions v WHERE v.promotion_id = %(promotion)s)
            AND NOT EXISTS (SELECT FROM trigger_uses u WHERE u.promotion_id = %(promotion)s
                AND u.person_key = 'c:' || c.id AND u.occasion = %(occasion)s)
        ORDER BY c.id
    """
    return _candidates(statement, _of(promotion) | asked | {"customers": list(customer_ids)})


def list_birthdays(
    promotion: RunningPromotion, days: Sequence[int], years: Sequence[str], asked: dict[str, Any]
) -> list[Candidate]:
    """Customers born on these days (131 is 31 January) who hold a card and have had nothing for the birthday of that year."""
    statement = f"""
        SELECT c.id, k.id, kept.year FROM unnest(%(days)s::int[], %(years)s::text[]) AS kept (day, year)
        JOIN customers c ON c.chain_id = %(chain)s AND c.birthday_day = kept.day AND NOT c.loyalty_off
            AND c.id > %(after)s
        CROSS JOIN LATERAL ({PICKED}) k
        WHERE NOT EXISTS (SELECT FROM trigger_uses u WHERE u.promotion_id = %(promotion)s
            AND u.person_key = 'c:' || c.id AND u.occasion = kept.year)
        ORDER BY c.id, kept.year LIMIT %(limit)s
    """
    return _candidates(statement, _of(promotion) | asked | {"days": list(days), "years": list(years)})


def list_lost(promotion: RunningPromotion, asked: dict[str, Any]) -> list[Candidate]:
    """Customers whose last visit is so long ago, who hold a card and have had nothing since that visit."""
    statement = f"""
        SELECT c.id, k.id, to_char(s.last_at AT TIME ZONE %(zone)s, 'YYYY-MM-DD')
        FROM customer_statistics s JOIN customers c ON c.id = s.customer_id AND NOT c.loyalty_off AND c.id > %(after)s
        CROSS JOIN LATERAL ({PICKED}) k
        WHERE s.chain_id = %(chain)s AND s.visits > 0 AND s.last_at < %(lost_before)s
            AND NOT EXISTS (SELECT FROM trigger_uses u WHERE u.promotion_id = %(promotion)s
                AND u.person_key = 'c:' || c.id
                AND u.occasion = to_char(s.last_at AT TIME ZONE %(zone)s, 'YYYY-MM-DD'))
        ORDER BY c.id LIMIT %(limit)s
    """
    return _candidates(statement, _of(promotion) | asked)


def _of(promotion: RunningPromotion) -> dict[str, Any]:
    assert promotion.trigger is not None
    return {
        "promotion": promotion.id,
        "program": promotion.program_id,
        "balance_type": UUID(promotion.trigger.balance_type),
        "card_types": None if promotion.card_type_ids is None else sorted(promotion.card_type_ids),
    }


def _candidates(statement: str, asked: dict[str, Any]) -> list[Candidate]:
    return [Candidate(*values) for values in rows(statement, asked)]
