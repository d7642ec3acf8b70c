"""Routes of types of gift cards."""

from typing import Annotated, Any, Final

from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field, WithJsonSchema

from regulars.chains.queries import get_chain
from regulars.giftcards.actions.types import archive_type, change_type, create_type, restore_type
from regulars.giftcards.api.places import location_ids
from regulars.giftcards.queries.types import TypeView, access_type, list_types
from regulars.giftcards.rules.types import VALUES_MAX, TypeDraft
from regulars.kernel.amount import format_amount
from regulars.kernel.fields import NAME_LENGTH_MAX
from regulars.kernel.ids import encode
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.api.answers import Answer, answer, created
from regulars.platform.api.fields import (
    AmountIn,
    AmountOut,
    Filters,
    Flag,
    In,
    Out,
    ReferenceIn,
    TimeOut,
    WholeIn,
)
from regulars.platform.api.listing import whole_list
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version
from regulars.programs.rules.validity import present_validity

routes = Routes("Gift card types")

KINDS_SCHEMA: Final = {
    "anyOf": [{"enum": ["any", "none"]}, {"type": "array", "items": {"type": "string"}}, {"type": "null"}],
    "description": "any, none, or the categories that it pays for.",
}
KindsIn = Annotated[Any, WithJsonSchema(KINDS_SCHEMA)]
NameIn = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH_MAX, examples=["Gift card"])]
ValuesIn = Annotated[
    list[AmountIn],
    Field(
        max_length=VALUES_MAX,
        description="The values it is sold for; empty where any in a range is.",
        examples=[["25", "50"]],
    ),
]
LocationsIn = Annotated[list[ReferenceIn], Field(max_length=200, description="Where it is good; empty for everywhere.")]


class GiftCardLimitsIn(In):
    """Which goods and services it pays; what is left out limits nothing."""

    goods: KindsIn = None
    services: KindsIn = None


class GiftCardValidityIn(In):
    """How long it is good from its sale on; `value` says so many days or months, or the last day."""

    kind: Annotated[str, Field(description="unlimited, days, months or until.", examples=["months"])] = "unlimited"
    value: Annotated[
        WholeIn | str | None,
        Field(description="So many days or months, or the last day (`2026-12-31`).", examples=[12]),
    ] = None


class GiftCardTypeIn(In):
    """A type of gift cards."""

    name: NameIn
    single_use: Annotated[bool, Field(description="Good for one payment; what is left is forfeited.")] = False
    with_code: Annotated[bool, Field(description="Sold with a code; without one, to a customer.")] = True
    values: ValuesIn = []
    value_min: AmountIn | None = None
    value_max: AmountIn | None = None
    limits: GiftCardLimitsIn | None = None
    validity: GiftCardValidityIn | None = None
    locations: LocationsIn = []


class GiftCardTypeChange(In):
    """Fields to change; those left out stay. `archived` puts a type away or takes it back."""

    name: NameIn | None = None
    single_use: bool | None = None
    with_code: bool | None = None
    values: ValuesIn | None = None
    value_min: AmountIn | None = None
    value_max: AmountIn | None = None
    limits: GiftCardLimitsIn | None = None
    validity: GiftCardValidityIn | None = None
    locations: LocationsIn | None = None
    archived: bool | None = None


class GiftCardLimitsOut(Out):
    """Which goods and services it pays: any, none, or categories."""

    goods: KindsIn
    services: KindsIn


class GiftCardValidityOut(Out):
    """How long it is good."""

    kind: str
    value: int | str | None


class GiftCardTypeOut(Out):
    """A type of gift cards; `locations` is empty where its cards are good everywhere."""

    id: Annotated[str, Field(examples=["gct_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    name: str
    single_use: bool
    with_code: bool
    values: list[AmountOut]
    value_min: AmountOut | None
    value_max: AmountOut | None
    limits: GiftCardLimitsOut
    validity: GiftCardValidityOut
    locations: list[str]
    archived_at: TimeOut | None
    version: int


class GiftCardTypeList(Out):
    """The types of gift cards."""

    items: list[GiftCardTypeOut]
    next_cursor: None


class GiftCardTypeFilters(Filters):
    """Which types."""

    archived: Annotated[Flag, Field(description="Those put away instead of the others.")] = False


@routes.get("/gift-card-types", needs="rewards:read", answers={200: GiftCardTypeList})
def list_gift_card_types(request: ApiRequest, filters: Query[GiftCardTypeFilters]) -> Answer:
    """List the types of gift cards by name."""
    decimals = get_chain(request.actor.chain_id).currency_decimals
    types = list_types(request.actor, archived=filters.archived)
    return answer(whole_list(present_type(one, decimals) for one in types))


@routes.post("/gift-card-types", needs="promotions:write", answers={201: GiftCardTypeOut})
def create_gift_card_type(request: ApiRequest, body: GiftCardTypeIn) -> Answer:
    """Make a type of gift cards."""
    made = create_type(
        request.actor,
        TypeDraft(
            name=body.name,
            is_single_use=body.single_use,
            has_code=body.with_code,
            values=body.values,
            value_min=body.value_min,
            value_max=body.value_max,
            limits=_plain(body.limits),
            validity=_plain(body.validity),
        ),
        location_ids=location_ids(request, body.locations, "/locations"),
        now=request.now,
    )
    return created(_present(request, made), version=made.version)


@routes.get("/gift-card-types/{gift_card_type}", needs="rewards:read", answers={200: GiftCardTypeOut})
def get_gift_card_type(request: ApiRequest, gift_card_type: str) -> Answer:
    """Read a type of gift cards."""
    found = access_type(request.actor, check_reference(gift_card_type))
    return answer(_present(request, found), version=found.version)


@routes.patch("/gift-card-types/{gift_card_type}", needs="promotions:write", answers={200: GiftCardTypeOut})
def change_gift_card_type(request: ApiRequest, gift_card_type: str, body: GiftCardTypeChange) -> Answer:
    """Change a type of gift cards.

    Limits, locations and `single_use` hold for gift cards that were sold already too; their value and how long they are good
    stay as they were when they were sold.
    """
    name = check_reference(gift_card_type)
    sent = body.model_fields_set
    found = access_type(request.actor, name)
    if sent - {"archived"}:
        found = change_type(
            request.actor,
            name,
            _merged(request, found, body),
            location_ids=(
                found.location_ids if body.locations is None else location_ids(request, body.locations, "/locations")
            ),
            version=expected_version(request),
            now=request.now,
        )
    if body.archived is not None:
        turn = archive_type if body.archived else restore_type
        found = turn(request.actor, name, now=request.now)
    return answer(_present(request, found), version=found.version)


@routes.delete("/gift-card-types/{gift_card_type}", needs="promotions:write", answers={200: GiftCardTypeOut})
def archive_gift_card_type(request: ApiRequest, gift_card_type: str) -> Answer:
    """Sell no more of a type; gift cards that were sold stay good."""
    archived = archive_type(request.actor, check_reference(gift_card_type), now=request.now)
    return answer(_present(request, archived), version=archived.version)


def present_type(found: TypeView, decimals: int) -> dict[str, Any]:
    """A type as the API writes it."""
    terms = found.terms

    def money(units: int | None) -> str | None:
        return None if units is None else format_amount(units, decimals)

    return {
        "id": encode("gct", found.id),
        "name": terms.name,
        "single_use": terms.is_single_use,
        "with_code": terms.has_code,
        "values": [format_amount(one, decimals) for one in terms.values],
        "value_min": money(terms.value_min),
        "value_max": money(terms.value_max),
        "limits": {"goods": terms.limits.get("goods", "any"), "services": terms.limits.get("services", "any")},
        "validity": present_validity(terms.validity),
        "locations": [encode("loc", one) for one in found.location_ids or ()],
        "archived_at": found.archived_at,
        "version": found.version,
    }


def _present(request: ApiRequest, found: TypeView) -> dict[str, Any]:
    return present_type(found, get_chain(request.actor.chain_id).currency_decimals)


def _merged(request: ApiRequest, found: TypeView, body: GiftCardTypeChange) -> TypeDraft:
    """The type as it would be: what was sent instead of what is there. Values and a range replace each other."""
    known = _present(request, found)
    sent = {name: getattr(body, name) for name in body.model_fields_set}
    for name in ("name", "single_use", "with_code"):
        if name in sent and sent[name] is None:
            raise Refused(Invalid(errors=(FieldProblem(f"/{name}", "required", _("This cannot be empty.")),)))
    if sent.get("values"):
        known |= {"value_min": None, "value_max": None}
    elif sent.get("value_min") is not None or sent.get("value_max") is not None:
        known["values"] = []
    limits = _plain(body.limits) if "limits" in sent else known["limits"]
    validity = _plain(body.validity) if "validity" in sent else known["validity"]
    return TypeDraft(
        name=sent.get("name", known["name"]),
        is_single_use=sent.get("single_use", known["single_use"]),
        has_code=sent.get("with_code", known["with_code"]),
        values=sent.get("values", known["values"]) or [],
        value_min=sent.get("value_min", known["value_min"]),
        value_max=sent.get("value_max", known["value_max"]),
        limits=limits,
        validity=validity,
    )


def _plain(given: In | None) -> dict[str, Any]:
    return {} if given is None else given.model_dump(exclude_none=True)
