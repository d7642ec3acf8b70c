"""Routes of locations."""

from typing import Annotated, Any

from ninja import Query
from pydantic import Field

from regulars.chains.actions import archive_location, change_location, create_location, restore_location
from regulars.chains.errors import LastLocation
from regulars.chains.queries import LocationView, access_location, list_locations
from regulars.chains.rules import LocationDraft
from regulars.kernel.ids import encode
from regulars.kernel.refusal import ExternalIdTaken
from regulars.platform.api.answers import Answer, answer, created
from regulars.platform.api.fields import ExternalIdIn, Filters, Flag, In, Out, TimeOut
from regulars.platform.api.listing import whole_list
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version

routes = Routes("Locations")

NameIn = Annotated[str, Field(min_length=1, max_length=120, examples=["Ku’damm"])]
ZoneIn = Annotated[str, Field(max_length=64, examples=["Europe/Berlin"], description="IANA time zone.")]
AddressIn = Annotated[str, Field(max_length=500, examples=["Kurfürstendamm 21, 10719 Berlin"])]


class LocationFilters(Filters):
    """Which locations."""

    archived: Annotated[Flag, Field(description="Closed locations too.")] = False


class LocationIn(In):
    """A location to open."""

    name: NameIn
    external_id: ExternalIdIn | None = None
    time_zone: Annotated[ZoneIn | None, Field(description="The chain's own where it is left out.")] = None
    address: AddressIn = ""


class LocationChange(In):
    """Fields to change; those left out stay."""

    name: NameIn | None = None
    external_id: ExternalIdIn | None = None
    time_zone: ZoneIn | None = None
    address: AddressIn | None = None


class LocationOut(Out):
    """A place of business."""

    id: Annotated[str, Field(examples=["loc_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    external_id: str | None
    name: str
    time_zone: str
    address: str
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
        name=body.name, external_id=body.external_id, time_zone=body.time_zone or "", address=body.address
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

    Fields that are left out stay as they are; `external_id` is taken away with null.
    """
    now_there = access_location(request.actor, check_reference(location))
    sent = body.model_fields_set
    draft = LocationDraft(
        name=body.name or now_there.name,
        external_id=body.external_id if "external_id" in sent else now_there.external_id,
        time_zone=body.time_zone or now_there.time_zone,
        address=now_there.address if body.address is None else body.address,
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
        "archived_at": location.archived_at,
        "version": location.version,
    }
