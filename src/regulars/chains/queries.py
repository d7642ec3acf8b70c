"""Reads of chains and locations; values, scoped to the chain of the running unit of work."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from regulars.chains.errors import DoneElsewhere
from regulars.chains.models import Chain, Location
from regulars.kernel.ids import decode
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import kept_rows, row, rows
from regulars.platform.tenancy import ChainChoice, ChainSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationView:
    """A place of business; `archived_at` is None while it is open."""

    id: UUID
    name: str
    external_id: str | None
    time_zone: str
    address: str
    archived_at: datetime | None
    version: int
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainClock:
    """The clock of a chain; all that was due until `caught_up_to` is done."""

    now: datetime
    is_test: bool
    ahead: timedelta
    caught_up_to: datetime | None


def get_clock(chain_id: UUID, *, real: datetime) -> ChainClock:
    """The clock of the chain of the running unit of work. Raises Refused(NotFound)."""
    found = Chain.objects.filter(id=chain_id).first()
    if found is None:
        raise Refused(NotFound())
    return view_clock(found, real=real)


def view_clock(row_: Chain, *, real: datetime) -> ChainClock:
    """The clock in a row, while the world's says `real`."""
    return ChainClock(
        now=real + row_.clock_ahead, is_test=row_.is_test, ahead=row_.clock_ahead, caught_up_to=row_.caught_up_to
    )


def find_chain(chain_id: UUID) -> ChainSettings | None:
    """The chain of the running unit of work; None if there is none, or it is another one."""
    found = kept_rows(_FIND, [chain_id])
    return ChainSettings(**dict(zip(_SETTINGS, found[0], strict=True))) if found else None


_SETTINGS: Final = tuple(one.name for one in fields(ChainSettings))
_FIND: Final = f"""
SELECT {", ".join(_SETTINGS)} FROM (
    SELECT c.*, (SELECT count(*) FROM locations l WHERE l.chain_id = c.id AND l.archived_at IS NULL) AS location_count
    FROM chains c WHERE c.id = %s
) c
"""


def get_chain(chain_id: UUID) -> ChainSettings:
    """The chain of the running unit of work. Raises Refused(NotFound)."""
    found = find_chain(chain_id)
    if found is None:
        raise Refused(NotFound())
    return found


def do_prices_include_tax(chain_id: UUID) -> bool:
    """Whether the prices of a chain's orders include their tax (ORD-15); needs its unit of work."""
    return bool(Chain.objects.values_list("prices_include_tax", flat=True).get(id=chain_id))


def view_chain(row_: Chain, *, location_count: int) -> ChainSettings:
    """The value of a row."""
    return ChainSettings(
        id=row_.id,
        name=row_.name,
        country=row_.country,
        currency=row_.currency,
        time_zone=row_.time_zone,
        language=row_.language,
        accent=row_.accent,
        is_sample=row_.is_sample,
        version=row_.version,
        location_count=location_count,
        trade=row_.trade,
        is_test=row_.is_test,
        clock_ahead=row_.clock_ahead,
    )


def list_chain_ids() -> list[UUID]:
    """Every chain of the installation, for background work that goes chain by chain; needs no unit of work."""
    return [found[0] for found in rows("SELECT door_chains()")]


def list_chain_names(chain_ids: Sequence[UUID]) -> list[ChainChoice]:
    """Names of some chains, by name: what a person may switch between; needs no unit of work."""
    found = rows("SELECT id, name, is_sample FROM door_chain_name(%s)", [list(chain_ids)])
    return [ChainChoice(id=line[0], name=line[1], is_sample=line[2]) for line in found]


def has_programs(chain_id: UUID) -> bool:
    """Whether balances are kept in this chain already; asked of the tables, for programs and gift cards lie above chains."""
    found = row(
        "SELECT EXISTS (SELECT FROM programs WHERE chain_id = %(chain)s)"
        " OR EXISTS (SELECT FROM gift_card_types WHERE chain_id = %(chain)s)",
        {"chain": chain_id},
    )
    return bool(found and found[0])


def list_locations(actor: Actor, *, archived: bool = False) -> list[LocationView]:
    """The chain's locations by name; with `archived` those that are closed too."""
    found = Location.objects.filter(chain_id=actor.chain_id).order_by("name", "id")
    return [view_location(line) for line in (found if archived else found.filter(archived_at=None))]


def find_location(actor: Actor, identifier: str) -> LocationView | None:
    """The chain's location with this public id (`loc_…`) or external id (`ext:…`)."""
    if identifier.startswith("ext:"):
        wanted = Q(external_id=identifier.removeprefix("ext:"))
    elif location_id := decode("loc", identifier):
        wanted = Q(id=location_id)
    else:
        return None
    found = Location.objects.filter(wanted, chain_id=actor.chain_id).first() if "\x00" not in identifier else None
    return None if found is None else view_location(found)


def where_it_happens(actor: Actor, named: str | None) -> UUID | None:
    """The location that a request names in its field `location`; unnamed, the only one that the actor is limited to.

    A location that the actor may not act in is as missing as one that is not there. Refuses: Invalid.
    """
    own = actor.location_ids
    if named is None:
        return next(iter(own)) if own is not None and len(own) == 1 else None
    place = find_location(actor, named)
    if place is None or (own is not None and place.id not in own):
        problem = FieldProblem("/location", "unknown_location", _("There is no such location."))
        raise Refused(Invalid(errors=(problem,)))
    return place.id


def refuse_elsewhere(actor: Actor, location_id: UUID | None) -> None:
    """Refuse DoneElsewhere where staff of some locations take back what was done at another one; None: at no location."""
    if location_id is not None and actor.location_ids is not None and location_id not in actor.location_ids:
        raise Refused(DoneElsewhere())


def access_location(actor: Actor, identifier: str) -> LocationView:
    """The one door from an id to a location. Raises Refused(NotFound) for one that is not there or not yours."""
    found = find_location(actor, identifier)
    if found is None:
        raise Refused(NotFound())
    return found


def view_location(row_: Location) -> LocationView:
    """The value of a row."""
    return LocationView(
        id=row_.id,
        name=row_.name,
        external_id=row_.external_id,
        time_zone=row_.time_zone,
        address=row_.address,
        archived_at=row_.archived_at,
        version=row_.version,
        latitude=row_.latitude,
        longitude=row_.longitude,
    )
