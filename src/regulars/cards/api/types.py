"""Routes of card types."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from regulars.cards.actions.types import change_card_type, create_card_type
from regulars.cards.api.schemas import CardTypeChange, CardTypeIn, CardTypeList, CardTypeOut, present_card_type
from regulars.cards.queries.types import access_card_type, list_card_types
from regulars.cards.rules.types import CardTypeDraft
from regulars.chains.queries import find_location, where_it_happens
from regulars.kernel.refusal import ExternalIdTaken, FieldProblem, Invalid, NotFound, Refused
from regulars.platform.api.answers import Answer, answer, created
from regulars.platform.api.listing import whole_list
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version

routes = Routes("Card types")


@routes.get("/card-types", needs="cards:read", answers={200: CardTypeList})
def list_all_card_types(request: ApiRequest) -> Answer:
    """List the card types."""
    return answer(whole_list(map(present_card_type, list_card_types(request.actor))))


@routes.post("/card-types", needs="cards:write", answers={201: CardTypeOut}, refuses=[NotFound, ExternalIdTaken])
def create_one_card_type(request: ApiRequest, body: CardTypeIn) -> Answer:
    """Make an active card type in a program."""
    draft = CardTypeDraft(
        name=body.name,
        external_id=body.external_id,
        location_ids=None if body.locations is None else location_ids(request, body.locations, "/locations"),
        several_per_customer=body.several_per_customer,
        goal=body.goal,
        number_format=body.number_format,
        automatic_issue=body.automatic_issue,
        issue_location_ids=location_ids(request, body.issue_locations, "/issue_locations"),
        take_over_days=body.take_over_days,
        valid_days=body.valid_days,
        shown_balance=body.shown_balance,
        spend_limits=body.spend_limits.model_dump(exclude_none=True) if body.spend_limits else {},
    )
    card_type = create_card_type(request.actor, check_reference(body.program), draft, now=request.now)
    return created(present_card_type(card_type), version=card_type.version)


@routes.get("/card-types/{card_type}", needs="cards:read", answers={200: CardTypeOut})
def get_card_type(request: ApiRequest, card_type: str) -> Answer:
    """Read a card type."""
    found = access_card_type(request.actor, check_reference(card_type))
    return answer(present_card_type(found), version=found.version)


@routes.patch("/card-types/{card_type}", needs="cards:write", answers={200: CardTypeOut})
def change_one_card_type(request: ApiRequest, card_type: str, body: CardTypeChange) -> Answer:
    """Change a card type; its version goes up by one.

    Fields that are left out stay as they are. An external id is given once and stays.
    """
    changed = change_card_type(
        request.actor,
        check_reference(card_type),
        _changes(request, body),
        now=request.now,
        version=expected_version(request),
    )
    return answer(present_card_type(changed), version=changed.version)


MAY_BE_NULL = frozenset({"goal", "valid_days", "locations", "shown_balance", "spend_limits"})


def _changes(request: ApiRequest, body: CardTypeChange) -> dict[str, Any]:
    sent = {name: getattr(body, name) for name in body.model_fields_set}
    changes = {name: value for name, value in sent.items() if value is not None or name in MAY_BE_NULL}
    if "spend_limits" in changes:
        limits = changes.pop("spend_limits")
        changes["spend_limits"] = limits.model_dump(exclude_none=True) if limits else {}
    if "locations" in changes:
        named = changes.pop("locations")
        changes["location_ids"] = None if named is None else location_ids(request, named, "/locations")
    if "issue_locations" in changes:
        changes["issue_location_ids"] = location_ids(request, changes.pop("issue_locations"), "/issue_locations")
    return changes


def location_ids(request: ApiRequest, named: list[str], pointer: str) -> tuple[UUID, ...]:
    """The locations that a request names, in its order. Refuses: Invalid, pointing to each that is not there."""
    found = [find_location(request.actor, check_reference(text)) for text in named]
    problems = tuple(
        FieldProblem(f"{pointer}/{index}", "unknown_location", _("There is no such location."))
        for index, place in enumerate(found)
        if place is None
    )
    if problems:
        raise Refused(Invalid(errors=problems))
    return tuple(dict.fromkeys(place.id for place in found if place))


def location_id(request: ApiRequest, named: str | None) -> UUID | None:
    """Where a request happens: the location it names, else the only one that its key is limited to. Refuses: Invalid."""
    return where_it_happens(request.actor, check_reference(named) if named else named)
