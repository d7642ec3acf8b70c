"""Routes that say what a change of tiers takes from people, and who they are (ORD-13)."""

from decimal import Decimal
from typing import Final

from regulars.cards.queries.people import name_people
from regulars.chains.queries import get_chain
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.kernel.refusal import NotFound
from regulars.platform.api.answers import Answer, answer
from regulars.platform.api.listing import page_of, read_id_cursor
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.programs.actions.tier_groups import list_who_falls, preview_tier_groups
from regulars.programs.api.routes import written_group
from regulars.programs.api.schemas import TierLoserList, TierLosersIn, TiersPreviewIn, TiersPreviewOut
from regulars.programs.queries import access_program
from regulars.programs.queries.tier_words import tell_tier_fall, tell_tier_loss
from regulars.programs.queries.tiers import list_tier_groups

routes = Routes("Programs")
LISTING: Final = "tier-losers"


@routes.post(
    "/programs/{program}/tiers-preview", needs="programs:read", answers={200: TiersPreviewOut}, refuses=[NotFound]
)
def preview_tiers(request: ApiRequest, program: str, body: TiersPreviewIn) -> Answer:
    """See who would fall by these tiers, and who would earn less in theirs, before they are written.

    Nothing is changed. At most 20,000 people of a tier are counted; `is_more` says that there are more.
    """
    losses = preview_tier_groups(
        request.actor,
        check_reference(program),
        [written_group(one) for one in body.tier_groups],
        currency_decimals=get_chain(request.actor.chain_id).currency_decimals,
        now=request.now,
    )
    return answer(
        {
            "losses": [
                {
                    "tier": encode("tier", one.tier.id),
                    "name": one.tier.name,
                    "when": one.when,
                    "to": one.to.name if one.to else None,
                    "people": one.people,
                    "is_more": one.is_more,
                    "multiplier_before": _plain(one.multipliers[0]) if one.multipliers else None,
                    "multiplier_after": _plain(one.multipliers[1]) if one.multipliers else None,
                    "text": tell_tier_loss(one),
                }
                for one in losses
            ]
        }
    )


@routes.post(
    "/programs/{program}/tiers-preview/people",
    needs="programs:read",
    answers={200: TierLoserList},
    refuses=[NotFound],
)
def list_tier_losers(request: ApiRequest, program: str, body: TierLosersIn) -> Answer:
    """List who would lose something in a tier; needs the right to read customers, of the whole business."""
    tier, losers = list_who_falls(
        request.actor,
        check_reference(program),
        [written_group(one) for one in body.tier_groups],
        check_reference(body.tier),
        currency_decimals=get_chain(request.actor.chain_id).currency_decimals,
        now=request.now,
        after=read_id_cursor(LISTING, body.cursor),
        limit=body.limit + 1,
    )
    view = access_program(request.actor, check_reference(program))
    groups = list_tier_groups(request.actor.chain_id, [view.id])
    decimals = next(group.decimals for group in groups if tier.id in {one.id for one in group.tiers})
    named = name_people(
        request.actor,
        [(one.holder.id, None) if one.holder.is_customer else (None, one.holder.id) for one in losers],
    )
    return answer(
        page_of(
            list(zip(losers, named, strict=True)),
            limit=body.limit,
            listing=LISTING,
            position=lambda one: [str(one[0].holder.id)],
            present=lambda one: {
                "customer": encode("cus", one[1].customer_id) if one[1].customer_id else None,
                "card": encode("crd", one[1].card_id) if one[1].card_id else None,
                "name": one[1].name,
                "card_number": one[1].number,
                "counted": format_amount(one[0].counted, decimals),
                "text": tell_tier_fall(one[0]),
            },
        )
    )


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")
