"""Mail to people who sign in; sent by the worker, so that the page answers as fast for strangers."""

from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from regulars.kernel.ids import encode
from regulars.platform.clock import real_now
from regulars.platform.database import row
from regulars.platform.outbound_mail import send_mail
from regulars.staff.actions.passwords import find_login, make_reset_token
from regulars.staff.models import SESSIONS_LIVE, Login


@app.task(name="staff.send_reset_link", queue="mail", retry=RetryStrategy(max_attempts=4, exponential_wait=5))
def send_reset_link(login_id: str) -> None:
    """Mail a link for a new password; an id that no login has is a stranger's guess and sends nothing.

    The link is made here: a job that waits in the table holds no secret.
    """
    login = find_login(UUID(login_id))
    if login is None or not login.is_active:
        return
    with translation.override(login.language):
        text = _(
            "Hello,\n\nopen this link to set a new password. It works once, within an hour:\n\n%(link)s\n\n"
            "If you did not ask for it, there is nothing to do: your password stays as it is."
        )
        subject = _("A new password for Regulars")
        send_mail(to=login.email, subject=subject, text=text % {"link": link_of(login)})


@app.periodic(cron="53 4 * * *")
@app.task(queue="upkeep", name="staff.forget_sessions")
def forget_sessions(timestamp: int) -> None:
    """Forget addresses and devices of sessions that ended a month ago, or were not seen since."""
    row("SELECT door_forget_login_sessions(%s)", [real_now() - SESSIONS_LIVE])


def reset_link(login_id: UUID) -> str | None:
    """A link for a new password, for whoever has the console; None where there is no such login."""
    login = find_login(login_id)
    return None if login is None or not login.is_active else link_of(login)


def link_of(login: Login) -> str:
    """The address of the page that asks for the new password."""
    path = reverse("staff:reset_password", args=[encode("lgn", login.id), make_reset_token(login)])
    return f"{settings.URL}{path}"
