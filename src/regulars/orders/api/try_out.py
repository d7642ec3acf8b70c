"""Routes that try a promotion, or a segment, on an order."""

from typing import Annotated, Any

from pydantic import Field

from regulars.orders.actions.try_out import Asked, try_promotion, try_segment
from regulars.orders.api.present import present_quote, voice_of
from regulars.orders.api.routes import PRICE_REFUSALS, read_body, routes
from regulars.orders.api.schemas import OrderIn, QuoteOut
from regulars.platform.api.answers import Answer, answer
from regulars.platform.api.fields import Out, ReferenceIn
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest
from regulars.platform.database import unit_of_work
from regulars.programs.errors import ProgramNotActive
from regulars.promotions.queries.segments import access_segment
from regulars.promotions.queries.told import tell_condition
from regulars.promotions.queries.written import segment_conditions
from regulars.promotions.rules.explain import Voice, sentence


class TryIn(OrderIn):
    """A sample order, or the id of one that was recorded."""

    order: Annotated[ReferenceIn, Field(description="An order of yours, in place of a sample.")] | None = None


@routes.post(
    "/promotions/{promotion}/test",
    needs="promotions:read",
    answers={200: QuoteOut},
    refuses=[*PRICE_REFUSALS, ProgramNotActive],
    key="none",
    transaction="own",
)
def try_one_promotion(request: ApiRequest, promotion: str, body: TryIn) -> Answer:
    """Price an order as if this promotion ran as it is written.

    Every running promotion and this one say whether they apply, with the arithmetic, or why not. Nothing is stored.
    """
    order = check_reference(body.order) if body.order is not None else read_body(request, body)
    tried = try_promotion(request.actor, check_reference(promotion), order, now=request.now)
    return answer(present_quote(tried.view, tried.terms))


class AskedOut(Out):
    """One condition about the order."""

    text: Annotated[str, Field(description="The condition in words.")]
    met: bool
    explanation: Annotated[str, Field(description="Why it is not met.")]


class OrderSegmentTestOut(Out):
    """Whether an order is in a segment, condition by condition."""

    met: bool
    conditions: list[AskedOut]


@routes.post(
    "/order-segments/{segment}/test",
    needs="promotions:read",
    answers={200: OrderSegmentTestOut},
    refuses=PRICE_REFUSALS,
    key="none",
    transaction="own",
)
def try_order_segment(request: ApiRequest, segment: str, body: TryIn) -> Answer:
    """Ask whether an order is in a segment: a sample, or one that was recorded.

    Every condition says whether it is met, and if not, why.
    """
    order = check_reference(body.order) if body.order is not None else read_body(request, body)
    with unit_of_work(request.actor.chain_id):
        found = access_segment(request.actor, check_reference(segment))
        conditions = segment_conditions(request.actor.chain_id, found.conditions)
    tried = try_segment(request.actor, conditions, order, now=request.now)
    voice = voice_of(tried.tried.view, tried.tried.terms)
    with unit_of_work(request.actor.chain_id):
        asked = [_asked(request, one, voice) for one in tried.asked]
    return answer({"met": tried.is_met, "conditions": asked})


def _asked(request: ApiRequest, one: Asked, voice: Voice) -> dict[str, Any]:
    return {
        "text": tell_condition(request.actor, one.condition),
        "met": one.reason is None,
        "explanation": sentence(one.reason, voice) if one.reason else "",
    }
