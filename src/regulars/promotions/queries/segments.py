"""Reads of order segments (ORD-9)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import rows
from regulars.promotions.models import OrderSegment


@dataclass(frozen=True, slots=True)
class SegmentView:
    """An order segment; `conditions` in the JSON of definitions."""

    id: UUID
    external_id: str
    name: str
    conditions: list[dict[str, Any]]
    version: int


def list_segments(actor: Actor) -> list[SegmentView]:
    """All order segments of the chain, by name."""
    actor.require("promotions:read")
    return [_view(one) for one in OrderSegment.objects.filter(chain_id=actor.chain_id).order_by("name", "id")]


def access_segment(actor: Actor, identifier: str) -> SegmentView:
    """The order segment with this id (`osg_…` or `ext:…`). Refuses: Forbidden, NotFound."""
    actor.require("promotions:read")
    found = OrderSegment.objects.filter(chain_id=actor.chain_id)
    decoded = decode("osg", identifier)
    if identifier.startswith("ext:"):
        row = found.filter(external_id=identifier.removeprefix("ext:")).first()
    else:
        row = found.filter(id=decoded).first() if decoded else None
    if row is None:
        raise Refused(NotFound())
    return _view(row)


def promotions_with_segment(chain_id: UUID, segment_id: UUID) -> list[str]:
    """Names of the promotions that are not over and ask for a segment, published or as a draft."""
    found = rows(
        "SELECT p.name FROM promotions p"
        " LEFT JOIN promotion_versions v ON v.promotion_id = p.id AND v.number = p.published"
        " WHERE p.chain_id = %(chain)s AND p.state <> 'ended'"
        " AND (position(%(segment)s IN p.draft::text) > 0 OR position(%(segment)s IN v.content::text) > 0)"
        " ORDER BY p.name",
        {"chain": chain_id, "segment": encode("osg", segment_id)},
    )
    return [one[0] for one in found]


def _view(row: OrderSegment) -> SegmentView:
    return SegmentView(row.id, row.external_id, row.name, row.conditions, row.version)
