"""Reads of logins, staff, invitations and API keys; values, scoped to the chain of the running unit of work."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.kernel.text import email_key, has_forbidden
from regulars.platform.actor import Actor, rights_of
from regulars.platform.database import row, rows
from regulars.staff.models import ApiKey, Invitation, LoginSession, Notification, Staff, TillPin
from regulars.staff.rules import Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffView:
    """A person of the chain's staff."""

    id: UUID
    login_id: UUID
    email: str
    name: str
    role: str
    rights: frozenset[str]
    location_ids: frozenset[UUID] | None
    adjust_limit: str | None
    disabled_at: datetime | None
    last_seen_at: datetime | None
    version: int

    @property
    def reach(self) -> Reach:
        """How far this person's hand goes."""
        return Reach(rights=self.rights, location_ids=self.location_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationView:
    """An invitation that waits."""

    id: UUID
    email: str
    role: str
    location_ids: frozenset[UUID] | None
    expires_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """An API key as its owner sees it after the first time: everything but the key."""

    id: UUID
    name: str
    start: str
    scopes: tuple[str, ...]
    staff_id: UUID
    staff_name: str
    last_used_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A device on which a login is signed in."""

    id: UUID
    device: str
    address: str
    last_seen_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a login may work."""

    chain_id: UUID
    staff_id: UUID


def find_login_id(email: str) -> UUID | None:
    """The login with this e-mail in any notation, wherever it belongs; tells nothing else about it."""
    if has_forbidden(email):
        return None
    found = row("SELECT door_login(%s)", [email_key(email)])
    return found[0] if found else None


def list_places(login_id: UUID) -> list[Place]:
    """The chains a login may work in, real ones first; needs no unit of work."""
    return [Place(*line) for line in rows("SELECT chain_id, staff_id FROM door_staff_of_login(%s)", [login_id])]


def has_logins() -> bool:
    """Whether anybody can sign in at all; needs no unit of work."""
    found = row("SELECT door_has_logins()")
    return bool(found and found[0])


def list_staff(actor: Actor) -> list[StaffView]:
    """Everybody of the chain, by name, those whose login is disabled last."""
    found = Staff.objects.filter(chain_id=actor.chain_id).select_related("login")
    views = [view_staff(line) for line in found]
    return sorted(views, key=lambda one: (one.disabled_at is not None, one.name.casefold(), one.email))


def find_staff(actor: Actor, staff_id: UUID) -> StaffView | None:
    """One person of the chain."""
    found = Staff.objects.filter(chain_id=actor.chain_id, id=staff_id).select_related("login").first()
    return None if found is None else view_staff(found)


def access_staff(actor: Actor, identifier: str) -> StaffView:
    """The one door from an id (`stf_…`) to a person. Raises Refused(NotFound)."""
    staff_id = decode("stf", identifier)
    found = staff_id and find_staff(actor, staff_id)
    if not found:
        raise Refused(NotFound())
    return found


def list_pin_holders(chain_id: UUID, here: Collection[UUID]) -> list[StaffView]:
    """Who may take over a till by their PIN, by name: who works at one of these locations and may look at cards.

    Those whose PIN was locked stand among them, so that nobody learns it from the list.
    """
    found = Staff.objects.filter(chain_id=chain_id, disabled_at=None, login__is_active=True, tillpin__isnull=False)
    views = [view_staff(line) for line in found.select_related("login")]
    offered = [
        one
        for one in views
        if "cards:read" in one.rights and (one.location_ids is None or not one.location_ids.isdisjoint(here))
    ]
    return sorted(offered, key=lambda one: (one.name.casefold(), one.email))


def find_own_pin(actor: Actor) -> TillPin | None:
    """One's own PIN: since when, and since when it is locked."""
    if actor.staff_id is None:
        return None
    return TillPin.objects.filter(chain_id=actor.chain_id, staff_id=actor.staff_id).first()


def list_names(actor: Actor, staff_ids: Sequence[UUID]) -> dict[UUID, str]:
    """What to call some people of the chain, in one query: for lists and time lines."""
    if not staff_ids:
        return {}
    found = rows(
        "SELECT s.id, coalesce(nullif(l.name, ''), l.email) FROM staff s JOIN logins l ON l.id = s.login_id"
        " WHERE s.chain_id = %s AND s.id = ANY (%s)",
        [actor.chain_id, list(set(staff_ids))],
    )
    return {line[0]: line[1] for line in found}


def list_invitations(actor: Actor, *, now: datetime) -> list[InvitationView]:
    """Invitations of the chain that can still be accepted, newest first."""
    found = Invitation.objects.filter(
        chain_id=actor.chain_id, accepted_at=None, revoked_at=None, expires_at__gt=now
    ).order_by("-created_at")
    return [view_invitation(line) for line in found]


def list_keys(actor: Actor) -> list[KeyView]:
    """API keys of the chain, newest first, those that are revoked too."""
    found = ApiKey.objects.filter(chain_id=actor.chain_id).select_related("staff__login").order_by("-created_at", "-id")
    return [view_key(line) for line in found]


def access_key(actor: Actor, identifier: str) -> KeyView:
    """The one door from an id (`key_…`) to an API key. Raises Refused(NotFound)."""
    key_id = decode("key", identifier)
    mine = ApiKey.objects.filter(chain_id=actor.chain_id).select_related("staff__login")
    found = None if key_id is None else mine.filter(id=key_id).first()
    if found is None:
        raise Refused(NotFound())
    return view_key(found)


def list_sessions(login_id: UUID, *, since: datetime) -> list[SessionView]:
    """Devices on which a login is signed in and was seen since a moment; needs a unit of work of this login."""
    found = LoginSession.objects.filter(login_id=login_id, ended_at=None, last_seen_at__gt=since)
    return [
        SessionView(
            id=line.id,
            device=line.device,
            address=line.address,
            last_seen_at=line.last_seen_at,
            created_at=line.created_at,
        )
        for line in found.order_by("-last_seen_at")[:100]
    ]


def view_staff(row_: Staff) -> StaffView:
    """The value of a row that was read with its login."""
    return StaffView(
        id=row_.id,
        login_id=row_.login_id,
        email=row_.login.email,
        name=row_.login.name or row_.login.email,
        role=row_.role,
        rights=rights_of(row_.role, row_.rights_added, row_.rights_removed),
        location_ids=None if row_.location_ids is None else frozenset(row_.location_ids),
        adjust_limit=row_.adjust_limit,
        disabled_at=row_.disabled_at,
        last_seen_at=row_.login.last_login,
        version=row_.version,
    )


def view_invitation(row_: Invitation) -> InvitationView:
    """The value of a row."""
    return InvitationView(
        id=row_.id,
        email=row_.email,
        role=row_.role,
        location_ids=None if row_.location_ids is None else frozenset(row_.location_ids),
        expires_at=row_.expires_at,
        created_at=row_.created_at,
    )


def view_key(row_: ApiKey) -> KeyView:
    """The value of a row that was read with its staff."""
    return KeyView(
        id=row_.id,
        name=row_.name,
        start=row_.start,
        scopes=tuple(row_.scopes),
        staff_id=row_.staff_id,
        staff_name=row_.staff.login.name or row_.staff.login.email,
        last_used_at=row_.last_used_at,
        revoked_at=row_.revoked_at,
        created_at=row_.created_at,
    )


def list_notifications(actor: Actor) -> list[Notification]:
    """One's own notifications, newest first; so few are kept that all of them fit on a page."""
    return list(own_notifications(actor).order_by("-at", "-id"))


def access_notification(actor: Actor, identifier: str) -> Notification:
    """The one door from an id (`ntf_…`) to one of one's own notifications. Raises Refused(NotFound)."""
    wanted = decode("ntf", identifier)
    found = wanted and own_notifications(actor).filter(id=wanted).first()
    if not found:
        raise Refused(NotFound())
    return found


def own_notifications(actor: Actor) -> QuerySet[Notification]:
    """What is kept for whoever acts; nothing for the installation itself."""
    if actor.staff_id is None:
        return Notification.objects.none()
    return Notification.objects.filter(chain_id=actor.chain_id, staff_id=actor.staff_id)
