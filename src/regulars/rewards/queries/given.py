"""What cards got: rewards with their states."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import from_json, rows


@dataclass(frozen=True, slots=True)
class GivenReward:
    """A reward that a card got. `voucher_state` is that of its voucher as time has made it by now."""

    id: UUID
    reward_id: UUID
    card_id: UUID
    origin: str
    kind: str
    title: str
    description: str
    icon: str
    state: str
    number: int | None
    goal: int | None
    voucher_id: UUID | None
    drawn: Mapping[str, Any] | None
    transaction_id: UUID | None
    order_id: UUID | None
    given_at: datetime
    handed_over_at: datetime | None
    handed_over_location_id: UUID | None
    handed_over_location: str | None
    cancelled_at: datetime | None
    version: int
    card_number: str
    holder: str | None
    voucher_state: str | None
    voucher_expires_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it waits to be handed over or redeemed."""
        return self.state == "given" and (self.kind == "award" or self.voucher_state in ("issued", "active"))


_SELECT: Final = """
SELECT g.id, g.reward_id, g.card_id, g.origin, g.kind, g.title, g.description, g.icon, g.state, g.number, g.goal,
    g.voucher_id, g.drawn::text, g.transaction_id, g.order_id, g.given_at, g.handed_over_at, g.handed_over_location_id,
    l.name, g.cancelled_at, g.version, k.number, c.name,
    CASE WHEN v.state IN ('issued', 'active') AND v.expires_at <= %(now)s THEN 'expired' ELSE v.state END, v.expires_at
FROM given_rewards g
JOIN cards k ON k.id = g.card_id
LEFT JOIN customers c ON c.id = k.customer_id
LEFT JOIN locations l ON l.id = g.handed_over_location_id
LEFT JOIN vouchers v ON v.id = g.voucher_id
WHERE g.chain_id = %(chain)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenFilter:
    """Which of them; everything given must hold. `is_open` are those that wait to be handed over or redeemed."""

    card_id: UUID | None = None
    reward_id: UUID | None = None
    state: str = ""
    is_open: bool = False


def access_given(actor: Actor, identifier: str, *, now: datetime) -> GivenReward:
    """The given reward with this id (`grw_…`). Refuses: Forbidden, NotFound."""
    actor.require("rewards:read")
    given_id = decode("grw", identifier)
    found = _read("AND g.id = %(id)s", {"chain": actor.chain_id, "id": given_id, "now": now}) if given_id else []
    if not found:
        raise Refused(NotFound())
    return found[0]


def list_given(
    actor: Actor, wanted: GivenFilter, *, now: datetime, after: UUID | None = None, limit: int = 50
) -> tuple[list[GivenReward], UUID | None]:
    """One page of what cards got, newest first, and where the next goes on. Refuses: Forbidden."""
    actor.require("rewards:read")
    return find_given(actor.chain_id, wanted, now=now, after=after, limit=limit)


def find_given(
    chain_id: UUID, wanted: GivenFilter, *, now: datetime, after: UUID | None = None, limit: int = 50
) -> tuple[list[GivenReward], UUID | None]:
    """The same for whoever may see it already: the page of the card itself."""
    conditions = ""
    if wanted.card_id is not None:
        conditions += " AND g.card_id = %(card)s"
    if wanted.reward_id is not None:
        conditions += " AND g.reward_id = %(reward)s"
    if wanted.state:
        conditions += " AND g.state = %(state)s"
    if wanted.is_open:
        conditions += (
            " AND g.state = 'given' AND (g.kind = 'award' OR v.state IN ('issued', 'active')"
            " AND (v.expires_at IS NULL OR v.expires_at > %(now)s))"
        )
    if after is not None:
        conditions += " AND g.id < %(after)s"
    found = _read(
        f"{conditions} ORDER BY g.id DESC LIMIT %(limit)s",
        {
            "chain": chain_id,
            "card": wanted.card_id,
            "reward": wanted.reward_id,
            "state": wanted.state,
            "after": after,
            "limit": limit + 1,
            "now": now,
        },
    )
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def _read(condition: str, parameters: dict[str, Any]) -> list[GivenReward]:
    return [
        GivenReward(*values[:12], from_json(values[12]), *values[13:])
        for values in rows(f"{_SELECT} {condition}", parameters)
    ]
