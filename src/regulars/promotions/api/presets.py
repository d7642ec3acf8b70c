"""Routes of presets."""

from typing import Annotated, Any

from django.utils.translation import gettext as _
from pydantic import Field

from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.api.answers import Answer, answer, created
from regulars.platform.api.fields import In, Out, ReferenceIn
from regulars.platform.api.listing import whole_list
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest
from regulars.promotions.actions.presets import PresetCommand, use_preset
from regulars.promotions.api.promotions import routes
from regulars.promotions.api.schemas import PromotionOut, present_promotion
from regulars.promotions.errors import ProgramArchived
from regulars.promotions.rules.presets import PRESETS, Preset, find_preset


class QuestionOut(Out):
    """What a preset asks."""

    name: Annotated[str, Field(examples=["percent"])]
    kind: str
    text: str
    usual: Annotated[Any, Field(description="What an answer that is left out says.")]
    required: bool


class PresetOut(Out):
    """An intention that asks two or three questions."""

    key: Annotated[str, Field(examples=["cashback"])]
    name: str
    text: str
    questions: list[QuestionOut]


class PresetList(Out):
    """All presets."""

    items: list[PresetOut]
    next_cursor: str | None


class PresetIn(In):
    """Answers to the questions of a preset."""

    program: ReferenceIn
    answers: dict[str, Any] = {}
    active: Annotated[bool, Field(description="Whether what is made runs at once.")] = False


class PresetMadeOut(Out):
    """What a preset made."""

    items: list[PromotionOut]
    next_cursor: str | None


@routes.get("/promotion-presets", needs="promotions:read", answers={200: PresetList})
def list_presets(request: ApiRequest) -> Answer:
    """List the presets with their questions."""
    return answer(whole_list(map(present_preset, PRESETS)))


@routes.post(
    "/promotion-presets/{preset}",
    needs="promotions:write",
    answers={201: PresetMadeOut},
    refuses=[NotFound, ProgramArchived],
)
def use_one_preset(request: ApiRequest, preset: str, body: PresetIn) -> Answer:
    """Write promotions from the answers to a preset.

    What is made is ordinary: it can be read, changed and published like any other.
    """
    found = find_preset(preset)
    if found is None:
        raise Refused(NotFound())
    command = PresetCommand(check_reference(body.program), body.answers, is_active=body.active)
    made = use_preset(request.actor, found, command, now=request.now)
    return created(whole_list(map(present_promotion, made)))


def present_preset(preset: Preset) -> dict[str, Any]:
    """A preset as the API writes it."""
    return {
        "key": preset.key,
        "name": _(preset.name),
        "text": _(preset.text),
        "questions": [
            {
                "name": one.name,
                "kind": one.kind,
                "text": _(one.text),
                "usual": one.usual,
                "required": one.usual is None and not one.is_optional,
            }
            for one in preset.questions
        ],
    }
