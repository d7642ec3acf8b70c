"""Routes of staff, invitations and API keys."""

from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from pydantic import Field

from regulars.chains.queries import find_location
from regulars.kernel.ids import encode
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.actor import ALL_RIGHTS
from regulars.platform.api.answers import Answer, answer, created, nothing
from regulars.platform.api.fields import AmountOut, EmailIn, In, Out, ReferenceIn, TimeOut, WholeIn
from regulars.platform.api.listing import whole_list
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version
from regulars.platform.clock import real_now
from regulars.staff.actions.invitations import invite_staff, revoke_invitation
from regulars.staff.actions.keys import create_key, regenerate_key, revoke_key
from regulars.staff.actions.people import change_staff, disable_staff, enable_staff
from regulars.staff.errors import AlreadyStaff, BeyondYourRights, LastOwner, NotYourself
from regulars.staff.queries import (
    InvitationView,
    KeyView,
    StaffView,
    access_key,
    access_staff,
    list_invitations,
    list_keys,
    list_staff,
)
from regulars.staff.rules import SEPARATE_RIGHTS, PlaceDraft

routes = Routes("Staff")

Role = Literal["owner", "manager", "marketer", "cashier", "analyst"]
LocationsIn = Annotated[list[ReferenceIn] | None, Field(max_length=1000, description="Null: every location.")]
RightsIn = Annotated[
    list[Annotated[str, Field(max_length=40)]] | None,
    Field(max_length=50, description="The separate rights this person has; left out: those of the role."),
]
ScopesIn = Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=50, examples=[["cards:read"]])]


class StaffChange(In):
    """Fields to change; those left out stay."""

    role: Role | None = None
    rights: RightsIn = None
    locations: LocationsIn = None
    adjust_limit: Annotated[
        WholeIn | None, Field(description="The most that one change of a balance by hand may move; null: no limit.")
    ] = None


class StaffOut(Out):
    """A person of the staff."""

    id: Annotated[str, Field(examples=["stf_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    name: str
    email: str
    role: Role
    rights: list[str]
    locations: list[str] | None
    adjust_limit: AmountOut | None
    disabled_at: TimeOut | None
    last_seen_at: TimeOut | None
    version: int


class StaffList(Out):
    """Everybody, by name."""

    items: list[StaffOut]
    next_cursor: str | None


class InvitationIn(In):
    """Somebody to invite."""

    email: EmailIn
    role: Role
    locations: LocationsIn = None


class InvitationOut(Out):
    """An invitation that waits."""

    id: str
    email: str
    role: Role
    locations: list[str] | None
    expires_at: TimeOut
    created_at: TimeOut


class NewInvitationOut(InvitationOut):
    """An invitation with its link, which is shown this once."""

    link: str


class InvitationList(Out):
    """Open invitations, newest first."""

    items: list[InvitationOut]
    next_cursor: str | None


class KeyIn(In):
    """A key to make; it acts as the staff login of the key that makes it."""

    name: Annotated[str, Field(min_length=1, max_length=120, examples=["Till 7"])]
    scopes: ScopesIn


class KeyOut(Out):
    """An API key, without its text."""

    id: str
    name: str
    start: Annotated[str, Field(description="How its text begins.", examples=["rk_3f2a"])]
    scopes: list[str]
    staff: str
    last_used_at: TimeOut | None
    revoked_at: TimeOut | None
    created_at: TimeOut


class NewKeyOut(KeyOut):
    """An API key with its text, which is shown this once."""

    key: Annotated[str, Field(examples=["rk_…"])]


class KeyList(Out):
    """API keys, newest first."""

    items: list[KeyOut]
    next_cursor: str | None


@routes.get("/staff", needs="staff:write", answers={200: StaffList})
def list_all_staff(request: ApiRequest) -> Answer:
    """List the staff."""
    return answer(whole_list(map(present_staff, list_staff(request.actor))))


@routes.get("/staff/invitations", needs="staff:write", answers={200: InvitationList})
def list_open_invitations(request: ApiRequest) -> Answer:
    """List invitations that can still be accepted."""
    return answer(whole_list(map(present_invitation, list_invitations(request.actor, now=real_now()))))


@routes.post(
    "/staff/invitations",
    needs="staff:write",
    answers={201: NewInvitationOut},
    refuses=[AlreadyStaff, BeyondYourRights],
    key="none",
)
def invite_one(request: ApiRequest, body: InvitationIn) -> Answer:
    """Invite somebody; an earlier invitation for the same e-mail ends.

    The link is shown this once and not sent. It takes no Idempotency-Key, for nothing of a secret is kept.
    """
    place = PlaceDraft(role=body.role, location_ids=_locations(request, body.locations))
    made = invite_staff(request.actor, email=body.email, place=place, now=real_now())
    link = settings.URL + reverse("staff:invitation", args=[made.token])
    return created(present_invitation(made.view) | {"link": link})


@routes.delete("/staff/invitations/{invitation}", needs="staff:write", answers={204: None})
def revoke_one_invitation(request: ApiRequest, invitation: str) -> Answer:
    """Make an invitation's link worthless."""
    revoke_invitation(request.actor, check_reference(invitation), now=real_now())
    return nothing()


@routes.get("/staff/{person}", needs="staff:write", answers={200: StaffOut})
def get_staff(request: ApiRequest, person: str) -> Answer:
    """Read one person of the staff."""
    found = access_staff(request.actor, check_reference(person))
    return answer(present_staff(found), version=found.version)


@routes.patch("/staff/{person}", needs="staff:write", answers={200: StaffOut}, refuses=[BeyondYourRights, LastOwner])
def change_one_person(request: ApiRequest, person: str, body: StaffChange) -> Answer:
    """Give somebody another role, other separate rights or other locations."""
    before = access_staff(request.actor, check_reference(person))
    sent = body.model_fields_set
    role = body.role or before.role
    kept_rights = None if body.role and body.role != before.role else before.rights & frozenset(SEPARATE_RIGHTS)
    place = PlaceDraft(
        role=role,
        separate_rights=frozenset(body.rights) if body.rights is not None else kept_rights,
        location_ids=_locations(request, body.locations) if "locations" in sent else before.location_ids,
        adjust_limit=body.adjust_limit if "adjust_limit" in sent else "keep",
    )
    changed = change_staff(
        request.actor, encode("stf", before.id), place, version=expected_version(request), now=real_now()
    )
    return answer(present_staff(changed), version=changed.version)


@routes.post(
    "/staff/{person}/disable",
    needs="staff:write",
    answers={200: StaffOut},
    refuses=[BeyondYourRights, LastOwner, NotYourself],
)
def disable_one_person(request: ApiRequest, person: str) -> Answer:
    """End somebody's work here at once; what they did stays theirs."""
    return answer(present_staff(disable_staff(request.actor, check_reference(person), now=real_now())))


@routes.post("/staff/{person}/enable", needs="staff:write", answers={200: StaffOut}, refuses=[BeyondYourRights])
def enable_one_person(request: ApiRequest, person: str) -> Answer:
    """Let somebody work here again; their keys stay revoked."""
    return answer(present_staff(enable_staff(request.actor, check_reference(person), now=real_now())))


@routes.get("/keys", needs="keys:write", answers={200: KeyList})
def list_all_keys(request: ApiRequest) -> Answer:
    """List the API keys, those that are revoked too."""
    return answer(whole_list(map(present_key, list_keys(request.actor))))


@routes.post("/keys", needs="keys:write", answers={201: NewKeyOut}, key="none")
def create_one_key(request: ApiRequest, body: KeyIn) -> Answer:
    """Make an API key; its text is shown this once.

    It can have no scope that the key which makes it does not have. It takes no Idempotency-Key, for nothing of a
    secret is kept.
    """
    for scope in sorted(set(body.scopes) & ALL_RIGHTS):
        request.actor.require(scope)
    made = create_key(request.actor, name=body.name, scopes=body.scopes, now=real_now())
    return created(present_key(made.view) | {"key": made.key})


@routes.post("/keys/{key}/regenerate", needs="keys:write", answers={200: NewKeyOut}, key="none")
def regenerate_one_key(request: ApiRequest, key: str) -> Answer:
    """Give a key a new text; the old one ends with this answer."""
    for scope in access_key(request.actor, check_reference(key)).scopes:
        request.actor.require(scope)
    made = regenerate_key(request.actor, key, now=real_now())
    return answer(present_key(made.view) | {"key": made.key})


@routes.delete("/keys/{key}", needs="keys:write", answers={200: KeyOut})
def revoke_one_key(request: ApiRequest, key: str) -> Answer:
    """Revoke a key; it ends with this answer."""
    return answer(present_key(revoke_key(request.actor, check_reference(key), now=real_now())))


def _locations(request: ApiRequest, named: list[str] | None) -> frozenset[UUID] | None:
    if named is None:
        return None
    found = [find_location(request.actor, check_reference(text)) for text in named]
    problems = tuple(
        FieldProblem(f"/locations/{index}", "unknown_location", _("There is no such location."))
        for index, place in enumerate(found)
        if place is None
    )
    if problems:
        raise Refused(Invalid(errors=problems))
    return frozenset(place.id for place in found if place)


def present_staff(person: StaffView) -> dict[str, Any]:
    """A person as the API writes them."""
    return {
        "id": encode("stf", person.id),
        "name": person.name,
        "email": person.email,
        "role": person.role,
        "rights": sorted(person.rights),
        "locations": _location_names(person.location_ids),
        "adjust_limit": person.adjust_limit,
        "disabled_at": person.disabled_at,
        "last_seen_at": person.last_seen_at,
        "version": person.version,
    }


def present_invitation(invitation: InvitationView) -> dict[str, Any]:
    """An invitation as the API writes it."""
    return {
        "id": encode("inv", invitation.id),
        "email": invitation.email,
        "role": invitation.role,
        "locations": _location_names(invitation.location_ids),
        "expires_at": invitation.expires_at,
        "created_at": invitation.created_at,
    }


def present_key(key: KeyView) -> dict[str, Any]:
    """An API key as the API writes it."""
    return {
        "id": encode("key", key.id),
        "name": key.name,
        "start": key.start,
        "scopes": list(key.scopes),
        "staff": encode("stf", key.staff_id),
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
        "created_at": key.created_at,
    }


def _location_names(location_ids: frozenset[UUID] | None) -> list[str] | None:
    return None if location_ids is None else sorted(encode("loc", place) for place in location_ids)
