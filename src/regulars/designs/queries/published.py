"""The design that a card type shows, and the draft that its designer is at."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.cards.queries.types import CardTypeView, access_card_type, find_card_type
from regulars.designs.models import DesignDraft, DesignPicture, DesignVersion
from regulars.designs.rules.crops import cropped, read_name
from regulars.designs.rules.definition import Design, default_design, dressed, read_design
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import kept_rows, row, rows


@dataclass(frozen=True, slots=True)
class PublishedDesign:
    """What cards of a type show, with the version of the type."""

    version: int
    design: Design


@dataclass(frozen=True, slots=True)
class DesignView:
    """The design as its designer sees it: the draft, or what is published where there is none."""

    card_type: CardTypeView
    design: Design
    is_draft: bool
    version: int
    """Of the draft; 0 without one."""
    saved_at: datetime | None
    cards: int
    """The live cards that publishing updates."""


@dataclass(frozen=True, slots=True)
class VersionView:
    """A published edit of a card type; `has_design` where its design was published with it."""

    version: int
    at: datetime
    has_design: bool


_PUBLISHED: Final = """
SELECT t.version, t.background, t.foreground, t.icon, d.version, md5(d.content::text)
FROM card_types t
LEFT JOIN LATERAL (
    SELECT version, content FROM design_versions WHERE card_type_id = t.id ORDER BY version DESC LIMIT 1
) d ON true
WHERE t.chain_id = %s AND t.id = %s
"""
_read_before: Final[dict[tuple[UUID, int, str], Design]] = {}
_READ_MAX: Final = 256


def find_design(chain_id: UUID, card_type_id: UUID) -> PublishedDesign | None:
    """The design that cards of this type show now; a type that nobody designed has one made of its own colours."""
    found = kept_rows(_PUBLISHED, [chain_id, card_type_id])
    if not found:
        return None
    version, background, foreground, icon, kept, digest = found[0]
    design = (
        default_design(background=background, foreground=foreground, icon=icon)
        if kept is None
        else _read_version(chain_id, (card_type_id, kept, digest))
    )
    return PublishedDesign(version, dressed(design, background=background, foreground=foreground, icon=icon))


def _read_version(chain_id: UUID, key: tuple[UUID, int, str]) -> Design:
    """A published design, read once per process: every pass that is built asks for it."""
    known = _read_before.get(key)
    if known is None:
        content = DesignVersion.objects.values_list("content", flat=True).get(
            chain_id=chain_id, card_type_id=key[0], version=key[1]
        )
        if len(_read_before) >= _READ_MAX:
            _read_before.clear()
        known = _read_before[key] = _read(content)
    return known


def get_design_view(actor: Actor, identifier: str) -> DesignView:
    """The design of a card type for its designer. Refuses: Forbidden, NotFound."""
    return _view(actor.chain_id, access_card_type(actor, identifier))


def find_design_view(chain_id: UUID, card_type_id: UUID) -> DesignView | None:
    """The design of a card type as its designer sees it, for whoever was given a link to it; None where there is none."""
    card_type = find_card_type(chain_id, card_type_id)
    return None if card_type is None or card_type.state == "undone" else _view(chain_id, card_type)


def _view(chain_id: UUID, card_type: CardTypeView) -> DesignView:
    draft = DesignDraft.objects.filter(chain_id=chain_id, card_type_id=card_type.id).first()
    published = find_design(chain_id, card_type.id)
    assert published is not None
    return DesignView(
        card_type=card_type,
        design=_read(draft.content) if draft else published.design,
        is_draft=draft is not None,
        version=draft.version if draft else 0,
        saved_at=draft.saved_at if draft else None,
        cards=count_live_cards(chain_id, card_type.id),
    )


def get_published_version(actor: Actor, identifier: str, version: int) -> Design:
    """The design that was published under this version. Refuses: Forbidden, NotFound."""
    view = access_card_type(actor, identifier)
    kept = DesignVersion.objects.filter(chain_id=actor.chain_id, card_type_id=view.id, version=version).first()
    if kept is None:
        raise Refused(NotFound())
    return _read(kept.content)


def list_versions(actor: Actor, identifier: str) -> list[VersionView]:
    """The published edits of a card type, newest first. Refuses: Forbidden, NotFound."""
    view = access_card_type(actor, identifier)
    found = rows(
        "SELECT t.version, t.at, d.version IS NOT NULL FROM card_type_versions t"
        " LEFT JOIN design_versions d ON d.card_type_id = t.card_type_id AND d.version = t.version"
        " WHERE t.chain_id = %s AND t.card_type_id = %s ORDER BY t.version DESC LIMIT 200",
        [actor.chain_id, view.id],
    )
    return [VersionView(*values) for values in found]


def count_live_cards(chain_id: UUID, card_type_id: UUID) -> int:
    """How many cards of the type are in use."""
    found = row(
        "SELECT count(*) FROM cards WHERE chain_id = %s AND card_type_id = %s AND status NOT IN ('deleted', 'undone')",
        [chain_id, card_type_id],
    )
    return int(found[0]) if found else 0


def find_picture(chain_id: UUID, name: str) -> bytes | None:
    """The picture of the chain, or the part of one, that has this name (rules/crops) as a PNG; None where there is none."""
    named = read_name(name)
    if named is None:
        return None
    picture, crop = named
    found = DesignPicture.objects.filter(chain_id=chain_id, hash=picture).values_list("content", flat=True).first()
    if found is None or crop is None:
        return bytes(found) if found is not None else None
    return cropped(bytes(found), crop)


def picture_sizes(chain_id: UUID, hashes: Collection[str]) -> dict[str, tuple[int, int]]:
    """Width and height in pixels of those of the hashes that are pictures of the chain."""
    found = DesignPicture.objects.filter(chain_id=chain_id, hash__in=list(hashes))
    return {picture: (width, height) for picture, width, height in found.values_list("hash", "width", "height")}


def _read(content: Any) -> Design:
    design, problems = read_design(content)
    assert design is not None, problems
    return design


def find_design_of_card(chain_id: UUID, card_id: UUID) -> Design | None:
    """What this card shows, or None where there is no such card."""
    found = row("SELECT card_type_id FROM cards WHERE chain_id = %s AND id = %s", [chain_id, card_id])
    published = find_design(chain_id, found[0]) if found else None
    return published.design if published else None
