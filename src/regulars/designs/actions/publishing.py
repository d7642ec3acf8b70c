"""Publishing a design: version N+1 of the card type, on every card that is issued (TYP-5)."""

from dataclasses import dataclass
from datetime import datetime

from regulars.cards.actions.types import publish_card_type
from regulars.chains.queries import get_chain
from regulars.designs.errors import DesignUnreadable, NothingToPublish
from regulars.designs.models import DesignDraft, DesignVersion
from regulars.designs.queries.published import find_design, get_design_view
from regulars.designs.rules.definition import write_design
from regulars.designs.rules.shown import list_notices
from regulars.kernel.refusal import ChangedMeanwhile, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work


@dataclass(frozen=True, slots=True)
class Published:
    """What became of the draft: a version of the type, and so many cards that show it."""

    version: int
    cards: int


def publish_design(actor: Actor, identifier: str, *, now: datetime, version: int | None = None) -> Published:
    """Make the draft what every card of the type shows. `version` is that of the draft last read.

    Refuses: Forbidden, NotFound, ChangedMeanwhile, NothingToPublish, DesignUnreadable.
    """
    actor.require("cards:write")
    with unit_of_work(actor.chain_id):
        view = get_design_view(actor, identifier)
        # Who publishes at the same moment waits here, and then finds no draft.
        draft = (
            DesignDraft.objects.select_for_update()
            .filter(chain_id=actor.chain_id, card_type_id=view.card_type.id)
            .first()
        )
        if draft is None:
            raise Refused(NothingToPublish())
        if version is not None and version != draft.version:
            raise Refused(ChangedMeanwhile())
        view = get_design_view(actor, identifier)
        shown = find_design(actor.chain_id, view.card_type.id)
        if shown is not None and view.design == shown.design:
            raise Refused(NothingToPublish())
        chain = get_chain(actor.chain_id)
        notices = list_notices(view.design, language=chain.language, name=chain.name, type_name=view.card_type.name)
        reasons = tuple(dict.fromkeys(one.code for one in notices if one.tone == "bad"))
        if reasons:
            raise Refused(DesignUnreadable(reasons=reasons))
        look = {
            "background": view.design.background,
            "foreground": view.design.foreground,
            "icon": view.design.icon,
        }
        made = publish_card_type(actor, identifier, look, now=now, is_redesigned=True, rotates=view.design.rotating)
        DesignVersion.objects.create(
            chain_id=actor.chain_id,
            card_type_id=made.id,
            version=made.version,
            content=write_design(view.design),
            at=now,
        )
        draft.delete()
        return Published(made.version, view.cards)
