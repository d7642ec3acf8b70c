"""What a request says of vouchers to be issued, as actions take it."""

from uuid import UUID

from django.utils.translation import gettext as _

from regulars.chains.queries import find_location
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest
from regulars.promotions.queries.benefits import read_benefit
from regulars.vouchers.actions.by_hand import IssueByHand
from regulars.vouchers.api.schemas import VoucherTermsIn


def read_terms(request: ApiRequest, body: VoucherTermsIn) -> IssueByHand:
    """The terms of a body, its promotion and places found. Refuses: Invalid for one that is not there."""
    return IssueByHand(
        title=body.title,
        description=body.description,
        validity=body.validity.model_dump() if body.validity else None,
        starts_at=body.starts_at,
        benefit=read_benefit(request.actor.chain_id, body.benefit),
        location_ids=None if body.locations is None else _places(request, body.locations),
        customer_may_redeem=body.customer_may_redeem,
    )


def _places(request: ApiRequest, named: list[str]) -> tuple[UUID, ...]:
    found = [find_location(request.actor, check_reference(text)) for text in named]
    problems = tuple(
        FieldProblem(f"/locations/{index}", "unknown_location", _("There is no such location."))
        for index, place in enumerate(found)
        if place is None
    )
    if problems:
        raise Refused(Invalid(errors=problems))
    return tuple(dict.fromkeys(place.id for place in found if place))
