"""What begins, pauses and ends a promotion: versions, codes, and the slots of its limits (ORD-7, ORD-8)."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from regulars.chains.queries import get_chain
from regulars.codes.queries.space import taken_keys
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import ChangedMeanwhile, Invalid, Refused
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work
from regulars.programs.queries import ProgramView, find_program
from regulars.promotions.actions.codes import keep_codes, lock_codes_of_promotions
from regulars.promotions.actions.keeping import (
    NOBODY,
    Kept,
    Protection,
    end_outdone,
    keep_promises,
    protection_facts,
)
from regulars.promotions.actions.slots import adjust_slots
from regulars.promotions.errors import NothingToPublish, ProgramArchived, PromotionEnded, PromotionNotPublished
from regulars.promotions.models import Promotion, PromotionVersion
from regulars.promotions.queries.names import ChainNames, names_of
from regulars.promotions.queries.promotions import (
    PromotionView,
    access_promotion,
    definition_part,
    lock_promotion,
    published_content,
)
from regulars.promotions.rules.definition import read_definition
from regulars.promotions.rules.definition.checks import OwnBalance, check_definition
from regulars.promotions.rules.definition.values import Definition
from regulars.promotions.rules.promised import Change


def publish_promotion(
    actor: Actor,
    identifier: str,
    *,
    now: datetime,
    version: int | None = None,
    protection: Protection = NOBODY,
) -> PromotionView:
    """Make the draft the next version, which prices orders from now on; a paused promotion stays paused.

    `protection` says who keeps the version that ran so far. Refuses: Forbidden, NotFound, Invalid (with what stands against it), NothingToPublish, PromotionEnded,
    ProgramArchived, ChangedMeanwhile (where `version` is old).
    """
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        promotion = lock_promotion(actor.chain_id, access_promotion(actor, identifier).id)
        if version is not None and version != promotion.version:
            raise Refused(ChangedMeanwhile())
        publish_row(actor, promotion, now=now, protection=protection)
        return access_promotion(actor, encode("prm", promotion.id))


def publish_row(actor: Actor, promotion: Promotion, *, now: datetime, protection: Protection = NOBODY) -> None:
    """The same with a locked row, inside the running unit of work."""
    if promotion.state == "ended":
        raise Refused(PromotionEnded(promotion=promotion.name))
    program = find_program(actor.chain_id, promotion.program_id)
    assert program is not None
    if program.state == "archived":
        raise Refused(ProgramArchived(program=program.name))
    content: dict[str, Any] | None = promotion.draft
    if content is None:
        raise Refused(NothingToPublish(published=promotion.published))
    names = names_of(actor.chain_id, get_chain(actor.chain_id).currency_decimals)
    lock_codes_of_promotions(promotion.chain_id)
    definition = _publishable(promotion, content, program, names)
    running = _published(promotion, names)
    before = {"state": promotion.state, "published": promotion.published}
    kept = keep_promises(actor, promotion, "publish", protection, now=now)
    end_outdone(promotion, definition, now=now)
    promotion.published += 1
    promotion.draft = None
    promotion.state = "active" if promotion.state == "draft" else promotion.state
    promotion.card_type_ids = _card_type_ids(content)
    promotion.version += 1
    promotion.save()
    PromotionVersion.objects.create(
        chain_id=actor.chain_id,
        promotion_id=promotion.id,
        number=promotion.published,
        name=promotion.name,
        content=content,
        staff_id=actor.staff_id,
        at=now,
    )
    keep_codes(promotion, definition.codes)
    adjust_slots(promotion.chain_id, promotion.id, running.limits if running else None, definition.limits)
    audit.record(
        actor,
        verb="promotion.published",
        object_kind="promotion",
        object_id=promotion.id,
        now=now,
        before=before,
        after={"state": promotion.state, "published": promotion.published, **protection_facts(kept)},
    )


def pause_promotion(actor: Actor, identifier: str, *, now: datetime, protection: Protection = NOBODY) -> PromotionView:
    """Let a running promotion rest; nothing changes where it rests already. For those in `protection` it goes on.

    Refuses: Forbidden, NotFound, PromotionNotPublished, PromotionEnded, Invalid (the day).
    """
    return _change_state(actor, identifier, "paused", now=now, protection=protection)


def resume_promotion(actor: Actor, identifier: str, *, now: datetime) -> PromotionView:
    """Let a paused promotion run again; nothing changes where it runs. Refuses as `pause_promotion` does."""
    return _change_state(actor, identifier, "active", now=now)


def end_promotion(actor: Actor, identifier: str, *, now: datetime, protection: Protection = NOBODY) -> PromotionView:
    """End a promotion, or a draft that is given up, for good. For those in `protection` it goes on until their day.

    Refuses: Forbidden, NotFound, Invalid (the day).
    """
    return _change_state(actor, identifier, "ended", now=now, protection=protection)


def _change_state(
    actor: Actor, identifier: str, state: str, *, now: datetime, protection: Protection = NOBODY
) -> PromotionView:
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        promotion = lock_promotion(actor.chain_id, access_promotion(actor, identifier).id)
        if state != "ended":
            if promotion.state == "ended":
                raise Refused(PromotionEnded(promotion=promotion.name))
            if promotion.state == "draft":
                raise Refused(PromotionNotPublished(promotion=promotion.name))
        if promotion.state != state:
            before = promotion.state
            change = CHANGES.get(state)
            kept = keep_promises(actor, promotion, change, protection, now=now) if change else Kept()
            promotion.state = state
            promotion.ended_at = now if state == "ended" else None
            promotion.version += 1
            promotion.save()
            audit.record(
                actor,
                verb=f"promotion.{VERBS[state]}",
                object_kind="promotion",
                object_id=promotion.id,
                now=now,
                before={"state": before},
                after={"state": state, **protection_facts(kept)},
            )
        return access_promotion(actor, encode("prm", promotion.id))


VERBS = {"paused": "paused", "active": "resumed", "ended": "ended"}
CHANGES: Final[dict[str, Change]] = {"paused": "pause", "ended": "end"}


def _publishable(promotion: Promotion, content: dict[str, Any], program: ProgramView, names: ChainNames) -> Definition:
    """The definition of a draft that may be published. Refuses: Invalid."""
    definition = read_definition(definition_part(content), names)
    if not isinstance(definition, Definition):
        raise Refused(Invalid(errors=definition))
    own = {str(one.id): OwnBalance(one.kind) for one in program.balance_types}
    problems = check_definition(definition, own, taken_keys(promotion.chain_id, definition.code_keys))
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    return definition


def _published(promotion: Promotion, names: ChainNames) -> Definition | None:
    """The definition that runs until now; None before the first, or where it cannot be read any more."""
    content = published_content(promotion)
    if content is None:
        return None
    definition = read_definition(definition_part(content), replace(names, is_trusting=True))
    return definition if isinstance(definition, Definition) else None


def _card_type_ids(content: dict[str, Any]) -> list[Any] | None:
    named = content.get("card_types")
    return None if named is None else [decode("ctp", one) for one in named]
