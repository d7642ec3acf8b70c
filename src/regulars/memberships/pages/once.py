"""Acting once for a form, however often it is sent; and where a page acts."""

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError

from regulars.kernel.ids import decode, encode
from regulars.memberships.actions.write import Place
from regulars.platform.api.idempotency import is_taken
from regulars.platform.claims import Answered, claimed
from regulars.platform.database import edge_unit_of_work
from regulars.platform.pages.once_form import OnceForm
from regulars.platform.sessions import PageRequest

T = TypeVar("T")


def act_once(request: PageRequest, form: OnceForm, route: str, act: Callable[[], T]) -> T | None:
    """What the action gave; None where the same form was sent before. Passes its refusals on."""
    claim = form.claim(request.actor, route)
    try:
        with edge_unit_of_work(request.actor.chain_id), claimed(request.actor, claim) as answer:
            done = act()
            answer(lambda _done: (200, "{}"), done)
            return done
    except Answered:
        return None
    except IntegrityError as conflict:
        if not is_taken(conflict):
            raise
        return None


def place_of(request: PageRequest, location: str = "") -> Place:
    """Where the page acts: the location that was chosen in the form, else in the frame, else the only one of the reader."""
    mine = {place.id for place in request.visit.locations}
    chosen = decode("loc", location) if location else None
    at = chosen if chosen in mine else request.location.id if request.location else None
    if at is None and len(mine) == 1:
        at = next(iter(mine))
    return Place(zone=request.chain.zone, decimals=request.chain.currency_decimals, location_id=at)


def places_to_ask(request: PageRequest) -> list[tuple[str, str]]:
    """The locations that a form offers; none where it is clear."""
    if request.location is not None or len(request.visit.locations) < 2:
        return []
    return [(encode("loc", place.id), place.name) for place in request.visit.locations]
