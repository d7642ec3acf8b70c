"""The only map from a refusal, or a fault of the database, to what people and programs are told (RFC 9457)."""

import importlib
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Final

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    DisallowedHost,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import Error as DatabaseFault
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext
from psycopg import errors as postgres

from regulars.kernel.refusal import Forbidden, Invalid, NotFound, Refusal, Refused
from regulars.platform.errors import (
    BodyTooLarge,
    Busy,
    InternalError,
    InvalidExternalId,
    MalformedUpload,
    NoSuchAddress,
    TookTooLong,
    Unavailable,
)
from regulars.platform.hot import RaceLost
from regulars.platform.wire import to_json

MEDIA_TYPE: Final = "application/problem+json"
DOCS_PATH: Final = "/docs/problems"

logger = logging.getLogger("regulars.problems")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A refusal in the words and figures of the wire; `members` are the facts that its code promises."""

    status: int
    code: str
    title: str
    detail: str
    members: Mapping[str, Any] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to this answer."""
        headers = {}
        if "retry_after" in self.members:
            headers["Retry-After"] = str(self.members["retry_after"])
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        if self.status == 405:
            headers["Allow"] = str(self.members.get("allowed", ""))
        return headers


def sentence(refusal: Refusal) -> str:
    """The refusal as one sentence in the active language."""
    translated = gettext(refusal.message)
    try:
        return translated.format(**refusal.values())
    except (KeyError, IndexError, ValueError):
        # A translation with a place that the refusal does not have must not turn a clear answer into a fault.
        logger.error("The translation of %s has places that the refusal does not have", refusal.code)
        return refusal.message.format(**refusal.values())


def problem_of(refusal: Refusal) -> Problem:
    """Say a refusal for a program, in the active language."""
    members = refusal.members()
    code = refusal.code
    if isinstance(refusal, Invalid):
        # An external id has a code of its own (API.md), wherever it stands and whoever found it wrong.
        if refusal.errors and all(error.code == InvalidExternalId.code for error in refusal.errors):
            code = InvalidExternalId.code
        members["errors"] = [
            {"pointer": error.pointer, "code": error.code, "detail": gettext(error.detail)} for error in refusal.errors
        ]
    return Problem(
        status=refusal.status,
        code=code,
        title=title_of(code),
        detail=sentence(refusal),
        members=members,
    )


def title_of(code: str) -> str:
    """The short name of a kind of problem, the same each time it occurs: `number_taken` is "Number taken"."""
    return code.replace("_", " ").capitalize()


def problem_body(problem: Problem, *, request_id: str) -> dict[str, Any]:
    """The members of the answer, in the order in which people read them."""
    return {
        "type": f"{settings.URL}{DOCS_PATH}#{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "request_id": request_id,
        **{name: value for name, value in problem.members.items() if name not in RESERVED},
    }


RESERVED: Final = frozenset({"type", "title", "status", "detail", "code", "request_id"})


def problem_response(problem: Problem, *, request_id: str) -> HttpResponse:
    """The answer that a program gets."""
    body = to_json(problem_body(problem, request_id=request_id))
    return HttpResponse(body, status=problem.status, content_type=MEDIA_TYPE, headers=problem.headers)


def row_text(refusal: Refusal) -> tuple[str, str]:
    """Code and sentence of a refusal, as the rows of a spreadsheet name what is wrong with them."""
    return refusal.code, sentence(refusal)


def refusal_page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The answer that a person gets where no form can show the refusal: a calm page, or a toast for htmx."""
    from regulars.platform.pages.failures import failure_page

    problem = problem_of(refusal)
    return failure_page(
        request,
        problem.status,
        text=problem.detail,
        code=problem.code,
        retry_seconds=problem.members.get("retry_after"),
    )


_KNOWN: Final[tuple[tuple[tuple[type[BaseException], ...], Callable[[], Refusal]], ...]] = (
    ((Http404,), NotFound),
    ((PermissionDenied,), Forbidden),
    ((RequestDataTooBig,), lambda: BodyTooLarge(bytes_max=settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)),
    ((DisallowedHost,), NoSuchAddress),
    # Others were quicker every time that it was tried again.
    ((RaceLost,), Busy),
    ((BadRequest, SuspiciousOperation, MultiPartParserError), MalformedUpload),
)


def refusal_of(fault: BaseException) -> Refusal:
    """What to tell about any exception; only a fault of ours becomes InternalError."""
    if isinstance(fault, Refused):
        return fault.refusal
    for kinds, refusal in _KNOWN:
        if isinstance(fault, kinds):
            return refusal()
    if isinstance(fault, DatabaseFault | psycopg.Error):
        return _refusal_of_database(fault)
    return InternalError()


_BUSY: Final = (postgres.LockNotAvailable, postgres.DeadlockDetected, postgres.SerializationFailure)
_AWAY: Final = (
    postgres.AdminShutdown,
    postgres.CrashShutdown,
    postgres.CannotConnectNow,
    postgres.TooManyConnections,
    postgres.ReadOnlySqlTransaction,
)


def _refusal_of_database(fault: BaseException) -> Refusal:
    cause = fault if isinstance(fault, psycopg.Error) else fault.__cause__
    if isinstance(cause, _BUSY):
        return Busy()
    if isinstance(cause, postgres.QueryCanceled):
        return TookTooLong()
    if isinstance(cause, _AWAY):
        return Unavailable()
    if isinstance(cause, psycopg.DataError):
        # A value that no check of ours caught and that PostgreSQL cannot hold. The sender can mend it; so can we.
        logger.error("PostgreSQL refused a value (%s) that should have been refused earlier", cause.sqlstate)
        return Invalid()
    if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError) and not cause.sqlstate:
        return Unavailable()
    return InternalError()


def all_refusals() -> list[type[Refusal]]:
    """Every kind of refusal that the product knows, by code; imports each feature's errors first."""
    for app in apps.get_app_configs():
        if app.name.startswith("regulars.") and find_spec(f"{app.name}.errors"):
            importlib.import_module(f"{app.name}.errors")
    found = [kind for kind in _below(Refusal) if "code" in vars(kind)]
    return sorted(found, key=lambda kind: (kind.code, kind.__module__))


def _below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for child in kind.__subclasses__():
        # A dataclass with slots leaves a forgotten twin behind; the one that its module names is the real one.
        module = importlib.import_module(child.__module__)
        if getattr(module, child.__name__, None) is child:
            yield child
        yield from _below(child)
