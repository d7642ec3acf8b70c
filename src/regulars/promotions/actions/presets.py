"""Promotions written from the answers to a preset (ORD-14)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from regulars.chains.queries import get_chain
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import edge_unit_of_work, unit_of_work
from regulars.promotions.actions.writing import PromotionDraft, create_promotion
from regulars.promotions.queries.names import names_of
from regulars.promotions.queries.promotions import PromotionView
from regulars.promotions.rules.definition import present_definition
from regulars.promotions.rules.presets import Preset, Written, fill_preset


@dataclass(frozen=True, slots=True)
class PresetCommand:
    """In which program, and what was answered to the questions."""

    program: str
    answers: Mapping[str, Any]
    is_active: bool = False


def use_preset(actor: Actor, preset: Preset, command: PresetCommand, *, now: datetime) -> list[PromotionView]:
    """Make the promotions of a preset, all or none; named in the active language.

    Refuses: Forbidden, NotFound, ProgramArchived, Invalid (pointers below `/answers`).
    """
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        names = names_of(actor.chain_id, get_chain(actor.chain_id).currency_decimals)
        filled = fill_preset(preset, command.answers, names)
        problems = tuple(
            FieldProblem(f"/answers{one.pointer}", one.code, one.detail)
            for one in filled
            if isinstance(one, FieldProblem)
        )
        if problems:
            raise Refused(Invalid(errors=problems))
        drafts = [
            PromotionDraft(
                name=gettext(one.name),
                program=command.program,
                content=present_definition(one.definition, names),
                state="active" if command.is_active else "draft",
            )
            for one in filled
            if isinstance(one, Written)
        ]
    with edge_unit_of_work(actor.chain_id):
        return [create_promotion(actor, draft, now=now) for draft in drafts]
