"""Saved views of lists: a filter, an order and columns under a name (CUS-2)."""

from dataclasses import dataclass
from uuid import UUID

from regulars.customers.models import SavedView
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor

RIGHT_OF_LIST = {"customers": "customers:read", "cards": "cards:read", "orders": "orders:read"}


@dataclass(frozen=True, slots=True)
class SavedViewLine:
    """A saved view: `query` is the list's query string without a place in it."""

    id: UUID
    list_name: str
    name: str
    query: str

    @property
    def public_id(self) -> str:
        """The id in addresses."""
        return encode("vew", self.id)


def list_views(actor: Actor, list_name: str) -> list[SavedViewLine]:
    """The views that the chain's staff saved of a list ("customers", "cards", "orders"), in the order they were made."""
    actor.require(RIGHT_OF_LIST[list_name])
    found = SavedView.objects.filter(chain_id=actor.chain_id, list_name=list_name).order_by("id")[:100]
    return [_line(one) for one in found]


def access_view(actor: Actor, identifier: str) -> SavedViewLine:
    """The saved view with this id. Refuses: Forbidden, NotFound."""
    view_id = decode("vew", identifier)
    found = SavedView.objects.filter(chain_id=actor.chain_id, id=view_id).first() if view_id else None
    if found is None:
        raise Refused(NotFound())
    actor.require(RIGHT_OF_LIST[found.list_name])
    return _line(found)


def _line(one: SavedView) -> SavedViewLine:
    return SavedViewLine(id=one.id, list_name=one.list_name, name=one.name, query=one.query)
