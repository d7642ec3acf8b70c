"""Changing what somebody may do, and ending it (ORG-2)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from regulars.chains.queries import list_locations
from regulars.kernel.refusal import ChangedMeanwhile, Invalid, Refused
from regulars.platform.actor import Actor, rights_of
from regulars.platform.audit import changed_only, record
from regulars.platform.database import enter_chain, unit_of_work
from regulars.staff import rules
from regulars.staff.actions.logins import end_sessions
from regulars.staff.errors import BeyondYourRights, LastOwner, NotYourself
from regulars.staff.models import ApiKey, Staff, TillPin
from regulars.staff.queries import StaffView, access_staff, list_places, view_staff
from regulars.staff.rules import PlaceDraft, Reach


def change_staff(actor: Actor, identifier: str, place: PlaceDraft, *, version: int | None, now: datetime) -> StaffView:
    """Give somebody another role, other separate rights, other locations.

    Refuses: Forbidden, NotFound, Invalid, ChangedMeanwhile, BeyondYourRights, LastOwner.
    """
    actor.require("staff:write")
    with unit_of_work(actor.chain_id):
        found = _lock(actor, identifier)
        if version is not None and found.version != version:
            raise Refused(ChangedMeanwhile())
        known = [location.id for location in list_locations(actor, archived=True)]
        problems = rules.check_place(place, known)
        if problems:
            raise Refused(Invalid(errors=tuple(problems)))
        before = _facts(found)
        added, removed = rules.split_rights(
            rights_of(place.role, (), ()), place.separate_rights, is_owner=place.role == "owner"
        )
        found.role = place.role
        found.rights_added, found.rights_removed = sorted(added), sorted(removed)
        found.location_ids = None if place.location_ids is None else sorted(place.location_ids)
        if place.adjust_limit != "keep":
            found.adjust_limit = None if place.adjust_limit is None else str(place.adjust_limit)
        _refuse_beyond(actor, found)
        _refuse_without_owner(actor, found)
        before, after = changed_only(before, _facts(found))
        if after:
            _save(actor, found, "staff.changed", before=before, after=after, now=now)
        return view_staff(found)


def disable_staff(actor: Actor, identifier: str, *, now: datetime) -> StaffView:
    """End somebody's work here at once: pages, sessions, keys and the PIN for the till; what they did stays theirs.

    Refuses: Forbidden, NotFound, BeyondYourRights, LastOwner, NotYourself.
    """
    actor.require("staff:write")
    with unit_of_work(actor.chain_id):
        found = _lock(actor, identifier)
        if found.id == actor.staff_id:
            raise Refused(NotYourself())
        if found.disabled_at is None:
            found.disabled_at = now
            _refuse_without_owner(actor, found)
            ApiKey.objects.filter(chain_id=actor.chain_id, staff=found, revoked_at=None).update(revoked_at=now)
            TillPin.objects.filter(chain_id=actor.chain_id, staff=found).delete()
            _save(actor, found, "staff.disabled", before={"disabled_at": None}, after={"disabled_at": now}, now=now)
            _end_sessions_of_homeless(actor, found.login_id, now)
        return view_staff(found)


def enable_staff(actor: Actor, identifier: str, *, now: datetime) -> StaffView:
    """Let somebody work here again, in the role they had; their keys stay revoked, and a PIN is theirs to set anew.

    Refuses: Forbidden, NotFound, BeyondYourRights.
    """
    actor.require("staff:write")
    with unit_of_work(actor.chain_id):
        found = _lock(actor, identifier)
        if found.disabled_at is not None:
            before = {"disabled_at": found.disabled_at}
            found.disabled_at = None
            _save(actor, found, "staff.enabled", before=before, after={"disabled_at": None}, now=now)
        return view_staff(found)


def hide_set_up_list(actor: Actor, *, hidden: bool) -> None:
    """Take the set-up list off somebody's home page, or bring it back; a matter of taste, so no audit entry."""
    assert actor.staff_id is not None, "only people have a home page"
    with unit_of_work(actor.chain_id):
        Staff.objects.filter(chain_id=actor.chain_id, id=actor.staff_id).update(set_up_hidden=hidden)


def _lock(actor: Actor, identifier: str) -> Staff:
    """Lock a person and, so that two owners cannot disable each other at once, all owners of the chain."""
    staff_id = access_staff(actor, identifier).id
    locked = (
        Staff.objects.select_for_update(no_key=True, of=("self",))
        .filter(chain_id=actor.chain_id)
        .order_by("id")
        .select_related("login")
    )
    people = {one.id: one for one in locked.filter(role="owner") | locked.filter(id=staff_id)}
    found = people[staff_id]
    _refuse_beyond(actor, found)
    return found


def _refuse_beyond(actor: Actor, found: Staff) -> None:
    """Refuse where somebody has, or gets, more than who changes them."""
    if not Reach(rights=actor.rights, location_ids=actor.location_ids).covers(view_staff(found).reach):
        raise Refused(BeyondYourRights())


def _refuse_without_owner(actor: Actor, changed: Staff) -> None:
    if changed.role == "owner" and changed.disabled_at is None:
        return
    owners = Staff.objects.filter(chain_id=actor.chain_id, role="owner", disabled_at=None).exclude(id=changed.id)
    if not owners.exists():
        raise Refused(LastOwner())


def _end_sessions_of_homeless(actor: Actor, login_id: UUID, now: datetime) -> None:
    """End the sessions of a login that has no place left in any chain; elsewhere it may go on working."""
    if not list_places(login_id):
        enter_chain(actor.chain_id, login_id=login_id)
        end_sessions(login_id, now=now)


def _save(
    actor: Actor, found: Staff, verb: str, *, before: dict[str, Any], after: dict[str, Any], now: datetime
) -> None:
    found.version += 1
    found.save()
    record(actor, verb=verb, object_kind="staff", object_id=found.id, now=now, before=before, after=after)


def _facts(row: Staff) -> dict[str, Any]:
    return {
        "role": row.role,
        "rights_added": sorted(row.rights_added),
        "rights_removed": sorted(row.rights_removed),
        "adjust_limit": row.adjust_limit,
        "locations": None if row.location_ids is None else sorted(map(str, row.location_ids)),
    }
