"""Where a page of memberships acts."""

from regulars.kernel.ids import decode, encode
from regulars.memberships.actions.write import Place
from regulars.platform.sessions import PageRequest


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
