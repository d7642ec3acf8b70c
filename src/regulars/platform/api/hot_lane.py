"""The hot lane: requests of hot routes go from the server straight to the edge of the API (ADR 15).

The same functions answer as on the ordinary way, in the same order: `observe`, `api_short_way`; the lines of
`security_headers` are added to what is sent. Left out is what only pages need: Django's signals, its search for the address and its
handlers of exceptions.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, get_resolver

from regulars.platform.api.handler import api_short_way
from regulars.platform.api.routes import OPTIONS_OF
from regulars.platform.logs import observe
from regulars.platform.pages.security import with_security_lines

PLACE: Final = re.compile(r"\{(\w+)\}")
# Ids and external ids. Whatever else stands there is read by Django, which knows every way to write an address.
PART: Final = r"[A-Za-z0-9._~:@+-]{1,150}"

Answer = Callable[[HttpRequest], HttpResponse]


@dataclass(frozen=True, slots=True)
class HotRoute:
    """A hot route as the lane finds it: its method, the shape of its address, and what Django would find there."""

    method: str
    address: re.Pattern[str]
    example: ResolverMatch

    def match(self, path: str) -> ResolverMatch | None:
        """What Django would find at this path; None where it is another address, or one written in an unusual way."""
        found = self.address.fullmatch(path)
        if found is None:
            return None
        example = self.example
        return ResolverMatch(example.func, (), found.groupdict(), route=example.route)


def hot_routes(base: str) -> tuple[HotRoute, ...]:
    """The routes that were declared hot, found under the address at which the API lies."""
    resolver = get_resolver()
    # The routes are declared when their modules are loaded, and these when somebody first looks at the addresses.
    assert resolver.url_patterns
    return tuple(
        HotRoute(
            method=options.method,
            address=re.compile(re.escape(base) + PLACE.sub(rf"(?P<\1>{PART})", options.path), re.ASCII),
            example=resolver.resolve(base + PLACE.sub("x", options.path)),
        )
        for options in OPTIONS_OF.values()
        if options.is_hot
    )


def hot_lane(ordinary: WSGIApplication, *, base: str) -> WSGIApplication:
    """Serve hot routes the short way, and everything else as `ordinary` does."""
    routes = hot_routes(base)
    answer: Answer = observe(api_short_way(_never))  # type: ignore[arg-type]

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        for route in routes:
            if environ["REQUEST_METHOD"] == route.method:
                match = route.match(environ["PATH_INFO"])
                if match is not None:
                    return _serve(answer, match, environ, start_response)
        return ordinary(environ, start_response)

    return application


def _serve(answer: Answer, match: ResolverMatch, environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
    request = WSGIRequest(environ)
    request.resolver_match = match
    response = answer(request)
    if response.status_code >= 500:
        # As Django does after each request: a connection in which something went wrong is looked at, or closed.
        close_old_connections()
    start_response(f"{response.status_code} {response.reason_phrase}", with_security_lines(list(response.items())))
    return [response.content]


def _never(request: HttpRequest) -> HttpResponse:
    raise AssertionError(f"{request.path_info} is no address of the API")
