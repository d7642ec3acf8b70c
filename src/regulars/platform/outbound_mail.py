"""Mail by SMTP where REGULARS_SMTP_URL names a server: smtp://user:password@host:587, smtps://… for TLS from the start.

`?from=Regulars <shop@example.com>` names the sender; without it the user name is the sender. `smtp://` changes to TLS
where the server offers it, and never sends a password without it except to this machine.
"""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings

from regulars.kernel.text import one_line

TIMEOUT_SECONDS: Final = 10
HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class MailNotSent(Exception):
    """The server could not be reached, or did not take the message; the cause says which.

    `outcome`: certainly not sent and worth another try (`later`), certainly not sent and never will be (`refused`), or
    cut off so late that it may have been sent (`unclear`).
    """

    def __init__(self, text: str, outcome: Literal["later", "refused", "unclear"] = "refused") -> None:
        super().__init__(text)
        self.outcome = outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed over, as the address says."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    sender: str
    tls_at_once: bool


def find_mail_server() -> MailServer | None:
    """The configured server; None where no mail can be sent and links are shown instead."""
    if not settings.EMAIL_URL:
        return None
    parts = urlsplit(settings.EMAIL_URL)
    tls_at_once = parts.scheme == "smtps"
    user = unquote(parts.username or "")
    given = parse_qs(parts.query).get("from", [""])[0]
    host = parts.hostname or "localhost"
    return MailServer(
        host=host,
        port=parts.port or (465 if tls_at_once else 25),
        user=user,
        password=unquote(parts.password or ""),
        sender=given or (user if "@" in user else f"regulars@{host}"),
        tls_at_once=tls_at_once,
    )


def can_send_mail() -> bool:
    """Whether a mail server is configured."""
    return bool(settings.EMAIL_URL)


def send_mail(*, to: str, subject: str, text: str, message_id: str = "") -> None:
    """Hand one plain-text message over; call it outside of any transaction. Raises MailNotSent."""
    server = find_mail_server()
    if server is None:
        raise MailNotSent("no mail server is configured")
    message = EmailMessage()
    try:
        message["From"] = one_line(server.sender)
        message["To"] = to
        message["Subject"] = one_line(subject)
        message["Auto-Submitted"] = "auto-generated"
        if message_id:
            message["Message-ID"] = f"<{message_id}@{_host_of(server)}>"
        message.set_content(text)
    except ValueError as problem:
        raise MailNotSent(type(problem).__name__) from problem
    try:
        connection = _open(server)
    except (OSError, smtplib.SMTPException) as problem:
        raise MailNotSent(_told(problem), "later") from problem
    try:
        connection.send_message(message)
    except (OSError, smtplib.SMTPException, ValueError) as problem:
        raise MailNotSent(_told(problem), _outcome(problem)) from problem
    finally:
        # What is taken is taken, whatever becomes of the farewell.
        with suppress(OSError, smtplib.SMTPException):
            connection.quit()
        connection.close()


def _outcome(problem: Exception) -> Literal["later", "refused", "unclear"]:
    """What a fault after the greeting means: an answer of the server is certain, a connection that broke is not."""
    codes: list[int] = []
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _text in problem.recipients.values()]
    elif isinstance(problem, smtplib.SMTPResponseException):
        codes = [problem.smtp_code]
    elif isinstance(problem, smtplib.SMTPServerDisconnected) or not isinstance(problem, smtplib.SMTPException):
        return "refused" if isinstance(problem, ValueError) else "unclear"
    return "later" if codes and all(400 <= code < 500 for code in codes) else "refused"


def _told(problem: Exception) -> str:
    """The fault in a few words; what a server answers is its own."""
    code: int
    text: bytes | str
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(problem.recipients.values()), (0, b""))
    elif isinstance(problem, smtplib.SMTPResponseException):
        code, text = problem.smtp_code, problem.smtp_error
    else:
        return type(problem).__name__
    words = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    return one_line(f"{code} {words}")[:200]


def _host_of(server: MailServer) -> str:
    found = server.sender.rpartition("@")[2].strip("> ")
    return found if found.isascii() and found else server.host


def _open(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.tls_at_once:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    try:
        _greet(connection, server, context)
    except BaseException:
        connection.close()
        raise
    return connection


def _greet(connection: smtplib.SMTP, server: MailServer, context: ssl.SSLContext) -> None:
    connection.ehlo()
    encrypted = server.tls_at_once
    if not encrypted and connection.has_extn("starttls"):
        connection.starttls(context=context)
        connection.ehlo()
        encrypted = True
    if server.user:
        if not encrypted and server.host not in HERE:
            raise MailNotSent("the server offers no TLS, and a password is never sent in the open")
        connection.login(server.user, server.password)
