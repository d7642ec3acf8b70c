"""Route that tells what a promotion would have changed on the orders of a day."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Forbidden, Invalid, NotFound
from regulars.orders.actions.effect import DayEffect, effect_of_promotion
from regulars.orders.api.present import balance_writer, voice_for
from regulars.orders.api.routes import routes
from regulars.orders.api.schemas import EarnedOut
from regulars.orders.rules.effect import Changed, Given
from regulars.platform.api.answers import Answer, answer
from regulars.platform.api.fields import AmountOut, DateIn, DateOut, In, Out, TimeOut
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest
from regulars.programs.errors import ProgramNotActive
from regulars.promotions.rules.explain import explain


class PromotionEffectIn(In):
    """The day whose orders are asked."""

    day: Annotated[DateIn, Field(description="By the clock of the business; yesterday where left out.")] | None = None


class PromotionGivenOut(Out):
    """What promotions give on orders, together; `total` is what is to be paid."""

    discount: AmountOut
    total: AmountOut
    earn: list[EarnedOut]


class ChangedOrderOut(Out):
    """An order that the promotion would have changed, and what the promotion says of it."""

    order: Annotated[str, Field(examples=["ord_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    number: Annotated[str, Field(description="Its external id, or its id where it has none.")]
    at: TimeOut
    now: PromotionGivenOut
    then: PromotionGivenOut
    explanation: str


class PromotionEffectOut(Out):
    """What a promotion would have changed on the orders of a day."""

    day: DateOut
    orders: Annotated[int, Field(description="How many paid orders there were, counted up to 100,000.")]
    looked_at: Annotated[int, Field(description="How many of them were priced again: the latest, at most 1,000.")]
    changed: Annotated[int, Field(description="How many of these would have cost or earned something else.")]
    now: Annotated[PromotionGivenOut, Field(description="By the promotions that run.")]
    then: Annotated[PromotionGivenOut, Field(description="With this promotion as it is written.")]
    examples: Annotated[list[ChangedOrderOut], Field(description="The largest changes, at most five.")]


@routes.post(
    "/promotions/{promotion}/effect",
    needs="promotions:read",
    answers={200: PromotionEffectOut},
    refuses=[Forbidden, NotFound, Invalid, ProgramNotActive],
    key="none",
    transaction="own",
)
def show_effect(request: ApiRequest, promotion: str, body: PromotionEffectIn) -> Answer:
    """Price the orders of a day again: by what runs, and with this promotion as it is written. Nothing is stored.

    Orders are asked as promotions saw them when they were recorded: the moment, tiers, what was used of limits. Needs
    `orders:read`, too.
    """
    found = effect_of_promotion(request.actor, check_reference(promotion), body.day, now=request.now)
    return answer(_present(found))


def _present(found: DayEffect) -> dict[str, Any]:
    effect = found.effect
    return {
        "day": found.day.isoformat(),
        "orders": found.found,
        "looked_at": effect.orders,
        "changed": effect.changed,
        "now": _given(effect.now, found),
        "then": _given(effect.then, found),
        "examples": [_changed(one, found) for one in effect.examples],
    }


def _given(one: Given, found: DayEffect) -> dict[str, Any]:
    decimals = found.terms.currency_decimals
    write = balance_writer(found.terms)
    earned = [write(UUID(name), units) for name, units in one.earned.items() if units]
    return {
        "discount": format_amount(one.discount, decimals),
        "total": format_amount(one.total, decimals),
        "earn": [{"balance_type": name, "amount": amount} for name, amount in earned],
    }


def _changed(one: Changed, found: DayEffect) -> dict[str, Any]:
    terms = found.terms
    names = {promotion.id: promotion.name for promotion in terms.promotions.values()}
    voice = voice_for(terms, names.get, zone=one.order.facts.at.tzinfo)
    return {
        "order": encode("ord", one.order.id),
        "number": one.order.number,
        "at": one.order.at,
        "now": _given(one.now, found),
        "then": _given(one.then, found),
        "explanation": " ".join(explain(one.own, voice)),
    }
