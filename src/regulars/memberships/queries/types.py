"""Reads of membership types; values, scoped to the chain of the running unit of work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.memberships.rules.terms import Terms, read_terms
from regulars.platform.actor import Actor
from regulars.platform.database import from_json, rows

_COLUMNS: Final = "id, external_id, name, price, terms, archived_at, version, created_at"


@dataclass(frozen=True, slots=True)
class TypeView:
    """A type of membership; the price in the currency's smallest unit, None where it is said at the sale."""

    id: UUID
    external_id: str | None
    name: str
    price: int | None
    terms: Terms
    archived_at: datetime | None
    version: int
    created_at: datetime


def access_type(actor: Actor, identifier: str) -> TypeView:
    """The type with this id (`mbt_…` or `ext:…`). Refuses: Forbidden, NotFound."""
    actor.require("rewards:read")
    found = find_type(actor.chain_id, identifier)
    if found is None:
        raise Refused(NotFound())
    return found


def find_type(chain_id: UUID, identifier: str | UUID) -> TypeView | None:
    """The type with this id or external id, or None."""
    name, value = _named(identifier)
    found = rows(f"SELECT {_COLUMNS} FROM membership_types WHERE chain_id = %s AND {name} = %s", [chain_id, value])
    return _view(found[0]) if found else None


def list_types(actor: Actor, *, archived: bool = False) -> list[TypeView]:
    """The chain's types by name, those put away left out unless asked for. Refuses: Forbidden."""
    actor.require("rewards:read")
    found = rows(
        f"SELECT {_COLUMNS} FROM membership_types WHERE chain_id = %s AND (%s OR archived_at IS NULL) ORDER BY name, id",
        [actor.chain_id, archived],
    )
    return [_view(values) for values in found]


def has_types(chain_id: UUID) -> bool:
    """Whether the chain sells memberships, or did."""
    return bool(rows("SELECT 1 FROM membership_types WHERE chain_id = %s LIMIT 1", [chain_id]))


def _named(identifier: str | UUID) -> tuple[str, str | UUID | None]:
    if isinstance(identifier, UUID):
        return "id", identifier
    if identifier.startswith("ext:"):
        return "external_id", identifier.removeprefix("ext:")
    return "id", decode("mbt", identifier)


def _view(values: Sequence[Any]) -> TypeView:
    before, terms, rest = values[:4], read_terms(from_json(values[4])), values[5:]
    return TypeView(*before, terms, *rest)  # type: ignore[call-arg]
