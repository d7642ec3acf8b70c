"""The first owner of an empty installation, let in by a code from the server's console (UX section 8)."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from regulars.kernel.ids import new_id
from regulars.kernel.refusal import Refused
from regulars.kernel.text import has_forbidden
from regulars.platform.attempts import Limit, Try, source_of, take_attempts
from regulars.platform.database import unit_of_work
from regulars.staff.actions.invitations import token_hash
from regulars.staff.actions.logins import (
    NewLogin,
    SignedIn,
    begin_session,
    check_new_login,
    hash_password,
    insert_login,
)
from regulars.staff.errors import EmailTaken, SetUpClosed
from regulars.staff.models import SetUpToken
from regulars.staff.queries import has_logins

TOKEN_BYTES: Final = 12
LIMIT: Final = Limit(
    kind="set_up",
    free=10,
    first_wait=timedelta(seconds=30),
    wait_max=timedelta(minutes=15),
    forget_after=timedelta(hours=1),
)


def make_set_up_token(*, now: datetime) -> str | None:
    """Make the code that the console shows, in place of any earlier one; None where somebody can sign in already."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic(durable=True):
        if has_logins():
            return None
        SetUpToken.objects.filter(used_at=None).update(used_at=now)
        SetUpToken.objects.create(token_hash=token_hash(token))
    return token


def claim_installation(token: str, owner: NewLogin, *, address: str, device: str, now: datetime) -> SignedIn:
    """Make the first login of this installation and sign it in; the code is spent.

    Refuses: SetUpClosed (wrong code, spent code, or somebody can sign in already), Invalid, TooManyAttempts.
    """
    token = token.strip()
    take_attempts([Try(LIMIT, source_of(address))], now=now)
    if not is_set_up_token(token):
        raise Refused(SetUpClosed())
    check_new_login(owner)
    encoded = hash_password(owner.password)
    login_id = new_id()
    try:
        with unit_of_work(None, login_id=login_id):
            spent = SetUpToken.objects.filter(token_hash=token_hash(token), used_at=None).update(used_at=now)
            if not spent or has_logins():
                raise Refused(SetUpClosed())
            login = insert_login(owner, login_id=login_id, password_hash=encoded, may_open_chains=True)
            return begin_session(login, address=address, device=device, now=now)
    except IntegrityError as problem:
        raise Refused(EmailTaken(email=owner.email)) from problem


def is_set_up_token(token: str) -> bool:
    """Whether this is the code of the console and still opens the set-up."""
    if has_forbidden(token) or has_logins():
        return False
    return SetUpToken.objects.filter(token_hash=token_hash(token), used_at=None).exists()
