"""Reads of rewards as they are defined."""

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
class RewardView:
    """A reward with its price and stock; `given` is how many customers have got, those taken back left out."""

    id: UUID
    external_id: str
    kind: str
    title: str
    description: str
    icon: str
    terms: Mapping[str, Any]
    price_type_id: UUID | None
    price_type: str | None
    price_type_name: str | None
    price_decimals: int
    price: int | None
    stock: int | None
    per_customer: int | None
    archived_at: datetime | None
    version: int
    picture_id: UUID | None
    given: int

    @property
    def is_listed(self) -> bool:
        """Whether it stands in the catalogue."""
        return self.price is not None and self.archived_at is None


# Of a reward that millions got, this is for whoever looks at it, not for the till that gives it.
_GIVEN: Final = "(SELECT count(*) FROM given_rewards g WHERE g.reward_id = r.id AND g.state <> 'cancelled')"
_SELECT: Final = """
SELECT r.id, r.external_id, r.kind, r.title, r.description, r.icon, r.terms, r.price_type_id, b.external_id, b.name,
    coalesce(b.decimals, 0), r.price, r.stock, r.per_customer, r.archived_at, r.version, r.picture_id,
    {given}
FROM rewards r
LEFT JOIN balance_types b ON b.id = r.price_type_id
WHERE r.chain_id = %(chain)s AND {condition}
ORDER BY {order}
"""


def access_reward(actor: Actor, identifier: str, *, counts: bool = True) -> RewardView:
    """The reward with this id (`rwd_…`) or external id (`ext:…`); without `counts`, `given` is 0. Refuses: Forbidden, NotFound."""
    actor.require("rewards:read")
    found = find_reward(actor.chain_id, identifier, counts=counts)
    if found is None:
        raise Refused(NotFound())
    return found


def find_reward(chain_id: UUID, identifier: str | UUID, *, counts: bool = True) -> RewardView | None:
    """The reward with this id or external id, or None; without `counts`, `given` is 0."""
    if isinstance(identifier, str) and identifier.startswith("ext:"):
        condition = "r.external_id = %(wanted)s"
        value: str | UUID = identifier.removeprefix("ext:")
    else:
        reward_id = identifier if isinstance(identifier, UUID) else decode("rwd", identifier)
        if reward_id is None:
            return None
        condition, value = "r.id = %(wanted)s", reward_id
    found = _read(condition, {"chain": chain_id, "wanted": value}, counts=counts)
    return found[0] if found else None


def list_rewards(actor: Actor, *, archived: bool = False, listed: bool | None = None) -> list[RewardView]:
    """All rewards of the chain by title: those in use or those put away; with `listed` those of the catalogue, or the others.

    Refuses: Forbidden.
    """
    actor.require("rewards:read")
    conditions = ["r.archived_at IS NOT NULL" if archived else "r.archived_at IS NULL"]
    if listed is not None:
        conditions.append("r.price IS NOT NULL" if listed else "r.price IS NULL")
    return _read(" AND ".join(conditions), {"chain": actor.chain_id})


def _read(condition: str, parameters: dict[str, Any], *, counts: bool = True) -> list[RewardView]:
    given = _GIVEN if counts else "0"
    found = rows(_SELECT.format(condition=condition, given=given, order="lower(r.title), r.id"), parameters)
    return [RewardView(*(*values[:6], from_json(values[6]), *values[7:])) for values in found]
