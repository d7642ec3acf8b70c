"""Reads of promotions: as they are written, and version by version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.promotions.models import Promotion, PromotionVersion


@dataclass(frozen=True, slots=True)
class PromotionView:
    """A promotion; `content` is its draft where it has one, else what is published.

    Content is a definition in JSON and beside it `card_types`, the public ids of those it is for; null is all.
    """

    id: UUID
    external_id: str
    name: str
    state: str
    program_id: UUID
    published: int
    has_draft: bool
    content: dict[str, Any]
    version: int
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class VersionView:
    """A published version."""

    number: int
    name: str
    content: dict[str, Any]
    staff_id: UUID | None
    at: datetime


def list_promotions(
    actor: Actor, *, state: str | None = None, program_id: UUID | None = None, after: UUID | None = None, limit: int
) -> list[PromotionView]:
    """Promotions, newest first, at most `limit`; `after` is the last one already seen."""
    actor.require("promotions:read")
    found = Promotion.objects.filter(chain_id=actor.chain_id).exclude(program__state="undone")
    if state is not None:
        found = found.filter(state=state)
    if program_id is not None:
        found = found.filter(program_id=program_id)
    if after is not None:
        found = found.filter(id__lt=after)
    return _views(list(found.order_by("-id")[:limit]))


def access_promotion(actor: Actor, identifier: str) -> PromotionView:
    """The promotion with this id (`prm_…` or `ext:…`). Refuses: Forbidden, NotFound."""
    actor.require("promotions:read")
    row = find_row(actor.chain_id, identifier)
    if row is None:
        raise Refused(NotFound())
    return _views([row])[0]


def find_row(chain_id: UUID, identifier: str | UUID) -> Promotion | None:
    """The row of the promotion with this id or external id."""
    rows = Promotion.objects.filter(chain_id=chain_id).exclude(program__state="undone")
    if isinstance(identifier, UUID):
        return rows.filter(id=identifier).first()
    if identifier.startswith("ext:"):
        return rows.filter(external_id=identifier.removeprefix("ext:")).first()
    decoded = decode("prm", identifier)
    return rows.filter(id=decoded).first() if decoded else None


def lock_promotion(chain_id: UUID, promotion_id: UUID) -> Promotion:
    """The row, locked until the unit of work ends: whoever changes a promotion does it alone."""
    return Promotion.objects.select_for_update(no_key=True).get(chain_id=chain_id, id=promotion_id)


def list_versions(actor: Actor, promotion_id: UUID) -> list[VersionView]:
    """Everything that was ever published of a promotion, newest first."""
    actor.require("promotions:read")
    found = PromotionVersion.objects.filter(chain_id=actor.chain_id, promotion_id=promotion_id).order_by("-number")
    return [VersionView(one.number, one.name, one.content, one.staff_id, one.at) for one in found]


def published_content(promotion: Promotion) -> dict[str, Any] | None:
    """What the version that prices orders says; None before the first."""
    found = PromotionVersion.objects.filter(promotion_id=promotion.id, number=promotion.published).first()
    return found.content if found else None


def definition_part(content: Mapping[str, Any]) -> dict[str, Any]:
    """The definition in a content, without what stands beside it."""
    return {name: value for name, value in content.items() if name != "card_types"}


def _views(rows: list[Promotion]) -> list[PromotionView]:
    wanted = [row.id for row in rows if row.draft is None]
    versions = PromotionVersion.objects.filter(promotion_id__in=wanted, number=F("promotion__published"))
    published = {(one.promotion_id, one.number): one.content for one in versions}
    return [_view(row, row.draft if row.draft is not None else published[row.id, row.published]) for row in rows]


def _view(row: Promotion, content: dict[str, Any]) -> PromotionView:
    return PromotionView(
        id=row.id,
        external_id=row.external_id,
        name=row.name,
        state=row.state,
        program_id=row.program_id,
        published=row.published,
        has_draft=row.draft is not None,
        content=content,
        version=row.version,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )
