"""Routes of rewards as they are defined, and of the catalogue."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Query
from pydantic import Field

from regulars.cards.errors import CardNotActive, CardNotAssigned
from regulars.chains.queries import where_it_happens
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.kernel.refusal import ExternalIdTaken, Invalid, NotFound, Refused
from regulars.ledger.errors import InsufficientBalance, UnknownBalanceType
from regulars.platform.api.answers import Answer, answer, created
from regulars.platform.api.fields import AmountIn, AmountOut, ExternalIdIn, Filters, Flag, In, Out, ReferenceIn, WholeIn
from regulars.platform.api.listing import whole_list
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version
from regulars.platform.database import unit_of_work
from regulars.programs.errors import ProgramNotActive
from regulars.promotions.queries.benefits import read_benefit
from regulars.rewards.actions.catalogue import redeem_reward
from regulars.rewards.actions.definitions import change_reward, create_reward, present_variant
from regulars.rewards.api.given import GivenRewardOut, present_given
from regulars.rewards.errors import CustomerLimit, NotInCatalogue, OutOfStock, RewardArchived, RewardInUse
from regulars.rewards.queries.draws import draws_of
from regulars.rewards.queries.given import access_given
from regulars.rewards.queries.rewards import RewardView, access_reward, list_rewards
from regulars.rewards.rules.rewards import RewardDraft

routes = Routes("Rewards")

TitleIn = Annotated[str, Field(max_length=120, examples=["A coffee of your choice"])]
DescriptionIn = Annotated[str, Field(max_length=2000)]
KindIn = Literal["award", "voucher", "lottery"]
IconIn = Annotated[str, Field(max_length=20, examples=["coffee"])]
JsonIn = dict[str, Any]
ValidityIn = Annotated[
    JsonIn, Field(examples=[{"kind": "days", "value": 30}], description="`unlimited`, `days`, `months` or `until`.")
]
BenefitIn = Annotated[
    JsonIn,
    Field(
        examples=[{"percent": "10", "minimum": "20.00"}],
        description="One of `promotion`, `percent`, `amount`, `product`, with `minimum` where it asks for one;"
        " left out, staff hand it over.",
    ),
]


class LotteryVariantIn(In):
    """What a lottery may bring, and how likely."""

    probability: Annotated[AmountIn, Field(examples=["12.5"], description="Percent, at most four decimals.")]
    kind: Literal["award", "voucher", "nothing"]
    title: TitleIn
    description: DescriptionIn = ""
    icon: IconIn | None = None
    validity: ValidityIn | None = None
    benefit: BenefitIn | None = None


class RewardPriceIn(In):
    """What a reward of the catalogue costs."""

    balance_type: Annotated[str, Field(max_length=132, examples=["points"])]
    amount: AmountIn


class RewardIn(In):
    """Something that customers can get. With a price it stands in the catalogue."""

    title: TitleIn
    kind: KindIn = "award"
    external_id: ExternalIdIn | None = None
    description: DescriptionIn = ""
    icon: IconIn = "gift"
    validity: ValidityIn | None = None
    benefit: BenefitIn | None = None
    variants: Annotated[list[LotteryVariantIn], Field(max_length=50)] = []
    price: RewardPriceIn | None = None
    stock: Annotated[WholeIn | None, Field(description="How many there are; nothing for no end.")] = None
    per_customer: WholeIn | None = None


class RewardChange(In):
    """Fields to change; those left out stay."""

    title: TitleIn | None = None
    kind: KindIn | None = None
    description: DescriptionIn | None = None
    icon: IconIn | None = None
    validity: ValidityIn | None = None
    benefit: BenefitIn | None = None
    variants: Annotated[list[LotteryVariantIn] | None, Field(max_length=50)] = None
    price: RewardPriceIn | None = None
    stock: WholeIn | None = None
    per_customer: WholeIn | None = None
    archived: bool | None = None


class LotteryVariantOut(Out):
    """A variant of a lottery."""

    probability: AmountOut
    kind: Literal["award", "voucher", "nothing"]
    title: str
    description: str
    icon: str | None
    validity: JsonIn | None
    benefit: JsonIn | None


class RewardPriceOut(Out):
    """A price in units of a balance."""

    balance_type: str
    amount: AmountOut


class RewardOut(Out):
    """A reward. `given` counts those that were not cancelled."""

    id: Annotated[str, Field(examples=["rwd_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    external_id: str
    kind: KindIn
    title: str
    description: str
    icon: str
    picture: Annotated[str | None, Field(description="Where its picture is fetched; null without one.")]
    validity: JsonIn | None
    benefit: JsonIn | None
    variants: list[LotteryVariantOut]
    price: RewardPriceOut | None
    stock: int | None
    per_customer: int | None
    archived: bool
    given: int
    version: int


class RewardList(Out):
    """All rewards, by title."""

    items: list[RewardOut]
    next_cursor: str | None


class VariantDrawsOut(Out):
    """How likely a variant is and how often it was drawn; both shares are percentages."""

    title: str
    probability: AmountOut
    drawn: int
    share: AmountOut


class RewardDrawsOut(Out):
    """The draws of a lottery as it is now."""

    count: int
    before: int
    variants: list[VariantDrawsOut]


class RewardFilters(Filters):
    """Which rewards."""

    listed: Annotated[Flag | None, Field(description="Those of the catalogue, or the others.")] = None
    archived: Flag = False


class RewardRedeemIn(In):
    """Who gets it, and where."""

    card: ReferenceIn
    location: ReferenceIn | None = None


@routes.get("/rewards", needs="rewards:read", answers={200: RewardList})
def list_all_rewards(request: ApiRequest, filters: Query[RewardFilters]) -> Answer:
    """List the rewards."""
    found = list_rewards(request.actor, archived=filters.archived, listed=filters.listed)
    return answer(whole_list(map(present_reward, found)))


@routes.post("/rewards", needs="promotions:write", answers={201: RewardOut}, refuses=[ExternalIdTaken])
def create_one_reward(request: ApiRequest, body: RewardIn) -> Answer:
    """Define a reward: an award that is handed over, a voucher, or a lottery whose probabilities are exactly 100 % together."""
    made = create_reward(request.actor, RewardDraft(**_values(request, body.model_dump())), now=request.now)
    return created(present_reward(made), version=made.version)


@routes.get("/rewards/{reward}", needs="rewards:read", answers={200: RewardOut})
def get_reward(request: ApiRequest, reward: str) -> Answer:
    """Read a reward."""
    found = access_reward(request.actor, check_reference(reward))
    return answer(present_reward(found), version=found.version)


@routes.get("/rewards/{reward}/draws", needs="rewards:read", answers={200: RewardDrawsOut})
def get_draws(request: ApiRequest, reward: str) -> Answer:
    """Read how often each variant of a lottery was drawn, beside its probability. What is no lottery has no draws (404).

    Draws of variants or probabilities that were changed since are counted in `before` alone.
    """
    found = draws_of(request.actor.chain_id, access_reward(request.actor, check_reference(reward), counts=False))
    if found is None:
        raise Refused(NotFound())
    return answer(
        {
            "count": found.count,
            "before": found.before,
            "variants": [
                {
                    "title": one.title,
                    "probability": percent(one.probability),
                    "drawn": one.drawn,
                    "share": percent(one.share),
                }
                for one in found.variants
            ],
        }
    )


def percent(value: Decimal) -> str:
    """A percentage without zeros that say nothing."""
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"


MAY_BE_NULL = frozenset({"validity", "benefit", "price", "stock", "per_customer"})


@routes.patch("/rewards/{reward}", needs="promotions:write", answers={200: RewardOut}, refuses=[RewardInUse])
def change_one_reward(request: ApiRequest, reward: str, body: RewardChange) -> Answer:
    """Change a reward; what was given stays as it was given."""
    written = body.model_dump()
    sent = {name: written[name] for name in body.model_fields_set}
    changes = {name: value for name, value in sent.items() if value is not None or name in MAY_BE_NULL}
    changed = change_reward(
        request.actor,
        check_reference(reward),
        _values(request, changes),
        now=request.now,
        version=expected_version(request),
    )
    return answer(present_reward(changed), version=changed.version)


@routes.post(
    "/rewards/{reward}/redeem",
    needs="rewards:write",
    answers={201: GivenRewardOut},
    refuses=[
        NotFound,
        RewardArchived,
        NotInCatalogue,
        OutOfStock,
        CustomerLimit,
        UnknownBalanceType,
        InsufficientBalance,
        CardNotActive,
        CardNotAssigned,
        ProgramNotActive,
    ],
    key="required",
)
def redeem_one_reward(request: ApiRequest, reward: str, body: RewardRedeemIn) -> Answer:
    """Give a reward of the catalogue for points of a card: points, stock and reward in one transaction."""
    given = redeem_reward(
        request.actor,
        check_reference(reward),
        check_reference(body.card),
        location_id=where_it_happens(request.actor, body.location),
        now=request.now,
    )
    return created(
        present_given(access_given(request.actor, encode("grw", given.id), now=request.now), code=given.code)
    )


def _values(request: ApiRequest, sent: Mapping[str, Any]) -> dict[str, Any]:
    """What was sent as fields of a draft. Refuses: Invalid for a promotion that is not there."""
    values = {name: value for name, value in sent.items() if name != "price"}
    if values.get("benefit"):
        values["benefit"] = _benefit(request, values["benefit"], "")
    values["variants"] = [
        {**one, "benefit": _benefit(request, one["benefit"], f"/variants/{place}")}
        for place, one in enumerate(sent.get("variants") or ())
    ]
    if "variants" not in sent:
        del values["variants"]
    if "price" in sent:
        price = sent["price"] or {}
        values |= {"balance_type": price.get("balance_type"), "price": price.get("amount")}
    return values


def _benefit(request: ApiRequest, written: Mapping[str, Any] | None, pointer: str) -> dict[str, Any] | None:
    """A benefit with its promotion as an id, whatever it was named by."""
    try:
        with unit_of_work(request.actor.chain_id):
            return read_benefit(request.actor.chain_id, written)
    except Refused as refused:
        if not isinstance(refused.refusal, Invalid):
            raise
        placed = tuple(replace(one, pointer=pointer + one.pointer) for one in refused.refusal.errors)
        raise Refused(Invalid(errors=placed)) from None


def present_reward(view: RewardView) -> dict[str, Any]:
    """A reward as the API writes it."""
    terms = view.terms
    price = None
    if view.price is not None:
        price = {"balance_type": view.price_type, "amount": format_amount(view.price, view.price_decimals)}
    return {
        "id": encode("rwd", view.id),
        "external_id": view.external_id,
        "kind": view.kind,
        "title": view.title,
        "description": view.description,
        "icon": view.icon,
        "picture": f"/api/v1/rewards/{encode('rwd', view.id)}/picture" if view.picture_id else None,
        "validity": terms.get("validity"),
        "benefit": terms.get("benefit"),
        "variants": [present_variant(one) for one in terms.get("variants", ())],
        "price": price,
        "stock": view.stock,
        "per_customer": view.per_customer,
        "archived": view.archived_at is not None,
        "given": view.given,
        "version": view.version,
    }
