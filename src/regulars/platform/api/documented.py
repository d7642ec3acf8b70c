"""What the API document says of a route beside its fields: summary, scope, headers, and every answer that refuses."""

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from regulars.kernel.refusal import Forbidden, Invalid, NotFound, Refusal
from regulars.platform.errors import (
    BodyTooLarge,
    Busy,
    IdempotencyKeyInUse,
    IdempotencyKeyInvalid,
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
    InvalidExternalId,
    MalformedBody,
    RateLimited,
    Unauthorized,
    Unavailable,
    WrongContentType,
)

SECURITY_NAME: Final = "key"
SUMMARY_END: Final = re.compile(r"[:;]|, (?=with|both)")
REQUIREMENT: Final = re.compile(r" \([A-Z]{3}-\d[^)]*\)")
ALWAYS: Final = (Unauthorized, Forbidden, Invalid, RateLimited, Busy, Unavailable)
WITH_BODY: Final = (MalformedBody, BodyTooLarge, WrongContentType)
WITH_PATH: Final = (NotFound, InvalidExternalId)
WITH_KEY: Final = (IdempotencyKeyInvalid, IdempotencyKeyReused, IdempotencyKeyInUse)

PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A problem (RFC 9457). `code` is stable; further members depend on it.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence for people, translated."},
        "code": {"type": "string", "pattern": "^[a-z_]+$"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "JSON pointer (RFC 6901); `/query/…` for the query string.",
                    },
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


@dataclass(frozen=True, slots=True)
class Documented:
    """The words and the additions to the document of one route."""

    summary: str
    description: str
    extra: dict[str, Any]


def describe(
    view: Callable[..., Any], *, method: str, path: str, needs: str, key: str, refuses: Sequence[type[Refusal]]
) -> Documented:
    """Take the words from the function's docstring; raises ValueError where there is none."""
    text = inspect.getdoc(view)
    if not text:
        raise ValueError(f"{view.__qualname__} has no docstring; it is the route's documentation")
    first, _, rest = text.partition("\n")
    summary, *more = SUMMARY_END.split(first, maxsplit=1)
    if more:
        rest = f"{first}\n{rest}"
    all_refusals = [*ALWAYS, *refuses]
    all_refusals += WITH_BODY if method in {"POST", "PATCH", "PUT"} else ()
    all_refusals += WITH_PATH if "{" in path else ()
    all_refusals += WITH_KEY if key != "none" else ()
    all_refusals += [IdempotencyKeyRequired] if key == "required" else []
    extra: dict[str, Any] = {
        "responses": problem_answers(all_refusals),
        "security": [{SECURITY_NAME: []}],
        "x-needs": needs,
    }
    headers = _headers(method, key)
    if headers:
        extra["parameters"] = headers
    return Documented(summary=summary.rstrip("."), description=rest.strip(), extra=extra)


def problem_answers(kinds: Sequence[type[Refusal]]) -> dict[int, Any]:
    """The documented answers of refusals, one per status, each naming its codes."""
    by_status: dict[int, dict[str, type[Refusal]]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, {})[kind.code] = kind
    return {status: _problem_answer(by_status[status]) for status in sorted(by_status)}


def _problem_answer(by_code: dict[str, type[Refusal]]) -> dict[str, Any]:
    lines = [f"`{code}`: {first_sentence(kind)}" for code, kind in sorted(by_code.items())]
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": "\n".join(lines), "content": {"application/problem+json": {"schema": schema}}}


def first_sentence(kind: type[Refusal]) -> str:
    """What the refusal means, as its class says it; our own ids of requirements stay among ourselves."""
    return REQUIREMENT.sub("", (inspect.getdoc(kind) or "").partition("\n")[0])


def _headers(method: str, key: str) -> list[dict[str, Any]]:
    headers = []
    if key != "none":
        headers.append(
            {
                "in": "header",
                "name": "Idempotency-Key",
                "required": key == "required",
                "description": "A value of yours; the same request with it again gives the first answer again.",
                "schema": {"type": "string", "pattern": "^[!-~]{1,200}$", "minLength": 1, "maxLength": 200},
            }
        )
    if method == "PATCH":
        headers.append(
            {
                "in": "header",
                "name": "If-Match",
                "required": False,
                "description": "The `ETag` that you read; the change is refused where the object has another by now.",
                "schema": {"type": "string"},
            }
        )
    return headers
