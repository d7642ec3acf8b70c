"""Invitations: a link by which somebody becomes staff (ORG-3)."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Q

from regulars.chains.queries import list_locations
from regulars.kernel.ids import decode, new_id
from regulars.kernel.refusal import Invalid, NotFound, Refused
from regulars.kernel.text import email_key, has_forbidden
from regulars.platform.actor import Actor, rights_of
from regulars.platform.audit import record
from regulars.platform.database import row, unit_of_work
from regulars.staff import rules
from regulars.staff.actions.logins import (
    NewLogin,
    SignedIn,
    begin_session,
    check_new_login,
    hash_password,
    insert_login,
    person,
)
from regulars.staff.errors import AlreadyStaff, BeyondYourRights, InvitationInvalid, InvitedAnother, SignInFirst
from regulars.staff.models import Invitation, Login, Staff
from regulars.staff.queries import InvitationView, find_login_id, view_invitation
from regulars.staff.rules import PlaceDraft, Reach

LIFETIME: Final = timedelta(days=7)
TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeInvitation:
    """An invitation with the token of its link, which exists only here."""

    view: InvitationView
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundInvitation:
    """What a link leads to, for the page that asks whether to accept."""

    chain_id: UUID
    chain_name: str
    email: str
    role: str
    login_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A place that somebody has just taken; `session` is None for who was signed in already."""

    chain_id: UUID
    staff_id: UUID
    session: SignedIn | None


def invite_staff(actor: Actor, *, email: str, place: PlaceDraft, now: datetime) -> MadeInvitation:
    """Make an invitation; an earlier one for the same e-mail ends. Refuses: Forbidden, Invalid, AlreadyStaff,
    BeyondYourRights.
    """
    actor.require("staff:write")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with unit_of_work(actor.chain_id):
        known = [location.id for location in list_locations(actor, archived=True)]
        problems = [*rules.check_email(email, "/email"), *rules.check_place(place, known)]
        if problems:
            raise Refused(Invalid(errors=tuple(problems)))
        reach = Reach(rights=rights_of(place.role, (), ()), location_ids=place.location_ids)
        if not Reach(rights=actor.rights, location_ids=actor.location_ids).covers(reach):
            raise Refused(BeyondYourRights())
        login_id = find_login_id(email)
        working = Staff.objects.filter(chain_id=actor.chain_id, disabled_at=None)
        if login_id is not None and working.filter(login_id=login_id).exists():
            raise Refused(AlreadyStaff(email=email_key(email)))
        Invitation.objects.filter(
            chain_id=actor.chain_id, email=email_key(email), accepted_at=None, revoked_at=None
        ).update(revoked_at=now)
        made = Invitation.objects.create(
            chain_id=actor.chain_id,
            email=email_key(email),
            role=place.role,
            location_ids=None if place.location_ids is None else sorted(place.location_ids),
            token_hash=token_hash(token),
            invited_by=actor.staff_id,
            expires_at=now + LIFETIME,
        )
        after = {"email": made.email, "role": made.role, "locations": made.location_ids}
        record(actor, verb="staff.invited", object_kind="invitation", object_id=made.id, now=now, after=after)
        return MadeInvitation(view=view_invitation(made), token=token)


def revoke_invitation(actor: Actor, identifier: str, *, now: datetime) -> None:
    """Make a link worthless that nobody has used. Refuses: Forbidden, NotFound."""
    actor.require("staff:write")
    with unit_of_work(actor.chain_id):
        wanted = decode("inv", identifier)
        found = wanted and Invitation.objects.filter(chain_id=actor.chain_id, id=wanted).first()
        if not found:
            raise Refused(NotFound())
        still_open = Q(id=found.id, accepted_at=None, revoked_at=None)
        if Invitation.objects.filter(still_open).update(revoked_at=now):
            after = {"email": found.email}
            record(actor, verb="staff.uninvited", object_kind="invitation", object_id=found.id, now=now, after=after)


def find_invitation(token: str, *, now: datetime) -> FoundInvitation:
    """What this link offers. Refuses: InvitationInvalid. Changes nothing."""
    chain_id, invitation_id = _through_the_door(token)
    with unit_of_work(chain_id):
        found = Invitation.objects.select_related("chain").filter(id=invitation_id).first()
        if found is None or not _is_open(found, now):
            raise Refused(InvitationInvalid())
        return FoundInvitation(
            chain_id=chain_id,
            chain_name=found.chain.name,
            email=found.email,
            role=found.role,
            login_id=find_login_id(found.email),
        )


def accept_invitation(
    token: str,
    *,
    name: str = "",
    password: str = "",
    language: str = "en",
    signed_in_as: UUID | None = None,
    address: str = "",
    device: str = "",
    now: datetime,
) -> Accepted:
    """Take the offered place: with the login that is signed in, else with a new one for the invited e-mail.

    However many hold the link, one of them gets the place. Refuses: InvitationInvalid, InvitedAnother, SignInFirst,
    Invalid (name, password).
    """
    offer = find_invitation(token, now=now)
    if signed_in_as is not None and signed_in_as != offer.login_id:
        raise Refused(InvitedAnother(email=offer.email))
    if signed_in_as is None and offer.login_id is not None:
        raise Refused(SignInFirst(email=offer.email))
    draft = NewLogin(email=offer.email, password=password, name=name, language=language)
    encoded = ""
    if offer.login_id is None:
        check_new_login(draft)
        encoded = hash_password(password)
    login_id = offer.login_id or new_id()
    try:
        with unit_of_work(offer.chain_id, login_id=login_id):
            invitation = Invitation.objects.select_for_update().get(token_hash=token_hash(token))
            if not _is_open(invitation, now):
                raise Refused(InvitationInvalid())
            invitation.accepted_at = now
            invitation.save(update_fields=["accepted_at"])
            if encoded:
                login = insert_login(draft, login_id=login_id, password_hash=encoded)
            else:
                login = Login.objects.get(id=login_id)
            staff = _take_place(invitation, login)
            session = begin_session(login, address=address, device=device, now=now) if encoded else None
            who = person(offer.chain_id, staff_id=staff.id, login_id=login.id, address=address)
            after = {"email": login.email, "role": staff.role, "invitation": invitation.id}
            record(who, verb="staff.joined", object_kind="staff", object_id=staff.id, now=now, after=after)
    except IntegrityError as problem:
        # The same person accepted an invitation of another chain at the same instant, and has a login since.
        raise Refused(SignInFirst(email=offer.email)) from problem
    return Accepted(chain_id=offer.chain_id, staff_id=staff.id, session=session)


def token_hash(token: str) -> bytes:
    """How tokens of links are stored: they are long and random, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _take_place(invitation: Invitation, login: Login) -> Staff:
    """Make the login staff of the chain; who was disabled before keeps their history and comes back in the new role."""
    staff, _ = Staff.objects.update_or_create(
        chain_id=invitation.chain_id,
        login=login,
        defaults={
            "role": invitation.role,
            "location_ids": invitation.location_ids,
            "rights_added": [],
            "rights_removed": [],
            "disabled_at": None,
        },
    )
    return staff


def _is_open(invitation: Invitation, now: datetime) -> bool:
    return invitation.accepted_at is None and invitation.revoked_at is None and invitation.expires_at > now


def _through_the_door(token: str) -> tuple[UUID, UUID]:
    if has_forbidden(token):
        raise Refused(InvitationInvalid())
    found = row("SELECT chain_id, id FROM door_invitation(%s)", [token_hash(token)])
    if found is None:
        raise Refused(InvitationInvalid())
    return found[0], found[1]
