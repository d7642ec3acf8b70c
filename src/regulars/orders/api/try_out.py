"""The route that tries a promotion on an order."""

from typing import Annotated

from pydantic import Field

from regulars.orders.actions.try_out import try_promotion
from regulars.orders.api.present import present_quote
from regulars.orders.api.routes import PRICE_REFUSALS, read_body, routes
from regulars.orders.api.schemas import OrderIn, QuoteOut
from regulars.platform.api.answers import Answer, answer
from regulars.platform.api.fields import ReferenceIn
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest
from regulars.programs.errors import ProgramNotActive


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
