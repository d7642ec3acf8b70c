"""Requests of programs take a short way: no session, no cookie, no form token, no page; what goes wrong is told as JSON.

That is `/api/v1`, and what else the settings name: phones' wallets ask by the hundred in the second in which they are told.
"""

import logging
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.urls import Resolver404, get_resolver
from django.utils import translation

from regulars.kernel.refusal import Refused
from regulars.platform.api.edge import rate_headers_of
from regulars.platform.errors import InternalError, MethodNotAllowed, NoSuchAddress
from regulars.platform.languages import speak
from regulars.platform.logs import route_of
from regulars.platform.metrics import count_fault
from regulars.platform.problems import problem_of, problem_response, refusal_of

PAGES: Final = frozenset({"/api/v1/docs"})

logger = logging.getLogger("regulars.api")


def api_short_way(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: answers what `REGULARS_SHORT_WAYS` names itself; what comes after it in the settings is for pages alone."""
    ways = tuple(settings.REGULARS_SHORT_WAYS)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(ways) or request.path_info in PAGES:
            return get_response(request)
        language = translation.get_language() or "en"
        asked = translation.get_language_from_request(request) if _asks_language(request) else "en"
        speak(asked, instead_of=language)
        try:
            return serve_api(request)
        finally:
            # The edge notes where it goes on in the key's language: to ask the thread is a lock that all threads share.
            speak(language, instead_of=vars(request).get("spoken", asked))

    return middleware


def _asks_language(request: HttpRequest) -> bool:
    # Without the header Django would look at a cookie next, and the API knows no cookies.
    if "HTTP_ACCEPT_LANGUAGE" not in request.META:
        return False
    request.COOKIES.clear()
    return True


def serve_api(request: HttpRequest) -> HttpResponseBase:
    """Answer one request; whatever goes wrong becomes a problem, and only a fault of ours is logged with its trace."""
    try:
        match = request.resolver_match
        if match is None:
            try:
                match = request.resolver_match = get_resolver().resolve(request.path_info)
            except Resolver404:
                raise Refused(NoSuchAddress()) from None
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        if isinstance(response, HttpResponseNotAllowed):
            raise Refused(MethodNotAllowed(allowed=response["Allow"]))
    except Exception as fault:  # noqa: BLE001  the last one who can answer
        response = problem_answer(request, fault)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def problem_answer(request: HttpRequest, fault: Exception) -> HttpResponse:
    """The problem that tells of a refusal or fault."""
    refusal = refusal_of(fault)
    if isinstance(refusal, InternalError):
        count_fault(route_of(request))
        logger.error("fault at %s", route_of(request), exc_info=fault)
    elif refusal.status >= 500:
        logger.warning("%s at %s", refusal.code, route_of(request), exc_info=fault)
    response = problem_response(problem_of(refusal), request_id=getattr(request, "request_id", ""))
    for name, value in rate_headers_of(fault).items():
        response[name] = value
    return response
