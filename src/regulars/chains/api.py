"""Routes of the chain itself, of its locations and of its clock."""

from typing import Annotated, Any

from ninja import Query
from pydantic import Field

from regulars.chains.actions import (
    Forward,
    archive_location,
    change_chain,
    change_location,
    create_location,
    move_clock,
    restore_location,
)
from regulars.chains.errors import ClockBackwards, CurrencyInUse, LastLocation, NotATestChain
from regulars.chains.jobs import defer_catch_up
from regulars.chains.queries import (
    ChainClock,
    LocationView,
    access_location,
    do_prices_include_tax,
    get_chain,
    get_clock,
    list_locations,
)
from regulars.chains.rules import ChainDraft, LocationDraft
from regulars.kernel.ids import encode
from regulars.kernel.refusal import ExternalIdTaken
from regulars.platform.api.answers import Answer, answer, created
from regulars.platform.api.fields import ExternalIdIn, Filters, Flag, In, Out, TimeIn, TimeOut
from regulars.platform.api.listing import whole_list
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version
from regulars.platform.clock import real_now
from regulars.platform.tenancy import ChainSettings

chain_routes = Routes("Business")
routes = Routes("Locations")
clock_routes = Routes("Clock")

NameIn = Annotated[str, Field(min_length=1, max_length=120, examples=["Ku’damm"])]
ZoneIn = Annotated[str, Field(max_length=64, examples=["Europe/Berlin"], description="IANA time zone.")]
TAX_SAID = "True: the price of a line includes its tax. False: tax is put on top."
AddressIn = Annotated[str, Field(max_length=500, examples=["Kurfürstendamm 21, 10719 Berlin"])]


class ChainChange(In):
    """Fields to change; those left out stay."""

    name: NameIn | None = None
    country: Annotated[str, Field(max_length=2, examples=["DE"])] | None = None
    currency: Annotated[str, Field(max_length=3, examples=["EUR"])] | None = None
    time_zone: ZoneIn | None = None
    language: Annotated[str, Field(max_length=12, examples=["en"])] | None = None
    accent: Annotated[str, Field(max_length=20, examples=["green"])] | None = None
    prices_include_tax: Annotated[Flag, Field(description=TAX_SAID)] | None = None


class ChainOut(Out):
    """The business that a key belongs to."""

    id: Annotated[str, Field(examples=["chn_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    name: str
    country: str
    currency: str
    time_zone: str
    language: str
    accent: str
    prices_include_tax: Annotated[bool, Field(description=TAX_SAID)]
    is_test: bool
    version: int


@chain_routes.get("/chain", needs="settings:read", answers={200: ChainOut})
def get_own_chain(request: ApiRequest) -> Answer:
    """Read the settings of the business."""
    return _answer(request, get_chain(request.actor.chain_id))


@chain_routes.patch("/chain", needs="settings:write", answers={200: ChainOut}, refuses=[CurrencyInUse])
def change_own_chain(request: ApiRequest, body: ChainChange) -> Answer:
    """Change the settings of the business.

    Whether prices include tax holds for orders from now on; those that were recorded, and their refunds, stay by what they
    were priced by. The currency stays as it is once there is a program.
    """
    now_there = get_chain(request.actor.chain_id)

    def said(name: str) -> Any:
        sent = getattr(body, name)
        return getattr(now_there, name) if sent is None else sent

    names = ("name", "country", "currency", "time_zone", "language", "accent")
    draft = ChainDraft(
        **{name: said(name) for name in names},
        trade=now_there.trade,
        prices_include_tax=body.prices_include_tax,
    )
    return _answer(request, change_chain(request.actor, draft, version=expected_version(request), now=request.now))


def _answer(request: ApiRequest, chain: ChainSettings) -> Answer:
    names = ("name", "country", "currency", "time_zone", "language", "accent", "is_test", "version")
    shown = {name: getattr(chain, name) for name in names}
    includes_tax = do_prices_include_tax(request.actor.chain_id)
    body = {"id": encode("chn", chain.id), **shown, "prices_include_tax": includes_tax}
    return answer(body, version=chain.version)


class LocationFilters(Filters):
    """Which locations."""

    archived: Annotated[Flag, Field(description="Closed locations too.")] = False


LatitudeIn = Annotated[
    float, Field(allow_inf_nan=False, examples=[52.5031], description="In degrees, north of the equator.")
]
LongitudeIn = Annotated[
    float, Field(allow_inf_nan=False, examples=[13.3271], description="In degrees, east of Greenwich.")
]


class LocationIn(In):
    """A location to open."""

    name: NameIn
    external_id: ExternalIdIn | None = None
    time_zone: Annotated[ZoneIn | None, Field(description="The chain's own where it is left out.")] = None
    address: AddressIn = ""
    latitude: LatitudeIn | None = None
    longitude: LongitudeIn | None = None


class LocationChange(In):
    """Fields to change; those left out stay."""

    name: NameIn | None = None
    external_id: ExternalIdIn | None = None
    time_zone: ZoneIn | None = None
    address: AddressIn | None = None
    latitude: LatitudeIn | None = None
    longitude: LongitudeIn | None = None


class LocationOut(Out):
    """A place of business."""

    id: Annotated[str, Field(examples=["loc_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    external_id: str | None
    name: str
    time_zone: str
    address: str
    latitude: Annotated[float | None, Field(description="Near it phones offer the cards that are valid there.")]
    longitude: float | None
    archived_at: TimeOut | None
    version: int


class LocationList(Out):
    """All locations, by name."""

    items: list[LocationOut]
    next_cursor: str | None


@routes.get("/locations", needs="settings:read", answers={200: LocationList})
def list_all_locations(request: ApiRequest, filters: Query[LocationFilters]) -> Answer:
    """List the locations."""
    found = list_locations(request.actor, archived=filters.archived)
    return answer(whole_list(present_location(location) for location in found))


@routes.post("/locations", needs="settings:write", answers={201: LocationOut}, refuses=[ExternalIdTaken])
def open_location(request: ApiRequest, body: LocationIn) -> Answer:
    """Open a location."""
    draft = LocationDraft(
        name=body.name,
        external_id=body.external_id,
        time_zone=body.time_zone or "",
        address=body.address,
        latitude=body.latitude,
        longitude=body.longitude,
    )
    location = create_location(request.actor, draft, now=request.now)
    return created(present_location(location), version=location.version)


@routes.get("/locations/{location}", needs="settings:read", answers={200: LocationOut})
def get_location(request: ApiRequest, location: str) -> Answer:
    """Read a location."""
    found = access_location(request.actor, check_reference(location))
    return answer(present_location(found), version=found.version)


@routes.patch("/locations/{location}", needs="settings:write", answers={200: LocationOut}, refuses=[ExternalIdTaken])
def change_one_location(request: ApiRequest, location: str, body: LocationChange) -> Answer:
    """Change a location.

    Fields that are left out stay as they are; `external_id`, `latitude` and `longitude` are taken away with null.
    """
    now_there = access_location(request.actor, check_reference(location))
    sent = body.model_fields_set
    draft = LocationDraft(
        name=body.name or now_there.name,
        external_id=body.external_id if "external_id" in sent else now_there.external_id,
        time_zone=body.time_zone or now_there.time_zone,
        address=now_there.address if body.address is None else body.address,
        latitude=body.latitude if "latitude" in sent else now_there.latitude,
        longitude=body.longitude if "longitude" in sent else now_there.longitude,
    )
    changed = change_location(
        request.actor, encode("loc", now_there.id), draft, version=expected_version(request), now=request.now
    )
    return answer(present_location(changed), version=changed.version)


@routes.post(
    "/locations/{location}/archive", needs="settings:write", answers={200: LocationOut}, refuses=[LastLocation]
)
def archive_one_location(request: ApiRequest, location: str) -> Answer:
    """Close a location; its history stays."""
    found = archive_location(request.actor, check_reference(location), now=request.now)
    return answer(present_location(found), version=found.version)


@routes.post("/locations/{location}/restore", needs="settings:write", answers={200: LocationOut})
def restore_one_location(request: ApiRequest, location: str) -> Answer:
    """Open a closed location again."""
    found = restore_location(request.actor, check_reference(location), now=request.now)
    return answer(present_location(found), version=found.version)


def present_location(location: LocationView) -> dict[str, Any]:
    """A location as the API writes it."""
    return {
        "id": encode("loc", location.id),
        "external_id": location.external_id,
        "name": location.name,
        "time_zone": location.time_zone,
        "address": location.address,
        "latitude": location.latitude,
        "longitude": location.longitude,
        "archived_at": location.archived_at,
        "version": location.version,
    }


class ClockIn(In):
    """Where a clock is to go: one of the two."""

    advance: Annotated[
        str | None,
        Field(max_length=60, examples=["P3D"], description="How far ahead, as an ISO 8601 duration of whole numbers."),
    ] = None
    to: Annotated[TimeIn | None, Field(description="The moment it is to show next.")] = None


class ClockOut(Out):
    """The time of a business."""

    now: Annotated[TimeOut, Field(description="What its clock shows.")]
    is_test: Annotated[bool, Field(description="Whether its clock can be moved.")]
    ahead_seconds: Annotated[int, Field(description="How far it is ahead of the real time, in whole seconds.")]
    caught_up_to: Annotated[
        TimeOut | None,
        Field(
            description="All that fell due until then is done; soon after a move it is no earlier than the moment of it."
        ),
    ]


@clock_routes.get("/clock", needs="settings:read", answers={200: ClockOut})
def get_one_clock(request: ApiRequest) -> Answer:
    """Read the clock of the business, and how far what fell due was done."""
    return answer(present_clock(get_clock(request.actor.chain_id, real=real_now())))


@clock_routes.post("/clock", needs="settings:write", answers={200: ClockOut}, refuses=[NotATestChain, ClockBackwards])
def move_one_clock(request: ApiRequest, body: ClockIn) -> Answer:
    """Move the clock of a test business ahead.

    Days and months go by the calendar of the business. Whatever falls due on the way is done in the background, day by
    day; `caught_up_to` tells how far it is. A clock is never moved back, and never more than 50 years ahead.
    """
    forward = Forward(advance=body.advance, to=body.to)
    return answer(present_clock(move_clock(request.actor, forward, real=real_now(), defer=defer_catch_up)))


def present_clock(clock: ChainClock) -> dict[str, Any]:
    """The clock as the API shows it."""
    return {
        "now": clock.now,
        "is_test": clock.is_test,
        "ahead_seconds": int(clock.ahead.total_seconds()),
        "caught_up_to": clock.caught_up_to,
    }
