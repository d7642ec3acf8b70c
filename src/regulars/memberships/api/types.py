"""Routes of membership types."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from ninja import Query
from pydantic import Field

from regulars.chains.queries import find_location, get_chain
from regulars.kernel.amount import AmountProblem, parse_amount
from regulars.kernel.refusal import ExternalIdTaken, FieldProblem, Invalid, Refused
from regulars.memberships.actions.types import Expected, archive_type, change_type, create_type, restore_type
from regulars.memberships.api.schemas import (
    MembershipTypeChange,
    MembershipTypeIn,
    MembershipTypeList,
    MembershipTypeOut,
    present_type,
)
from regulars.memberships.queries.types import TypeView, access_type, list_types
from regulars.memberships.rules.terms import Terms, TypeDraft
from regulars.platform.actor import Actor
from regulars.platform.api.answers import Answer, answer, created
from regulars.platform.api.fields import Filters, Flag
from regulars.platform.api.listing import whole_list
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version

routes = Routes("Membership types")

_ERRORS = {
    "not_a_number": "This is no amount of money.",
    "too_many_decimals": "This has more decimals than the currency.",
    "out_of_range": "This is more than a membership costs.",
}
# Null empties these; of the others it changes nothing.
_EMPTIED = frozenset(
    {
        "external_id",
        "price",
        "visits",
        "period",
        "every_hours",
        "freezes_max",
        "freeze_days_max",
        "notice_days",
        "notice_visits",
    }
)


class TypeFilters(Filters):
    """Which types."""

    archived: Annotated[Flag, Field(description="Those put away as well.")] = False


@routes.get("/membership-types", needs="rewards:read", answers={200: MembershipTypeList})
def list_all_types(request: ApiRequest, filters: Query[TypeFilters]) -> Answer:
    """List the types of membership, by name."""
    decimals = decimals_of(request.actor)
    found = list_types(request.actor, archived=filters.archived)
    return answer(whole_list(present_type(one, decimals) for one in found))


@routes.post("/membership-types", needs="promotions:write", answers={201: MembershipTypeOut}, refuses=[ExternalIdTaken])
def create_one_type(request: ApiRequest, body: MembershipTypeIn) -> Answer:
    """Make a type of membership."""
    decimals = decimals_of(request.actor)
    empty = TypeDraft(name=body.name, terms=Terms())
    draft = _draft(request.actor, empty, body.model_dump(), decimals)
    made = create_type(request.actor, draft, now=request.now)
    return created(present_type(made, decimals), version=made.version)


@routes.get("/membership-types/{type_id}", needs="rewards:read", answers={200: MembershipTypeOut})
def get_type(request: ApiRequest, type_id: str) -> Answer:
    """Read a type of membership."""
    found = access_type(request.actor, check_reference(type_id))
    return answer(present_type(found, decimals_of(request.actor)), version=found.version)


@routes.patch(
    "/membership-types/{type_id}", needs="promotions:write", answers={200: MembershipTypeOut}, refuses=[ExternalIdTaken]
)
def change_one_type(request: ApiRequest, type_id: str, body: MembershipTypeChange) -> Answer:
    """Change a type of membership; what was sold of it keeps the terms it was sold with."""
    reference, decimals = check_reference(type_id), decimals_of(request.actor)
    found = access_type(request.actor.acting_with("rewards:read"), reference)
    sent = body.model_dump(include=body.model_fields_set)
    archived = sent.pop("archived", None)
    kept = {name: value for name, value in sent.items() if value is not None or name in _EMPTIED}
    changed = found
    if kept or archived is None:
        draft = _draft(request.actor, _draft_of(found), kept, decimals)
        expected = Expected(expected_version(request))
        changed = change_type(request.actor, reference, draft, expected=expected, now=request.now)
    if archived is not None:
        put = archive_type if archived else restore_type
        changed = put(request.actor, reference, now=request.now)
    return answer(present_type(changed, decimals), version=changed.version)


def decimals_of(actor: Actor) -> int:
    """Decimals of the chain's currency."""
    return get_chain(actor.chain_id).currency_decimals


def read_money(value: str | None, pointer: str, decimals: int) -> int | None:
    """Money in smallest units. Refuses: Invalid."""
    if value is None:
        return None
    try:
        return parse_amount(value, decimals)
    except AmountProblem as problem:
        raise Refused(Invalid(errors=(FieldProblem(pointer, problem.code, _ERRORS[problem.code]),))) from None


def _draft_of(found: TypeView) -> TypeDraft:
    return TypeDraft(name=found.name, terms=found.terms, external_id=found.external_id, price=found.price)


def _draft(actor: Actor, before: TypeDraft, sent: Mapping[str, Any], decimals: int) -> TypeDraft:
    """The type with what was sent."""
    given = dict(sent)
    draft = replace(
        before,
        name=given.pop("name", before.name),
        external_id=given.pop("external_id", before.external_id),
        price=read_money(given.pop("price"), "/price", decimals) if "price" in given else before.price,
    )
    if "period" in given:
        period = given.pop("period")
        given |= {"period_unit": period["unit"], "period": period["value"]} if period else {"period_unit": None}
        given.setdefault("period", 0)
    if "locations" in given:
        given["locations"] = _locations(actor, given["locations"])
    for name in ("kinds", "categories", "skus"):
        if name in given:
            given[name] = tuple(dict.fromkeys(given[name]))
    return replace(draft, terms=replace(draft.terms, **given))


def _locations(actor: Actor, named: list[str]) -> tuple[UUID, ...]:
    found = []
    for at, reference in enumerate(named):
        place = find_location(actor, reference)
        if place is None:
            problem = FieldProblem(f"/locations/{at}", "unknown_location", "There is no such location.")
            raise Refused(Invalid(errors=(problem,)))
        found.append(place.id)
    return tuple(dict.fromkeys(found))
