"""What every SMS gateway must hold: an outsider's test calls one function with its gateway and what its provider took.

Each check raises AssertionError with a sentence that says what is wrong.
"""

from collections.abc import Callable, Sequence
from typing import Final

from regulars.plugins.sms import SmsGateway, SmsNotSent

PHONE: Final = "+4915112345678"
TEXTS: Final = (
    "Your code: 123456",
    "Ваш код 123456 & «карта» 100% {to}",
    "कोड 123456 ☕",
    "two\nlines + plus = equals",
)
"""Texts that gateways have spoilt: letters of other scripts, signs of addresses and templates, line breaks."""


def check_gateway(gateway: SmsGateway, taken: Callable[[], Sequence[tuple[str, str]]]) -> None:
    """Every text arrives at its phone, once, as it was. `taken` says what the provider (a stand-in) took: phone, text."""
    assert isinstance(gateway, SmsGateway), f"{gateway}: it has no send(to, text)"
    for text in TEXTS:
        before = len(taken())
        gateway.send(PHONE, text)
        arrived = list(taken())[before:]
        assert arrived == [(PHONE, text)], f"{gateway}: {text!r} arrived as {arrived!r}"


def check_gateway_that_fails(gateway: SmsGateway) -> None:
    """A provider that is not there, or says no, is told as SmsNotSent without the phone in it."""
    told = _refusal_of(gateway)
    assert told is not None, f"{gateway}: nothing was raised though the message was not taken"
    assert PHONE[1:] not in told, f"{gateway}: the refusal names the phone"


def _refusal_of(gateway: SmsGateway) -> str | None:
    try:
        gateway.send(PHONE, TEXTS[0])
    except SmsNotSent as problem:
        return str(problem)
    return None
