"""A scanner read the code of a membership."""

from datetime import datetime
from typing import Any

from regulars.chains.queries import get_chain
from regulars.codes.actions.lookup import refuse_guessers
from regulars.codes.queries.space import find_owner
from regulars.memberships.api.schemas import present_membership
from regulars.memberships.queries.memberships import find_membership
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work


def scan_membership(actor: Actor, payload: str, now: datetime) -> dict[str, Any] | None:
    """The membership with this code, for those who may see memberships; None where there is none.

    It counts no wrong code: the scanner that is asked after it does. Refuses: TooManyAttempts.
    """
    if not actor.may("rewards:read"):
        return None
    refuse_guessers(actor, now=now)
    with unit_of_work(actor.chain_id):
        owner = find_owner(actor.chain_id, payload)
        if owner is None or owner.kind != "membership" or owner.owner_id is None:
            return None
        chain = get_chain(actor.chain_id)
        found = find_membership(actor.chain_id, owner.owner_id, today=now.astimezone(chain.zone).date())
        if found is None:
            return None
        shows_code = actor.may("rewards:write")
        return {"membership": present_membership(found, chain.currency_decimals, shows_code=shows_code)}
