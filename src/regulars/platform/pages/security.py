"""Headers that every answer carries, and the stricter ones of pages behind a public link."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)

INERT = "default-src 'none'; sandbox"
"""The policy of what was uploaded, or drawn from it: opened by itself it can do nothing."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}

# Of the page at the till, which reads codes with the camera.
WITH_CAMERA = HEADERS["Permissions-Policy"].replace("camera=()", "camera=(self)")

_LINES: Final = tuple(HEADERS.items())
_NAMES: Final = frozenset(name.lower() for name in HEADERS)

View = Callable[..., HttpResponse]


def security_headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: every answer forbids inline code and framing; a header that a view set itself stays.

    Pages (HTML without a cache rule of their own) may be kept by the browser alone and are asked for again.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if response.get("Content-Type", "").startswith("text/html") and "Cache-Control" not in response:
            patch_cache_control(response, private=True, no_cache=True)
        return response

    return middleware


def with_security_lines(lines: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The header lines of an answer that is no page, with those that `security_headers` adds; one that is there stays."""
    if _NAMES.isdisjoint([name.lower() for name, _ in lines]):
        return [*lines, *_LINES]
    there = {name.lower() for name, _ in lines}
    return [*lines, *(line for line in _LINES if line[0].lower() not in there)]


def public_page(view: View) -> View:
    """Decorate a page behind a secret link: nothing is kept, nothing is indexed, the address is not passed on."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.is_public_page = True  # type: ignore[attr-defined]  # read by failure_page
        response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    guarded.is_public_page = True  # type: ignore[attr-defined]  # read by form_tokens
    return guarded
