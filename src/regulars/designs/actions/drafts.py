"""The draft of a design: saved, brought back from a version, brought in from a file; and its pictures."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from regulars.cards.actions.types import insert_copy
from regulars.cards.models import CardType
from regulars.cards.queries.types import CardTypeView, access_card_type
from regulars.designs.models import DesignDraft, DesignPicture
from regulars.designs.queries.published import (
    DesignView,
    find_picture,
    get_design_view,
    get_published_version,
    picture_sizes,
)
from regulars.designs.rules.definition import PICTURE, SLOTS, Design, read_design, write_design
from regulars.designs.rules.shown import SIDES_MIN, is_sharp
from regulars.kernel.refusal import ChangedMeanwhile, FieldProblem, Invalid, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work
from regulars.platform.images import Drawn, redraw

_ERRORS: Final = {
    "too_large": "A picture has at most 10 MB: make it smaller.",
    "not_a_picture": "A picture is a PNG, JPEG, WebP, AVIF, HEIC or SVG file that is whole.",
    "too_many_pixels": "A picture has at most 40 million pixels: make it smaller.",
    "moving_picture": "This picture moves. A card shows one that stands still: save a single frame.",
    "outside_reference": "This drawing fetches something from elsewhere. Put its pictures into the file itself.",
    "picture_too_heavy": "This picture takes too long to draw: make it simpler.",
}

_REASONS: Final[dict[str, str]] = {
    "logo": "This picture is too small to be sharp: it needs at least 160 × 50 pixels.",
    "icon": "This picture is too small to be sharp: it needs at least 87 × 87 pixels.",
    "hero": "This picture is too small to be sharp: it needs at least 516 × 168 pixels.",
    "strip": "This picture is too small to be sharp: it needs at least 375 × 123 pixels.",
    "stamp_on": "This picture is too small to be sharp: it needs at least 60 × 60 pixels.",
    "stamp_off": "This picture is too small to be sharp: it needs at least 60 × 60 pixels.",
}


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture as it is kept."""

    hash: str
    width: int
    height: int


def save_draft(actor: Actor, identifier: str, value: Any, *, now: datetime, version: int | None = None) -> DesignView:
    """Keep what the designer is at. `version` is that of the draft last read (0: there was none).

    Refuses: Forbidden, NotFound, Invalid with a pointer to each wrong key, ChangedMeanwhile.
    """
    actor.require("cards:write")
    design = _read_or_refuse(value)
    with unit_of_work(actor.chain_id):
        view = access_card_type(actor, identifier)
        _refuse_wrong_pictures(actor, design)
        _keep(actor, view, design, now=now, version=version)
        return get_design_view(actor, identifier)


def restore_version(actor: Actor, identifier: str, number: int, *, now: datetime) -> DesignView:
    """Make the draft what was published under this version; publishing it makes a new one. Refuses: Forbidden, NotFound."""
    actor.require("cards:write")
    with unit_of_work(actor.chain_id):
        design = get_published_version(actor, identifier, number)
        _keep(actor, access_card_type(actor, identifier), design, now=now, version=None)
        return get_design_view(actor, identifier)


def duplicate_card_type(actor: Actor, identifier: str, *, name: str, now: datetime) -> CardTypeView:
    """Make a card type like this one, with what its designer shows as a draft (TYP-6). Refuses: Forbidden, NotFound, Invalid."""
    actor.require("cards:write")
    with unit_of_work(actor.chain_id):
        design = get_design_view(actor, identifier).design
        made = insert_copy(actor, access_card_type(actor, identifier), name=name, now=now)
        _keep(actor, made, design, now=now, version=None)
    return made


def discard_draft(actor: Actor, identifier: str) -> DesignView:
    """Go back to what is published. Refuses: Forbidden, NotFound."""
    actor.require("cards:write")
    with unit_of_work(actor.chain_id):
        view = access_card_type(actor, identifier)
        DesignDraft.objects.filter(chain_id=actor.chain_id, card_type_id=view.id).delete()
        return get_design_view(actor, identifier)


def add_picture(actor: Actor, slot: str, content: bytes, *, now: datetime) -> PictureView:
    """Draw a picture anew and keep it for designs of the chain. Refuses: Forbidden, Invalid with the reason."""
    actor.require("cards:write")
    drawn = _drawn(content, f"/{slot}", slot)
    with unit_of_work(actor.chain_id):
        return _keep_picture(actor, drawn, now=now)


def export_design(actor: Actor, identifier: str) -> dict[str, Any]:
    """The design of a card type with its pictures, as `import_design` takes it anywhere. Refuses: Forbidden, NotFound."""
    actor.require("cards:read")
    design = get_design_view(actor, identifier).design
    files = {name: find_picture(actor.chain_id, name) or b"" for name in sorted(set(design.pictures.values()))}
    return write_design(design) | {"files": {name: base64.b64encode(file).decode() for name, file in files.items()}}


def import_design(actor: Actor, identifier: str, value: Any, *, now: datetime) -> DesignView:
    """Make an exported design the draft of a card type; its pictures are distrusted like any upload.

    Refuses: Forbidden, NotFound, Invalid with a pointer to each key that is unknown or wrong.
    """
    actor.require("cards:write")
    files = value.get("files", {}) if isinstance(value, dict) else {}
    design = _read_or_refuse({k: v for k, v in value.items() if k != "files"} if isinstance(value, dict) else value)
    drawn = _drawn_files(files, design)
    with unit_of_work(actor.chain_id):
        view = access_card_type(actor, identifier)
        # Drawn anew, a picture may get another hash than it had: what the design names is renamed with it.
        names = {name: _keep_picture(actor, one, now=now).hash for name, one in drawn.items()}
        pictures = {slot: names.get(name, name) for slot, name in design.pictures.items()}
        renamed = _read_or_refuse(write_design(design) | {"pictures": pictures})
        _refuse_wrong_pictures(actor, renamed)
        _keep(actor, view, renamed, now=now, version=None)
        return get_design_view(actor, identifier)


def _keep(actor: Actor, view: CardTypeView, design: Design, *, now: datetime, version: int | None) -> None:
    # Two designers at one card type: the type is what they wait for, since a first draft has no row to lock.
    CardType.objects.select_for_update(no_key=True).get(id=view.id)
    draft = DesignDraft.objects.filter(chain_id=actor.chain_id, card_type_id=view.id).first()
    if version is not None and version != (draft.version if draft else 0):
        raise Refused(ChangedMeanwhile())
    content = write_design(design)
    if draft is None:
        DesignDraft.objects.create(
            chain_id=actor.chain_id, card_type_id=view.id, content=content, version=1, saved_at=now
        )
    elif draft.content != content:
        draft.content, draft.version, draft.saved_at = content, draft.version + 1, now
        draft.save()


def _read_or_refuse(value: Any) -> Design:
    design, problems = read_design(value)
    if design is None:
        raise Refused(Invalid(errors=problems))
    return design


def _refuse_wrong_pictures(actor: Actor, design: Design) -> None:
    sizes = picture_sizes(actor.chain_id, design.pictures.values())
    problems = [
        FieldProblem(f"/pictures/{slot}", "unknown_picture", "This is no picture that was uploaded here.")
        for slot, name in design.pictures.items()
        if name not in sizes
    ]
    for slot, crop in design.crops.items():
        size = sizes.get(design.pictures[slot])
        if size is not None and not is_sharp(crop, *size, slot):
            detail = "The frame leaves too little of the picture to be sharp: make it larger."
            problems.append(FieldProblem(f"/crops/{slot}", "too_small", detail))
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))


def _drawn_files(files: Any, design: Design) -> dict[str, Drawn]:
    if not isinstance(files, dict) or len(files) > len(SLOTS):
        raise _refused("/files", "not_an_object", "This is an object with names and values.")
    drawn: dict[str, Drawn] = {}
    for name, text in files.items():
        slot = next((slot for slot, wanted in design.pictures.items() if wanted == name), None)
        if slot is None or not PICTURE.fullmatch(name):
            raise _refused(f"/files/{name[:64]}", "unknown_key", "There is no such key. Is it misspelt?")
        try:
            content = base64.b64decode(text if isinstance(text, str) else "!", validate=True)
        except (binascii.Error, ValueError):
            raise _refused(f"/files/{name}", "not_base64", "A picture stands here as base64.") from None
        drawn[name] = _drawn(content, f"/files/{name}", slot)
    return drawn


def _drawn(content: bytes, pointer: str, slot: str) -> Drawn:
    drawn = redraw(content)
    if not isinstance(drawn, Drawn):
        raise _refused(pointer, drawn, _ERRORS[drawn])
    width, height = SIDES_MIN[slot]
    if drawn.width < width or drawn.height < height:
        raise _refused(pointer, "too_small", _REASONS[slot])
    return drawn


def _keep_picture(actor: Actor, drawn: Drawn, *, now: datetime) -> PictureView:
    name = hashlib.sha256(drawn.content).hexdigest()
    values = {"content": drawn.content, "width": drawn.width, "height": drawn.height, "at": now}
    made = DesignPicture(chain_id=actor.chain_id, hash=name, **values)
    DesignPicture.objects.bulk_create([made], ignore_conflicts=True)
    return PictureView(name, drawn.width, drawn.height)


def _refused(pointer: str, code: str, detail: str) -> Refused:
    return Refused(Invalid(errors=(FieldProblem(pointer, code, detail),)))
