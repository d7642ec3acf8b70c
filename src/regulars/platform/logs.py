"""Structured logs: one JSON object per line with the route's template, never a token, query, body or stored value."""

import json
import logging
import os
import time
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import orjson
import psycopg
from django.http import HttpRequest, HttpResponse
from pydantic import ValidationError

from regulars.kernel.ids import new_id
from regulars.platform.metrics import count_answer

HEADER: Final = "X-Request-ID"
UNKNOWN_ROUTE: Final = "(no route)"
STANDARD_ERROR: Final = 2

# What no line of ours shows need not be found out for each (the logging HOWTO, "Optimization").
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
logging._srcfile = None

_request_id: ContextVar[str] = ContextVar("request_id", default="")
access = logging.getLogger("regulars.access")


def request_id() -> str:
    """The id of the request being answered, or empty."""
    return _request_id.get()


def observe(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, the outermost: gives each request its id, and writes and counts each answer.

    The id is always ours: one that a client could choose would let it forge lines of the log.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        identifier = new_id().hex
        request.request_id = identifier  # type: ignore[attr-defined]
        token = _request_id.set(identifier)
        try:
            response = get_response(request)
            response[HEADER] = identifier
            write_access(request, response, seconds=time.perf_counter() - started)
        finally:
            _request_id.reset(token)
        return response

    return middleware


def write_access(request: HttpRequest, response: HttpResponse, *, seconds: float) -> None:
    """Write one line about an answered request, and count it."""
    route = route_of(request)
    method = request.method if request.method in METHODS else "OTHER"
    count_answer(method=method, route=route, status=response.status_code, seconds=seconds)
    if access.isEnabledFor(logging.INFO) and route not in QUIET_ROUTES:
        facts: dict[str, Any] = {
            "method": method,
            "route": route,
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
            **getattr(request, "log_facts", {}),
        }
        access.info("answered", extra={"facts": facts})


METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUIET_ROUTES: Final = frozenset({"healthz", "readyz", "metrics"})


def route_of(request: HttpRequest) -> str:
    """The template of the address: `c/<str:token>`, never the token."""
    match = getattr(request, "resolver_match", None)
    return match.route or "/" if match else UNKNOWN_ROUTE


def note_actor(
    request: HttpRequest, *, chain_id: UUID, key_id: UUID | None = None, login_id: UUID | None = None
) -> None:
    """Add who acts to the line that this request will leave in the log: ids, never names."""
    # As they are: orjson writes ids faster than they turn into text.
    facts = {"chain": chain_id}
    if key_id:
        facts["key"] = key_id
    if login_id:
        facts["login"] = login_id
    request.log_facts = facts  # type: ignore[attr-defined]


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; a record about a request names its route instead of its address."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message_of(record),
        }
        identifier = getattr(getattr(record, "request", None), "request_id", "") or request_id()
        if identifier:
            line["request_id"] = identifier
        line.update(getattr(record, "facts", {}))
        if record.exc_info and record.exc_info[1] is not None:
            line["fault"] = describe_fault(record.exc_info[1])
        try:
            return orjson.dumps(line, default=str).decode()
        except (TypeError, ValueError):
            # A number of many digits, half a character: what somebody sent.
            return json.dumps(line, default=str)


def message_of(record: logging.LogRecord) -> str:
    """The record's message; Django's own words about a request would hold its whole address."""
    request = getattr(record, "request", None)
    if isinstance(request, HttpRequest):
        return f"{getattr(record, 'status_code', '')} at {route_of(request)}".strip()
    return record.getMessage()


def describe_fault(fault: BaseException) -> list[str]:
    """An exception with its causes as lines; texts that repeat stored or sent values are left out."""
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = fault
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        lines.append(f"{type(current).__module__}.{type(current).__qualname__}: {_words_of(current)}")
        frames = traceback.extract_tb(current.__traceback__)[-12:]
        lines += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return lines


def _words_of(fault: BaseException) -> str:
    cause = fault if isinstance(fault, psycopg.Error) else fault.__cause__
    if isinstance(cause, psycopg.Error):
        # PostgreSQL's DETAIL quotes the row: "Key (phone)=(+49…) already exists".
        return " ".join(filter(None, [cause.sqlstate, cause.diag.message_primary, cause.diag.constraint_name]))
    if isinstance(fault, ValidationError):
        return f"{fault.error_count()} errors in {fault.title}"
    return str(fault)[:500]


class WholeLines(logging.Handler):
    """Writes each line to standard error in one go; the kernel keeps lines of threads and processes apart.

    The lock of the library's own handler is held while a line is written, and all threads of a busy process queued there.
    """

    def handle(self, record: logging.LogRecord) -> bool:
        """Filter and write the record without the lock: nothing is kept between lines."""
        kept = self.filter(record)
        if kept:
            self.emit(kept if isinstance(kept, logging.LogRecord) else record)
        return bool(kept)

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record; what cannot be written is told in the library's way."""
        try:
            line = f"{self.format(record)}\n".encode("utf-8", "backslashreplace")
            while line:
                line = line[os.write(STANDARD_ERROR, line) :]
        except Exception:  # noqa: BLE001  a log that is full or gone fails no request
            self.handleError(record)


class OnlyFaults(logging.Filter):
    """Keeps what is worth a line beside the access log: faults of ours, not every refused request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is an error."""
        return record.levelno >= logging.ERROR


def logging_settings(*, level: str = "INFO", plain: bool = False) -> dict[str, Any]:
    """Django's LOGGING: JSON lines on standard error; `plain` writes short lines for a person at a terminal."""
    formatter: dict[str, Any] = {"()": "regulars.platform.logs.JsonLines"}
    if plain:
        formatter = {"format": "%(levelname)s %(name)s: %(message)s"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"faults": {"()": "regulars.platform.logs.OnlyFaults"}},
        "formatters": {"lines": formatter},
        "handlers": {
            "lines": {"class": "regulars.platform.logs.WholeLines", "formatter": "lines"},
            "faults": {"class": "regulars.platform.logs.WholeLines", "formatter": "lines", "filters": ["faults"]},
        },
        "root": {"handlers": ["lines"], "level": "WARNING"},
        "loggers": {
            "regulars": {"handlers": ["lines"], "level": level, "propagate": False},
            # Django's texts name whole addresses; JsonLines replaces them, and refused requests are in the access log.
            "django.request": {"handlers": ["faults"], "level": "ERROR", "propagate": False},
            "django.security": {"handlers": ["faults"], "level": "ERROR", "propagate": False},
            "django.server": {"handlers": ["faults"], "level": "ERROR", "propagate": False},
        },
    }
