"""Text messages to phones (WAL-3): one small port, and a gateway that is reached by HTTP.

An installation names one gateway, in the environment. `REGULARS_SMS_URL` is the address of a provider's HTTP gateway, with
`{to}` and `{text}` where phone and text go; with `REGULARS_SMS_BODY` the message is posted instead, as JSON or as a form,
with the same places in it. `REGULARS_SMS_HEADERS` are lines `Name: value` with a semicolon between them.
Any other provider is a class of the shape `SmsGateway`, named in `REGULARS_SMS_PLUGIN` as `package.module:Class`; it is made
without arguments.
"""

import json
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final, Protocol, runtime_checkable
from urllib.parse import quote

from django.conf import settings

from regulars.platform.outbound import NotFetched, fetch, send

TEXT_LENGTH_MAX: Final = 300


class SmsNotSent(Exception):
    """The gateway was not reached or did not take the message; it may be tried again."""


class GatewayRefused(Exception):
    """A gateway that cannot be used; the text says what is wrong with how it is named."""


@runtime_checkable
class SmsGateway(Protocol):
    """What every gateway does. Called outside of any transaction, by the worker, from several threads."""

    def send(self, to: str, text: str) -> None:
        """Hand one message over to a phone in E.164 ("+49151…"). Raises SmsNotSent, and nothing else, where it was not taken."""
        ...


@dataclass(frozen=True, slots=True)
class HttpGateway:
    """A provider's HTTP gateway. Any answer from 200 to 299 means that it took the message."""

    url: str = field(repr=False)
    body: str = field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def send(self, to: str, text: str) -> None:
        """Fill phone and text in, and ask."""
        filled = _fill(self.url, to, text, quote_all)
        try:
            if self.body:
                body, kind = _body(self.body, to, text)
                answer = send(filled, body, headers={**dict(self.headers), "Content-Type": kind})
                if not 200 <= answer.status < 300:
                    raise SmsNotSent(f"status {answer.status}")
            else:
                with fetch(filled, headers=dict(self.headers)) as pieces:
                    for _ in pieces:
                        pass
        except NotFetched as problem:
            # The address holds the phone, and often a password: only the reason goes on.
            raise SmsNotSent(problem.code) from None


def find_gateway() -> SmsGateway | None:
    """The configured gateway; None where no text message can be sent. Raises GatewayRefused."""
    if settings.SMS_PLUGIN:
        return _named(settings.SMS_PLUGIN)
    if not settings.SMS_URL:
        return None
    return HttpGateway(settings.SMS_URL, settings.SMS_BODY, _headers(settings.SMS_HEADERS))


def can_send_sms() -> bool:
    """Whether a gateway is configured."""
    return bool(settings.SMS_PLUGIN or settings.SMS_URL)


def quote_all(text: str) -> str:
    """A text as it stands in a query or a form."""
    return quote(text, safe="")


def _fill(template: str, to: str, text: str, escape: Any) -> str:
    # In one pass, so that a text with "{to}" in it stays what it is.
    parts = template.replace("{to}", "\0t\0").replace("{text}", "\0x\0").split("\0")
    return "".join(
        {"t": escape(to), "x": escape(text)}.get(part, part) if at % 2 else part for at, part in enumerate(parts)
    )


def _body(template: str, to: str, text: str) -> tuple[bytes, str]:
    if template.lstrip().startswith(("{", "[")) and "=" not in template.partition(":")[0]:
        return _fill(template, to, text, lambda one: json.dumps(one)[1:-1]).encode(), "application/json"
    return _fill(template, to, text, quote_all).encode(), "application/x-www-form-urlencoded"


def _headers(text: str) -> tuple[tuple[str, str], ...]:
    found = []
    for line in filter(None, map(str.strip, text.split(";"))):
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise GatewayRefused("REGULARS_SMS_HEADERS: write Name: value; Name: value")
        found.append((name.strip(), value.strip()))
    return tuple(found)


def _named(text: str) -> SmsGateway:
    module, _, name = text.partition(":")
    try:
        gateway = getattr(import_module(module), name)()
    except (ImportError, AttributeError, ValueError, TypeError) as problem:
        raise GatewayRefused(f"{text}: {problem}") from problem
    if not isinstance(gateway, SmsGateway):
        raise GatewayRefused(f"{text}: it has no send(to, text)")
    return gateway
