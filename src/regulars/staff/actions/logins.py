"""Making logins and their passwords; inside the running unit of work of whoever calls."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from regulars.kernel.fields import check_text
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.kernel.text import email_key, has_forbidden, one_line, without_forbidden
from regulars.platform.actor import Actor
from regulars.platform.database import execute
from regulars.staff.models import Login, LoginSession
from regulars.staff.rules import PASSWORD_LENGTH_MAX, check_email

NAME_LENGTH_MAX: Final = 120
DEVICE_LENGTH_MAX: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLogin:
    """A person who does not have a login yet. The password never shows in a repr or a log."""

    email: str
    password: str = field(repr=False)
    name: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session that has just begun."""

    session_id: UUID
    login_id: UUID
    language: str


def check_new_login(draft: NewLogin) -> None:
    """Refuse an e-mail or a password that cannot be stored or would be guessed. Refuses: Invalid."""
    problems = [
        *check_email(draft.email, "/email"),
        *check_text(draft.name, "/name", length_max=NAME_LENGTH_MAX),
        *check_password_strength(draft.password, email=draft.email, name=draft.name),
    ]
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))


def check_password_strength(password: str, *, email: str, name: str, pointer: str = "/password") -> list[FieldProblem]:
    """Say why this password would be guessed, or cannot be hashed; texts are already in the active language."""
    if has_forbidden(password):
        return [FieldProblem(pointer, "invalid_text", "This has a control character, which no field takes.")]
    if len(password) > PASSWORD_LENGTH_MAX:
        return [FieldProblem(pointer, "too_long", "This password is longer than anybody needs.")]
    try:
        validate_password(password, Login(email=email, name=name))
    except ValidationError as problem:
        return [FieldProblem(pointer, "weak_password", " ".join(problem.messages))]
    return []


def hash_password(password: str) -> str:
    """Hash a checked password. Takes a noticeable part of a second: never inside a transaction."""
    return make_password(password)


def insert_login(draft: NewLogin, *, login_id: UUID, password_hash: str, may_open_chains: bool = False) -> Login:
    """Write a checked login; the unit of work must be opened for `login_id`."""
    return Login.objects.create(
        id=login_id,
        email=email_key(draft.email),
        name=one_line(draft.name),
        language=draft.language,
        password=password_hash,
        may_open_chains=may_open_chains,
    )


def begin_session(login: Login, *, address: str, device: str, now: datetime) -> SignedIn:
    """Note that a login is signed in on one more device; the unit of work must be opened for it."""
    made = LoginSession.objects.create(
        login=login,
        address=address,
        device=without_forbidden(device)[:DEVICE_LENGTH_MAX],
        created_at=now,
        last_seen_at=now,
    )
    execute("UPDATE logins SET last_login = %s WHERE id = %s", [now, login.id])
    return SignedIn(session_id=made.id, login_id=login.id, language=login.language)


def end_sessions(login_id: UUID, *, now: datetime, but: UUID | None = None) -> int:
    """End every session of a login except one; the unit of work must be opened for it."""
    found = LoginSession.objects.filter(login_id=login_id, ended_at=None)
    if but is not None:
        found = found.exclude(id=but)
    return found.update(ended_at=now)


def person(chain_id: UUID, *, staff_id: UUID, login_id: UUID, address: str) -> Actor:
    """Somebody who acts on their own login, for the audit journal: it needs no right."""
    return Actor(
        chain_id=chain_id,
        rights=frozenset(),
        through="page",
        staff_id=staff_id,
        login_id=login_id,
        address=address,
    )
