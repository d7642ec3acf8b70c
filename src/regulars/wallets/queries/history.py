"""What happened to passes: to those of a card, and to those of all cards of a customer (CRD-5, CUS-8)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.customers.queries.timeline import TimelineItem
from regulars.kernel.ids import encode
from regulars.platform.actor import Actor
from regulars.platform.database import rows

CARDS_MAX: Final = 200
OF_CUSTOMER: Final = ("registered", "unregistered", "given_up")
"""What the time line of a person tells; how a phone was told of each change stands with the card."""
NEWEST: Final = "ffffffff-ffff-ffff-ffff-ffffffffffff"

_OF_CARD: Final = f"""
SELECT e.id, e.at, e.kind, p.provider, e.wait_ms, e.problem
FROM wallet_events e JOIN wallet_passes p ON p.id = e.pass_id
WHERE e.chain_id = %(chain)s AND e.card_id = %(card)s AND e.id < coalesce(%(before)s::uuid, '{NEWEST}')
ORDER BY e.id DESC LIMIT %(limit)s
"""
_OF_CUSTOMER: Final = f"""
WITH held AS MATERIALIZED (
    SELECT k.id, k.number, t.name AS type_name FROM cards k JOIN card_types t ON t.id = k.card_type_id
    WHERE k.chain_id = %(chain)s AND k.customer_id = %(customer)s AND k.status <> 'undone'
    ORDER BY k.id DESC LIMIT %(cards_max)s
)
SELECT x.id, x.at, x.kind, p.provider, x.problem, x.card_id, x.number, x.type_name FROM (
    SELECT e.*, held.number, held.type_name FROM held CROSS JOIN LATERAL (
        SELECT w.id, w.at, w.kind, w.problem, w.card_id, w.pass_id FROM wallet_events w
        WHERE w.chain_id = %(chain)s AND w.card_id = held.id AND w.kind = ANY(%(kinds)s)
            AND w.id < coalesce(%(before)s::uuid, '{NEWEST}')
        ORDER BY w.id DESC LIMIT %(limit)s
    ) e ORDER BY e.id DESC LIMIT %(limit)s
) x JOIN wallet_passes p ON p.id = x.pass_id
ORDER BY x.id DESC
"""


@dataclass(frozen=True, slots=True)
class WalletStep:
    """Something that happened to a pass. `wait_ms` is from the change to the push that told of it."""

    id: UUID
    at: datetime
    kind: str
    provider: str
    wait_ms: int | None
    problem: str


def list_wallet_steps(actor: Actor, card_id: UUID, before: UUID | None, limit: int) -> list[WalletStep]:
    """What happened to the passes of a card, newest first, in one query."""
    wanted = {"chain": actor.chain_id, "card": card_id, "before": before, "limit": limit}
    return [WalletStep(*values) for values in rows(_OF_CARD, wanted)]


def list_wallet_items(actor: Actor, customer_id: UUID, before: UUID | None, limit: int) -> list[TimelineItem]:
    """Into which wallets a customer's cards went and out of which they came, in one query."""
    wanted = {
        "chain": actor.chain_id,
        "customer": customer_id,
        "before": before,
        "limit": limit,
        "kinds": list(OF_CUSTOMER),
        "cards_max": CARDS_MAX,
    }
    return [
        TimelineItem(
            id=item_id,
            at=at,
            kind=f"wallet.{kind}",
            facts={
                "provider": provider,
                "card": encode("crd", card_id),
                "number": number,
                "card_type": type_name,
                "problem": problem,
            },
        )
        for item_id, at, kind, provider, problem, card_id, number, type_name in rows(_OF_CUSTOMER, wanted)
    ]
