"""The promotion that a voucher or a reward names in its benefit."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from regulars.kernel.ids import encode
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.api.references import check_reference
from regulars.promotions.queries.promotions import find_row


def read_benefit(chain_id: UUID, written: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A benefit as it was sent, its promotion as an id. Refuses: Invalid for a promotion that is not there."""
    if written is None:
        return None
    benefit = dict(written)
    named = benefit.get("promotion")
    if isinstance(named, str):
        found = find_row(chain_id, check_reference(named))
        if found is None:
            problem = FieldProblem("/benefit/promotion", "unknown_promotion", _("There is no such promotion."))
            raise Refused(Invalid(errors=(problem,)))
        benefit["promotion"] = encode("prm", found.id)
    return benefit
