"""What cards and their balances bring to a customer's time line (CUS-8)."""

from typing import Any, Final
from uuid import UUID

from regulars.customers.queries.timeline import TimelineItem
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.ledger.queries.history import COLUMNS, TABLES, HistoryLine
from regulars.platform.actor import Actor
from regulars.platform.audit import read_json
from regulars.platform.database import rows

CARDS_MAX: Final = 200


def list_card_items(actor: Actor, customer_id: UUID, before: UUID | None, limit: int) -> list[TimelineItem]:
    """What happened to the customer's cards: issued, claimed, blocked, replaced, deleted; in one query."""
    found = rows(_CARD_EVENTS, _parameters(actor, customer_id, before, limit))
    return [
        TimelineItem(
            id=item_id,
            at=at,
            kind=verb,
            staff_name=staff_name,
            place_name=place_name,
            through=through,
            facts={
                "card": encode("crd", card_id),
                "number": number,
                "card_type": type_name,
                "before": read_json(old),
                "after": read_json(new),
            },
        )
        for item_id, at, verb, staff_name, place_name, through, card_id, number, type_name, old, new in found
    ]


def list_entry_items(actor: Actor, customer_id: UUID, before: UUID | None, limit: int) -> list[TimelineItem]:
    """The entries on all cards of the customer, in two queries however many cards and entries there are."""
    newest = rows(_NEWEST_ENTRIES, _parameters(actor, customer_id, before, limit))
    numbers = {values[0]: (values[1], values[2]) for values in newest}
    found = rows(f"SELECT {COLUMNS} FROM {TABLES} WHERE e.id = ANY(%(ids)s) ORDER BY e.id DESC", {"ids": list(numbers)})
    return [_entry_item(HistoryLine(*values), *numbers[values[0]]) for values in found]


def _entry_item(line: HistoryLine, number: str, type_name: str) -> TimelineItem:
    return TimelineItem(
        id=line.entry_id,
        at=line.at,
        kind=f"entry.{line.kind}",
        staff_name=line.staff_name,
        place_name=line.location_name,
        through=line.source,
        facts={
            "transaction": encode("txn", line.transaction_id),
            "card": encode("crd", line.card_id),
            "number": number,
            "card_type": type_name,
            "balance_type": line.balance_external_id,
            "balance_name": line.balance_name,
            "balance_kind": line.balance_kind,
            "amount": format_amount(line.amount, line.decimals),
            "balance_after": format_amount(line.balance_after, line.decimals),
            "decimals": line.decimals,
            "reason": line.reason,
            "is_reversed": line.is_reversed,
        },
    )


def _parameters(actor: Actor, customer_id: UUID, before: UUID | None, limit: int) -> dict[str, Any]:
    return {
        "chain": actor.chain_id,
        "customer": customer_id,
        "before": before,
        "limit": limit,
        "cards_max": CARDS_MAX,
    }


_CARDS: Final = """
WITH held AS MATERIALIZED (
    SELECT k.id, k.number, t.name AS type_name FROM cards k JOIN card_types t ON t.id = k.card_type_id
    WHERE k.chain_id = %(chain)s AND k.customer_id = %(customer)s AND k.status <> 'undone'
    ORDER BY k.id DESC LIMIT %(cards_max)s
)
"""
_NEWEST_ENTRIES: Final = f"""
{_CARDS}
SELECT x.id, held.number, held.type_name FROM held CROSS JOIN LATERAL (
    SELECT e.id FROM entries e WHERE e.chain_id = %(chain)s AND e.card_id = held.id
        AND e.id < coalesce(%(before)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    ORDER BY e.id DESC LIMIT %(limit)s
) x ORDER BY x.id DESC LIMIT %(limit)s
"""
_CARD_EVENTS: Final = f"""
{_CARDS}
SELECT x.id, x.at, x.verb, coalesce(nullif(g.name, ''), g.email, ''), coalesce(o.name, ''), x.through, x.card_id,
    x.number, x.type_name, d.before, d.after
FROM (
    SELECT e.*, held.id AS card_id, held.number, held.type_name FROM held CROSS JOIN LATERAL (
        SELECT a.id, a.at, a.verb, a.staff_id, a.location_id, a.through FROM audit_entries a
        WHERE a.chain_id = %(chain)s AND a.object_id = held.id
            AND a.id < coalesce(%(before)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
        ORDER BY a.id DESC LIMIT %(limit)s
    ) e ORDER BY e.id DESC LIMIT %(limit)s
) x
LEFT JOIN audit_details d ON d.entry_id = x.id
LEFT JOIN staff w ON w.id = x.staff_id
LEFT JOIN logins g ON g.id = w.login_id
LEFT JOIN locations o ON o.id = x.location_id
ORDER BY x.id DESC
"""
