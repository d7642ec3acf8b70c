"""The code of a join page, shown at the till (WAL-3)."""

from datetime import datetime
from typing import Any

from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work
from regulars.storefront.queries.requests import access_pickup
from regulars.storefront.rules.tokens import read_pickup


def scan_pickup(actor: Actor, payload: str, now: datetime) -> dict[str, Any] | None:
    """Who waits for a card behind this code, for those who may give cards; None where it is none."""
    pickup = read_pickup(payload.strip())
    if pickup is None or not (actor.may("cards:write") and actor.may("customers:write")):
        return None
    try:
        with unit_of_work(actor.chain_id):
            found = access_pickup(actor, pickup, now=now)
    except Refused as refused:
        if isinstance(refused.refusal, NotFound):
            return None
        raise
    return {"join": {"code": found.pickup, "name": found.name, "at": found.created_at, "done_at": found.done_at}}
