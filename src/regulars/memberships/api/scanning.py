"""A scanner read the code of a membership."""

from datetime import datetime
from typing import Any
from uuid import UUID

from regulars.chains.queries import get_chain
from regulars.memberships.api.schemas import present_membership
from regulars.memberships.queries.memberships import find_membership
from regulars.platform.actor import Actor


def show_membership(actor: Actor, membership_id: UUID, now: datetime) -> dict[str, Any] | None:
    """The membership that a scanned code belongs to."""
    chain = get_chain(actor.chain_id)
    found = find_membership(actor.chain_id, membership_id, today=now.astimezone(chain.zone).date())
    if found is None:
        return None
    shows_code = actor.may("rewards:write")
    return {"membership": present_membership(found, chain.currency_decimals, shows_code=shows_code)}
