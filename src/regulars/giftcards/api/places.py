"""The locations that requests about gift cards name."""

from uuid import UUID

from django.utils.translation import gettext as _

from regulars.chains.queries import find_location, where_it_happens
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest


def location_id(request: ApiRequest, named: str | None) -> UUID | None:
    """Where a request happens: the location it names, else the only one that its key is limited to. Refuses: Invalid."""
    return where_it_happens(request.actor, check_reference(named) if named else named)


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
