"""Writes of chains and locations (ORG-1)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Count, Q

from regulars.chains import rules
from regulars.chains.errors import CurrencyInUse, LastLocation
from regulars.chains.events import CHAIN_CHANGED, PLACES_CHANGED
from regulars.chains.models import Chain, Location
from regulars.chains.queries import LocationView, access_location, has_programs, view_chain, view_location
from regulars.chains.rules import ChainDraft, LocationDraft
from regulars.kernel.ids import encode, new_id
from regulars.kernel.refusal import ChangedMeanwhile, ExternalIdTaken, NotFound, Refused
from regulars.kernel.text import one_line
from regulars.platform.actor import Actor, system_actor
from regulars.platform.audit import changed_only, record
from regulars.platform.database import unit_of_work
from regulars.platform.events import announce
from regulars.platform.tenancy import ChainSettings


def create_chain(draft: ChainDraft, *, now: datetime, is_sample: bool = False, is_test: bool = False) -> ChainSettings:
    """Make a chain with its first location, which bears the chain's name. Refuses: Invalid."""
    chain_id = new_id()
    with unit_of_work(chain_id):
        return insert_chain(system_actor(chain_id), draft, now=now, is_sample=is_sample, is_test=is_test)


def insert_chain(
    actor: Actor, draft: ChainDraft, *, now: datetime, is_sample: bool = False, is_test: bool = False
) -> ChainSettings:
    """Make the chain `actor.chain_id` with its first location inside the running unit of work. Refuses: Invalid."""
    draft = rules.complete(draft)
    problem = rules.check_chain(draft)
    if problem:
        raise Refused(problem)
    made = Chain.objects.create(
        id=actor.chain_id,
        name=draft.name,
        country=draft.country,
        currency=draft.currency,
        time_zone=draft.time_zone,
        language=draft.language,
        accent=draft.accent,
        trade=draft.trade,
        prices_include_tax=draft.prices_include_tax is not False,
        is_sample=is_sample,
        is_test=is_test,
        caught_up_to=now,
    )
    record(actor, verb="chain.created", object_kind="chain", object_id=made.id, now=now, after=_chain_facts(made))
    _insert_location(actor, LocationDraft(name=draft.name, time_zone=draft.time_zone), now=now)
    return view_chain(made, location_count=1)


def change_chain(actor: Actor, draft: ChainDraft, *, version: int | None, now: datetime) -> ChainSettings:
    """Write what a chain is called, where it is and how it looks.

    `version` is the one that was read, None to write over whatever is there. Refuses: Forbidden, Invalid,
    ChangedMeanwhile, CurrencyInUse.
    """
    actor.require("settings:write")
    draft = rules.complete(draft)
    problem = rules.check_chain(draft)
    if problem:
        raise Refused(problem)
    with unit_of_work(actor.chain_id):
        found = Chain.objects.select_for_update(no_key=True).filter(id=actor.chain_id).first()
        if found is None:
            raise Refused(NotFound())
        if version is not None and found.version != version:
            raise Refused(ChangedMeanwhile())
        if found.currency != draft.currency and has_programs(actor.chain_id):
            raise Refused(CurrencyInUse(currency=found.currency))
        before = _chain_facts(found)
        for name in ("name", "country", "currency", "time_zone", "language", "accent", "trade"):
            setattr(found, name, getattr(draft, name))
        if draft.prices_include_tax is not None:
            found.prices_include_tax = draft.prices_include_tax
        before, after = changed_only(before, _chain_facts(found))
        if after:
            found.version += 1
            found.save()
            record(
                actor,
                verb="chain.changed",
                object_kind="chain",
                object_id=found.id,
                now=now,
                before=before,
                after=after,
            )
            announce(found.id, CHAIN_CHANGED, now=now, payload={"changed": sorted(after)})
        open_locations = Location.objects.filter(chain_id=found.id, archived_at=None).aggregate(n=Count("id"))["n"]
        return view_chain(found, location_count=open_locations)


def create_location(actor: Actor, draft: LocationDraft, *, now: datetime) -> LocationView:
    """Open a place of business. Refuses: Forbidden, Invalid, ExternalIdTaken."""
    actor.require("settings:write")
    problem = rules.check_location(draft)
    if problem:
        raise Refused(problem)
    with _refusing_twins(draft.external_id), unit_of_work(actor.chain_id):
        made = _insert_location(actor, draft, now=now)
        _tell_place(actor, made.id, None, _place(made), now=now)
        return made


def change_location(
    actor: Actor, identifier: str, draft: LocationDraft, *, version: int | None, now: datetime
) -> LocationView:
    """Write what a location is called and where it is.

    Refuses: Forbidden, Invalid, NotFound, ChangedMeanwhile, ExternalIdTaken.
    """
    actor.require("settings:write")
    problem = rules.check_location(draft)
    if problem:
        raise Refused(problem)
    with _refusing_twins(draft.external_id), unit_of_work(actor.chain_id):
        found = _lock_location(actor, identifier)
        if version is not None and found.version != version:
            raise Refused(ChangedMeanwhile())
        _refuse_taken(actor, draft.external_id, but=found.id)
        before, place = _location_facts(found), _place(view_location(found))
        found.name = one_line(draft.name)
        found.external_id = draft.external_id
        found.address = draft.address.strip()
        found.latitude, found.longitude = draft.latitude, draft.longitude
        found.time_zone = draft.time_zone or found.time_zone
        before, after = changed_only(before, _location_facts(found))
        if after:
            _save(actor, found, "location.changed", before=before, after=after, now=now)
            _tell_place(actor, found.id, place, _place(view_location(found)), now=now)
        return view_location(found)


def archive_location(actor: Actor, identifier: str, *, now: datetime) -> LocationView:
    """Close a location: it is offered nowhere any more, its history stays. Refuses: Forbidden, NotFound, LastLocation."""
    actor.require("settings:write")
    with unit_of_work(actor.chain_id):
        # The chain's row is the lock that two people closing the last two locations meet at.
        Chain.objects.select_for_update(no_key=True).get(id=actor.chain_id)
        found = _lock_location(actor, identifier)
        if found.archived_at is None:
            others = Location.objects.filter(Q(chain_id=actor.chain_id, archived_at=None) & ~Q(id=found.id))
            if not others.exists():
                raise Refused(LastLocation())
            place, found.archived_at = _place(view_location(found)), now
            _save(actor, found, "location.archived", before={"archived_at": None}, after={"archived_at": now}, now=now)
            _tell_place(actor, found.id, place, None, now=now)
        return view_location(found)


def restore_location(actor: Actor, identifier: str, *, now: datetime) -> LocationView:
    """Open a closed location again. Refuses: Forbidden, NotFound."""
    actor.require("settings:write")
    with unit_of_work(actor.chain_id):
        found = _lock_location(actor, identifier)
        if found.archived_at is not None:
            before = {"archived_at": found.archived_at}
            found.archived_at = None
            _save(actor, found, "location.restored", before=before, after={"archived_at": None}, now=now)
            _tell_place(actor, found.id, None, _place(view_location(found)), now=now)
        return view_location(found)


def _insert_location(actor: Actor, draft: LocationDraft, *, now: datetime) -> LocationView:
    _refuse_taken(actor, draft.external_id)
    time_zone = draft.time_zone or Chain.objects.values_list("time_zone", flat=True).get(id=actor.chain_id)
    made = Location.objects.create(
        chain_id=actor.chain_id,
        name=one_line(draft.name),
        external_id=draft.external_id,
        time_zone=time_zone,
        address=draft.address.strip(),
        latitude=draft.latitude,
        longitude=draft.longitude,
        created_at=now,
    )
    after = _location_facts(made)
    record(actor, verb="location.created", object_kind="location", object_id=made.id, now=now, after=after)
    return view_location(made)


Place = tuple[str, float, float]


def _place(view: LocationView) -> Place | None:
    """How people find a location on the earth; None where they do not: it is closed, or nobody said where it is."""
    if view.archived_at is not None or view.latitude is None or view.longitude is None:
        return None
    return view.name, view.latitude, view.longitude


def _tell_place(actor: Actor, location_id: UUID, before: Place | None, after: Place | None, *, now: datetime) -> None:
    """Announce that people find it elsewhere, if they do: an address or a time zone alone moves nothing."""
    if before != after:
        announce(actor.chain_id, PLACES_CHANGED, now=now, payload={"location": encode("loc", location_id)})


def _lock_location(actor: Actor, identifier: str) -> Location:
    location_id = access_location(actor, identifier).id
    return Location.objects.select_for_update(no_key=True).get(id=location_id)


@contextmanager
def _refusing_twins(external_id: str | None) -> Iterator[None]:
    """Refuse the external id that somebody else entered at the same instant, which only the constraint can see."""
    try:
        yield
    except IntegrityError as problem:
        if "location_external_id" not in str(problem):
            raise
        raise Refused(ExternalIdTaken(external_id=external_id or "")) from problem


def _refuse_taken(actor: Actor, external_id: str | None, *, but: UUID | None = None) -> None:
    taken = Location.objects.filter(chain_id=actor.chain_id, external_id=external_id)
    if external_id is not None and any(line.id != but for line in taken):
        raise Refused(ExternalIdTaken(external_id=external_id))


def _save(
    actor: Actor, found: Location, verb: str, *, before: dict[str, Any], after: dict[str, Any], now: datetime
) -> None:
    found.version += 1
    found.save()
    record(
        actor,
        verb=verb,
        object_kind="location",
        object_id=found.id,
        now=now,
        before=before,
        after=after,
        location_id=found.id,
    )


def _chain_facts(row: Chain) -> dict[str, Any]:
    names = (
        "name", "country", "currency", "time_zone", "language", "accent", "trade", "prices_include_tax", "is_sample", "is_test"
    )  # fmt: skip
    return {name: getattr(row, name) for name in names}


def _location_facts(row: Location) -> dict[str, Any]:
    names = ("name", "external_id", "time_zone", "address", "latitude", "longitude")
    return {name: getattr(row, name) for name in names}
