"""New passwords: changed by who knows the old one, set by who holds a link (ORG-3)."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.contrib.auth.hashers import verify_password
from django.contrib.auth.tokens import default_token_generator

from regulars.kernel.refusal import Invalid, Refused
from regulars.kernel.text import has_forbidden
from regulars.platform.actor import Actor
from regulars.platform.attempts import Limit, Try, forget_attempts, source_of, take_attempts
from regulars.platform.audit import record
from regulars.platform.database import execute, unit_of_work
from regulars.staff.actions.logins import (
    SignedIn,
    begin_session,
    check_password_strength,
    end_sessions,
    hash_password,
    person,
)
from regulars.staff.errors import LinkExpired, WrongPassword
from regulars.staff.models import Login, LoginSession
from regulars.staff.queries import list_places
from regulars.staff.rules import PASSWORD_LENGTH_MAX

OLD_PASSWORD: Final = Limit(
    kind="old_password",
    free=5,
    first_wait=timedelta(seconds=30),
    wait_max=timedelta(hours=1),
    forget_after=timedelta(hours=24),
)
LINK: Final = Limit(
    kind="reset_link",
    free=20,
    first_wait=timedelta(seconds=30),
    wait_max=timedelta(minutes=15),
    forget_after=timedelta(hours=1),
)


def change_password(
    *, login_id: UUID, session_id: UUID, old: str, new: str, actor: Actor | None, address: str, now: datetime
) -> SignedIn:
    """Set a new password and end every session, this one too: the answer is a fresh one for this device.

    Refuses: WrongPassword, Invalid, TooManyAttempts.
    """
    login, attempt = prove_password(login_id, old, address=address, now=now)
    _refuse_weak(new, login)
    encoded = hash_password(new)
    with unit_of_work(actor.chain_id if actor else None, login_id=login_id):
        device = _device_of(session_id)
        _set_password(login_id, encoded, now=now)
        forget_attempts(attempt)
        if actor:
            record(actor, verb="login.password_changed", object_kind="login", object_id=login_id, now=now)
        return begin_session(login, address=address, device=device, now=now)


def prove_password(login_id: UUID, old: str, *, address: str, now: datetime) -> tuple[Login, Try]:
    """The login whose present password this is, and the try that was counted for it, to be forgotten with what it was for.

    Refuses: WrongPassword, TooManyAttempts.
    """
    attempt = Try(OLD_PASSWORD, f"{login_id} {source_of(address)}")
    take_attempts([attempt], now=now)
    login = read_login(login_id)
    if has_forbidden(old) or len(old) > PASSWORD_LENGTH_MAX or not verify_password(old, login.password)[0]:
        raise Refused(WrongPassword())
    return login, attempt


def make_reset_token(login: Login) -> str:
    """A token by which a new password can be set once, within PASSWORD_RESET_TIMEOUT; nothing of it is stored.

    It is signed over the password and the last sign-in, so that either makes it worthless.
    """
    return default_token_generator.make_token(login)


def can_reset(login_id: UUID, token: str) -> bool:
    """Whether a link still works, for the page that asks for the new password."""
    login = find_login(login_id)
    return login is not None and login.is_active and _is_right(login, token)


def reset_password(*, login_id: UUID, token: str, new: str, address: str, device: str, now: datetime) -> SignedIn:
    """Set the password of whoever holds the link, end every session, begin a new one. Refuses: LinkExpired, Invalid."""
    take_attempts([Try(LINK, source_of(address))], now=now)
    login = find_login(login_id)
    if login is None or not login.is_active or not _is_right(login, token):
        raise Refused(LinkExpired())
    _refuse_weak(new, login)
    encoded = hash_password(new)
    places = list_places(login_id)
    with unit_of_work(places[0].chain_id if places else None, login_id=login_id):
        # Two who hold the same link meet at this lock, and the second finds the password changed.
        locked = Login.objects.select_for_update(no_key=True).get(id=login_id)
        if not _is_right(locked, token):
            raise Refused(LinkExpired())
        _set_password(login_id, encoded, now=now)
        if places:
            who = person(places[0].chain_id, staff_id=places[0].staff_id, login_id=login_id, address=address)
            record(who, verb="login.password_reset", object_kind="login", object_id=login_id, now=now)
        return begin_session(locked, address=address, device=device, now=now)


def find_login(login_id: UUID) -> Login | None:
    """The login with this id, read in a unit of work of its own."""
    with unit_of_work(None, login_id=login_id):
        return Login.objects.filter(id=login_id).first()


def read_login(login_id: UUID) -> Login:
    """The login of somebody who is signed in. Raises Login.DoesNotExist for a login that has gone."""
    with unit_of_work(None, login_id=login_id):
        return Login.objects.get(id=login_id)


def _is_right(login: Login, token: str) -> bool:
    return not has_forbidden(token) and default_token_generator.check_token(login, token)


def _set_password(login_id: UUID, encoded: str, *, now: datetime) -> None:
    execute("UPDATE logins SET password = %s WHERE id = %s", [encoded, login_id])
    end_sessions(login_id, now=now)


def _device_of(session_id: UUID) -> str:
    return LoginSession.objects.filter(id=session_id).values_list("device", flat=True).first() or ""


def _refuse_weak(password: str, login: Login) -> None:
    problems = check_password_strength(password, email=login.email, name=login.name)
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
