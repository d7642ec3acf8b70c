"""Who stands at a shared device in place of whoever signed in there: named by a PIN, in a few places, with no right but their own.

A PIN is weaker than a password. So it opens what a counter needs and nothing else, and while somebody stands in, the session
of the device opens nothing else either: every other page asks for a real sign-in.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, cast
from uuid import UUID

from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from regulars.platform.actor import RIGHTS_OF_ROLE
from regulars.platform.database import row

KEY: Final = "stand_in"
RIGHTS: Final = RIGHTS_OF_ROLE["cashier"]
"""The most that a PIN gives, whatever else its owner may do after a sign-in."""

Presence = Literal["", "here", "gone"]
"""Whether somebody stands in; gone is who did and may not any more: then nobody does anything before the next PIN."""

_DOOR: Final = """
SELECT login_id, email, login_name, language, theme, shortcuts, density, role, rights_added, rights_removed, location_ids
FROM door_stand_in(%s, %s, %s)
"""


@dataclass(frozen=True, slots=True)
class StandIn:
    """What the session of the device keeps: who, by which PIN, at which addresses, and where the next one is asked for."""

    staff_id: UUID
    pin_id: UUID
    places: tuple[str, ...]
    door: str

    def opens(self, path: str) -> bool:
        """Whether this address is one of those that a PIN opens."""
        return any(path == one or path.startswith(one + "/") for one in self.places)


def begin_stand_in(request: HttpRequest, stand_in: StandIn) -> None:
    """Let somebody stand in from now on: a new key for the session and its forms, so that older ones are worth nothing."""
    request.session[KEY] = {
        "staff": str(stand_in.staff_id),
        "pin": str(stand_in.pin_id),
        "places": list(stand_in.places),
        "door": stand_in.door,
    }
    request.session.cycle_key()
    rotate_token(request)


def stand_in_of(request: HttpRequest) -> StandIn | None:
    """Who stands in at this device, as its session says."""
    kept = cast("dict[str, Any] | None", request.session.get(KEY))
    if not kept:
        return None
    return StandIn(
        staff_id=UUID(kept["staff"]), pin_id=UUID(kept["pin"]), places=tuple(kept["places"]), door=kept["door"]
    )


def read_stand_in(stand_in: StandIn, chain_id: UUID) -> tuple[Any, ...] | None:
    """The person and their place in the chain, as long as they work there and their PIN is the one that was typed."""
    return row(_DOOR, [stand_in.staff_id, stand_in.pin_id, chain_id])
