"""What invitations brought, and whether a buyer was invited (RWD-7)."""

from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext

from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.platform.database import from_json, rows
from regulars.platform.hot import HotCursor
from regulars.promotions.rules.explain import Voice, sentence
from regulars.promotions.rules.outcome import Reason

SHOWN_MAX: Final = 50
INVITED: Final = "SELECT 1 FROM referrals WHERE customer_id = %(customer)s"
BONUSES: Final = """
SELECT b.order_id, b.invited_id, coalesce(nullif(c.name, ''), (SELECT p.phone FROM customer_phones p
        WHERE p.customer_id = c.id ORDER BY p.position, p.phone LIMIT 1), c.email, ''),
    b.promotion_id, m.name, t.external_id, t.name, t.decimals, b.amount, b.taken_back, b.not_recovered, b.reason::text, b.at
FROM referral_bonuses b JOIN promotions m ON m.id = b.promotion_id JOIN balance_types t ON t.id = b.balance_type_id
LEFT JOIN customers c ON c.id = b.invited_id
WHERE b.chain_id = %s AND b.inviter_id = %s ORDER BY b.at DESC, b.order_id LIMIT %s
"""


def was_invited(cursor: HotCursor, customer_id: UUID | None) -> bool:
    """Whether somebody invited this customer; asked only where a promotion wants to know."""
    return customer_id is not None and bool(cursor.rows(INVITED, {"customer": customer_id}))


def list_bonuses(chain_id: UUID, inviter_id: UUID) -> list[dict[str, Any]]:
    """The newest bonuses of an inviter, each with why where there was none."""
    found = rows(BONUSES, [chain_id, inviter_id, SHOWN_MAX])
    return [
        {
            "order_id": order_id,
            "invited_id": invited_id,
            "invited": label,
            "promotion_id": promotion_id,
            "promotion": promotion,
            "balance_type": external_id,
            "balance_name": name,
            "decimals": decimals,
            "amount": amount,
            "taken_back": back,
            "not_recovered": lost,
            "explanation": _explained(from_json(reason)) if reason else "",
            "at": at,
        }
        for order_id, invited_id, label, promotion_id, promotion, external_id, name, decimals, amount, back, lost, reason, at
        in found
    ]  # fmt: skip


def present_bonuses(chain_id: UUID, inviter_id: UUID) -> list[dict[str, Any]]:
    """The same as the API writes it."""
    return [
        {
            "order": encode("ord", one["order_id"]),
            "invited": encode("cus", one["invited_id"]),
            "promotion": encode("prm", one["promotion_id"]),
            "balance_type": one["balance_type"],
            "amount": format_amount(one["amount"], one["decimals"]),
            "taken_back": format_amount(one["taken_back"], one["decimals"]),
            "not_recovered": format_amount(one["not_recovered"], one["decimals"]),
            "explanation": one["explanation"],
            "at": one["at"],
        }
        for one in list_bonuses(chain_id, inviter_id)
    ]


def _explained(reason: dict[str, Any]) -> str:
    voice = Voice(
        translate=gettext,
        money=str,
        day=lambda day: day.isoformat(),
        moment=lambda at: at.isoformat(),
        name=str,
        units=lambda _balance_type, units: str(units),
    )
    return sentence(Reason(reason["code"], reason.get("values") or {}), voice)
