"""Reads of types of gift cards; values, scoped to the chain of the running unit of work."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.giftcards.rules.types import TypeTerms
from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import from_json, rows
from regulars.programs.rules.validity import read_validity

TYPES_MAX: Final = 500

_COLUMNS: Final = """
t.id, t.name, t.is_single_use, t.has_code, t.values, t.value_min, t.value_max, t.limits, t.validity, t.location_ids,
t.archived_at, t.version, t.created_at
"""


@dataclass(frozen=True, slots=True)
class TypeView:
    """A type of gift cards; `location_ids` is None where its cards are good everywhere."""

    id: UUID
    terms: TypeTerms
    location_ids: tuple[UUID, ...] | None
    archived_at: datetime | None
    version: int
    created_at: datetime

    @property
    def name(self) -> str:
        """What it is called."""
        return self.terms.name


def access_type(actor: Actor, identifier: str) -> TypeView:
    """The type with this id (`gct_…`). Refuses: Forbidden, NotFound."""
    actor.require("rewards:read")
    type_id = decode("gct", identifier)
    found = find_type(actor.chain_id, type_id) if type_id else None
    if found is None:
        raise Refused(NotFound())
    return found


def find_type(chain_id: UUID, type_id: UUID) -> TypeView | None:
    """The type with this id, or None."""
    found = rows(f"SELECT {_COLUMNS} FROM gift_card_types t WHERE t.chain_id = %s AND t.id = %s", [chain_id, type_id])
    return _view(found[0]) if found else None


def list_types(actor: Actor, *, archived: bool = False) -> list[TypeView]:
    """The types of a chain by name: those that are sold, or those that were put away. Refuses: Forbidden."""
    actor.require("rewards:read")
    condition = "IS NOT NULL" if archived else "IS NULL"
    found = rows(
        f"SELECT {_COLUMNS} FROM gift_card_types t WHERE t.chain_id = %s AND t.archived_at {condition}"
        " ORDER BY lower(t.name), t.id LIMIT %s",
        [actor.chain_id, TYPES_MAX],
    )
    return [_view(values) for values in found]


def _view(values: tuple[Any, ...]) -> TypeView:
    type_id, name, single, code, amounts, least, most, limits, validity, places, archived_at, version, made_at = values
    terms = TypeTerms(
        name, single, code, tuple(amounts), least, most, from_json(limits), read_validity(from_json(validity))
    )
    return TypeView(type_id, terms, None if places is None else tuple(places), archived_at, version, made_at)
