"""Sign-in with a password, and sign-out (ORG-3; DESIGN section 8)."""

import logging
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.contrib.auth.hashers import make_password, verify_password

from regulars.kernel.refusal import Refused
from regulars.kernel.text import email_key, has_forbidden
from regulars.platform.actor import Actor
from regulars.platform.attempts import Limit, Try, forget_attempts, give_back, source_of, take_attempts
from regulars.platform.audit import record
from regulars.platform.database import execute, unit_of_work
from regulars.staff.actions.logins import SignedIn, begin_session, end_sessions, person
from regulars.staff.errors import SignInFailed
from regulars.staff.models import Login, LoginSession
from regulars.staff.queries import find_login_id, list_places
from regulars.staff.rules import EMAIL_LENGTH_MAX, PASSWORD_LENGTH_MAX

# Whoever guesses at one account from one place waits longer and longer; the owner at another place never waits.
ACCOUNT: Final = Limit(
    kind="sign_in",
    free=5,
    first_wait=timedelta(seconds=30),
    wait_max=timedelta(hours=1),
    forget_after=timedelta(hours=24),
)
# Whoever tries one password at many accounts from one place.
SOURCE: Final = Limit(
    kind="sign_in_source",
    free=60,
    first_wait=timedelta(seconds=30),
    wait_max=timedelta(minutes=15),
    forget_after=timedelta(hours=1),
)

logger = logging.getLogger("regulars.sign_in")


def sign_in(*, email: str, password: str, address: str, device: str, now: datetime) -> SignedIn:
    """Begin a session for whoever knows the password. Refuses: SignInFailed, TooManyAttempts.

    An unknown e-mail, a wrong password and a login that may not sign in get one answer, after the same work.
    """
    if has_forbidden(email + password) or len(email) > EMAIL_LENGTH_MAX or len(password) > PASSWORD_LENGTH_MAX:
        raise Refused(SignInFailed())
    source = source_of(address)
    by_account, by_source = Try(ACCOUNT, f"{email_key(email)} {source}"), Try(SOURCE, source)
    _, of_source = take_attempts([by_account, by_source], now=now)
    login = _find_login(email)
    if login is None:
        make_password(password)
        correct, outdated = False, False
    else:
        correct, outdated = verify_password(password, login.password)
    if login is None or not correct or not login.is_active:
        logger.warning("A sign-in failed", extra={"source": source})
        raise Refused(SignInFailed())
    renewed = make_password(password) if outdated else ""
    places = list_places(login.id)
    with unit_of_work(places[0].chain_id if places else None, login_id=login.id):
        if renewed:
            execute("UPDATE logins SET password = %s WHERE id = %s", [renewed, login.id])
        signed_in = begin_session(login, address=address, device=device, now=now)
        forget_attempts(by_account)
        give_back(of_source)
        if places:
            who = person(places[0].chain_id, staff_id=places[0].staff_id, login_id=login.id, address=address)
            record(who, verb="login.signed_in", object_kind="login", object_id=login.id, now=now)
    return signed_in


def knows_password(login_id: UUID, password: str) -> bool:
    """Whether this is the password of a login that may sign in; whoever asks counts the tries."""
    with unit_of_work(None, login_id=login_id):
        login = Login.objects.filter(id=login_id, is_active=True).first()
    if login is None or has_forbidden(password) or len(password) > PASSWORD_LENGTH_MAX:
        return False
    correct, _ = verify_password(password, login.password)
    return correct


def sign_out(*, login_id: UUID, session_id: UUID, actor: Actor | None, now: datetime) -> None:
    """End one session of a login; ending it twice is nothing."""
    with unit_of_work(actor.chain_id if actor else None, login_id=login_id):
        ended = LoginSession.objects.filter(id=session_id, login_id=login_id, ended_at=None).update(ended_at=now)
        if ended and actor:
            record(actor, verb="login.signed_out", object_kind="login", object_id=login_id, now=now)


def end_other_sessions(*, login_id: UUID, session_id: UUID, actor: Actor | None, now: datetime) -> int:
    """Sign a login out everywhere but here; returns on how many devices."""
    with unit_of_work(actor.chain_id if actor else None, login_id=login_id):
        ended = end_sessions(login_id, now=now, but=session_id)
        if ended and actor:
            record(
                actor,
                verb="login.signed_out_elsewhere",
                object_kind="login",
                object_id=login_id,
                now=now,
                after={"sessions": ended},
            )
        return ended


def _find_login(email: str) -> Login | None:
    login_id = find_login_id(email)
    if login_id is None:
        return None
    with unit_of_work(None, login_id=login_id):
        return Login.objects.filter(id=login_id).first()
