"""What every public page of a business needs: whose it is, in which language, from where somebody looks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone, translation

from regulars.platform.clock import showing_clock
from regulars.platform.tenancy import ChainSettings

Device = Literal["iphone", "android", "other"]


def language_of(request: HttpRequest, chain: ChainSettings) -> str:
    """The language that the browser asks for where we have it, else the business's own."""
    if request.headers.get("Accept-Language"):
        return translation.get_language_from_request(request)
    return chain.language if chain.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


@contextmanager
def speaking(language: str, chain: ChainSettings) -> Iterator[None]:
    """Write a page in a language, with the business's times."""
    with translation.override(language), timezone.override(chain.zone), showing_clock(chain.clock_ahead):
        yield


def device_of(request: HttpRequest) -> Device:
    """On what somebody looks: a guess that decides only what is offered first."""
    agent = request.headers.get("User-Agent", "")
    if "iPhone" in agent or "iPod" in agent:
        return "iphone"
    return "android" if "Android" in agent else "other"
