"""Routes that say what a change of a promotion takes from people, and who they are (ORD-13)."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from ninja import Query

from regulars.cards.queries.people import name_people
from regulars.chains.queries import get_chain
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.kernel.refusal import NotFound
from regulars.platform.actor import Actor
from regulars.platform.api.answers import Answer, answer
from regulars.platform.api.fields import Filters
from regulars.platform.api.listing import Paged, page_of, read_id_cursor
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.promotions.api.schemas import LoserList, OutlookOut
from regulars.promotions.queries.names import ChainNames
from regulars.promotions.queries.promised.outlook import (
    find_twins,
    list_kept,
    list_who_loses,
    preview_change,
)
from regulars.promotions.queries.promised.subjects import Loss
from regulars.promotions.queries.promised.told import tell_amount, tell_loss, tell_twins
from regulars.promotions.queries.promotions import PromotionView, access_promotion
from regulars.promotions.queries.told import chain_speech
from regulars.promotions.queries.written import current_names
from regulars.promotions.rules.promised import Change, Kind, Rewards

routes = Routes("Promotions")
LISTING: Final = "promotion-losers"


class ChangeAsked(Filters):
    """Which change is thought of."""

    change: Literal["publish", "pause", "end"] = "publish"


class LosersAsked(Paged):
    """Which change, and where the list goes on."""

    change: Literal["publish", "pause", "end"] = "publish"


@routes.get("/promotions/{promotion}/promises", needs="promotions:read", answers={200: OutlookOut})
def preview_promises(request: ApiRequest, promotion: str, asked: Query[ChangeAsked]) -> Answer:
    """See what publishing the draft, a pause or the end would take from people who have begun to collect something.

    Nothing is changed by asking. Points that were earned stay whatever becomes of the promotion.
    """
    found = access_promotion(request.actor, check_reference(promotion))
    outlook = preview_change(request.actor, encode("prm", found.id), asked.change, now=request.now)
    speech, names = chain_speech(request.actor), current_names(request.actor.chain_id)
    decimals = get_chain(request.actor.chain_id).currency_decimals
    return answer(
        {
            "change": asked.change,
            "losses": [
                {
                    "kind": one.promise.kind,
                    "text": tell_loss(one, asked.change, speech),
                    "people": one.people,
                    "is_more": one.is_more,
                    "amount": _amount(one, names, decimals),
                    "ready": one.ready,
                }
                for one in outlook.losses
            ],
            "warnings": present_warnings(request.actor, found) if asked.change == "publish" else [],
            "kept": present_kept(request.actor, found.id, now=request.now),
        }
    )


@routes.get(
    "/promotions/{promotion}/promises/{kind}",
    needs="promotions:read",
    answers={200: LoserList},
    refuses=[NotFound],
)
def list_losers_of_promotion(request: ApiRequest, promotion: str, kind: Kind, asked: Query[LosersAsked]) -> Answer:
    """List who would lose something of one kind; needs the right to read customers, of the whole business."""
    found = access_promotion(request.actor, check_reference(promotion))
    change: Change = asked.change
    promise, losers = list_who_loses(
        request.actor,
        encode("prm", found.id),
        change,
        kind,
        now=request.now,
        after=read_id_cursor(LISTING, asked.cursor),
        limit=asked.limit + 1,
    )
    speech = chain_speech(request.actor)
    named = name_people(request.actor, [(one.customer_id, one.card_id) for one in losers])
    return answer(
        page_of(
            list(zip(losers, named, strict=True)),
            limit=asked.limit,
            listing=LISTING,
            position=lambda one: [str(one[0].place)],
            present=lambda one: {
                "customer": encode("cus", one[0].customer_id) if one[0].customer_id else None,
                "card": encode("crd", one[0].card_id) if one[0].card_id else None,
                "order": encode("ord", one[0].subject_id) if kind == "orders" else None,
                "name": one[1].name,
                "card_number": one[1].number,
                "amount": tell_amount(one[0], promise, speech),
                "is_ready": one[0].is_ready,
            },
        )
    )


def present_kept(actor: Actor, promotion_id: UUID, *, now: datetime) -> list[dict[str, Any]]:
    """Who keeps which version of a promotion, as the API writes it."""
    return [
        {
            "number": one.number,
            "change": one.change,
            "people": one.people,
            "orders": one.orders,
            "until": one.until,
            "at": one.at,
        }
        for one in list_kept(actor, promotion_id, now=now)
    ]


def present_warnings(actor: Actor, promotion: PromotionView) -> list[dict[str, Any]]:
    """What to look at before a promotion is published, as the API writes it."""
    twins = find_twins(actor, promotion.id, promotion.name)
    if not twins:
        return []
    text = tell_twins([one.name for one in twins])
    return [{"code": "same_name", "text": text, "promotions": [encode("prm", one.id) for one in twins]}]


def _amount(loss: Loss, names: ChainNames, currency_decimals: int) -> str:
    match loss.promise:
        case Rewards(balance_type=balance_type):
            return format_amount(loss.amount, names.units(balance_type).decimals)
        case _:
            is_money = loss.promise.kind in ("rests", "orders")
            return format_amount(loss.amount, currency_decimals if is_money else 0)
