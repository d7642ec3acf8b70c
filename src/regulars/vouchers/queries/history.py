"""What happened to vouchers: to one of them, to those of a card and of a customer (CUS-8)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.customers.queries.timeline import TimelineItem
from regulars.kernel.ids import encode
from regulars.platform.actor import Actor
from regulars.platform.database import rows

NEWEST: Final = "ffffffff-ffff-ffff-ffff-ffffffffffff"
STEPS: Final = """
SELECT e.id, e.at, e.verb, e.through, coalesce(nullif(g.name, ''), g.email, ''), coalesce(l.name, ''), e.order_id,
    v.id, v.title
FROM voucher_events e
JOIN vouchers v ON v.id = e.voucher_id
LEFT JOIN staff s ON s.id = e.staff_id
LEFT JOIN logins g ON g.id = s.login_id
LEFT JOIN locations l ON l.id = e.location_id
WHERE e.chain_id = %(chain)s AND {condition} AND e.id < coalesce(%(before)s::uuid, '{newest}')
ORDER BY e.id DESC LIMIT %(limit)s
"""
STEPS_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One step in the life of a voucher."""

    id: UUID
    at: datetime
    verb: str
    through: str
    staff_name: str
    place_name: str
    order_id: UUID | None
    voucher_id: UUID
    title: str


def list_steps(actor: Actor, voucher_id: UUID) -> list[StepLine]:
    """What happened to one voucher, newest first."""
    return _steps(actor, "v.id = %(voucher)s", {"voucher": voucher_id, "before": None, "limit": STEPS_MAX})


def list_steps_of_card(actor: Actor, card_id: UUID, before: UUID | None, limit: int) -> list[StepLine]:
    """What happened to the vouchers of a card, newest first; nothing for whoever may not see vouchers."""
    if not actor.may("rewards:read"):
        return []
    return _steps(actor, "v.card_id = %(card)s", {"card": card_id, "before": before, "limit": limit})


def list_voucher_items(actor: Actor, customer_id: UUID, before: UUID | None, limit: int) -> list[TimelineItem]:
    """What happened to the vouchers of a customer and of their cards, for the time line; in one query."""
    if not actor.may("rewards:read"):
        return []
    condition = (
        "(v.customer_id = %(customer)s OR v.card_id IN (SELECT k.id FROM cards k WHERE k.chain_id = %(chain)s"
        " AND k.customer_id = %(customer)s))"
    )
    found = _steps(actor, condition, {"customer": customer_id, "before": before, "limit": limit})
    return [
        TimelineItem(
            id=one.id,
            at=one.at,
            kind=f"voucher.{one.verb}",
            staff_name=one.staff_name,
            place_name=one.place_name,
            through=one.through,
            facts={"voucher": encode("vch", one.voucher_id), "title": one.title},
        )
        for one in found
    ]


def _steps(actor: Actor, condition: str, parameters: dict[str, Any]) -> list[StepLine]:
    names = ("id", "at", "verb", "through", "staff_name", "place_name", "order_id", "voucher_id", "title")
    statement = STEPS.format(condition=condition, newest=NEWEST)
    found = rows(statement, parameters | {"chain": actor.chain_id})
    return [StepLine(**dict(zip(names, values, strict=True))) for values in found]
