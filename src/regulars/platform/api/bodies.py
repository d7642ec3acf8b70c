"""Reading what a request carries: limits before reading, the announced kind, then the strict parser."""

from typing import Any, Final

from django.http import HttpRequest

from regulars.kernel.refusal import Refused
from regulars.platform.api.strict_json import parse_json
from regulars.platform.errors import BodyTooLarge, MalformedBody, WrongContentType

JSON_BYTES_MAX: Final = 1_000_000
NOTHING: Final = object()
"""What a request without a body carries."""


def read_json(request: HttpRequest, *, bytes_max: int = JSON_BYTES_MAX) -> Any:
    """Read the request's JSON body; NOTHING where there is none.

    Refuses: BodyTooLarge (before reading, where the length is announced), WrongContentType, and what `parse_json` does.
    """
    check_length(request, bytes_max=bytes_max)
    body = vars(request).get("sent")
    if body is None:
        try:
            body = _read(request, bytes_max + 1)
        except OSError:
            # The sender went away in the middle; nobody will read this answer.
            raise Refused(MalformedBody()) from None
        # A hot route may look a second time, and the stream can be read but once.
        request.sent = body  # type: ignore[attr-defined]
    if len(body) > bytes_max:
        raise Refused(BodyTooLarge(bytes_max=bytes_max))
    if not body:
        return NOTHING
    if request.content_type != "application/json":
        raise Refused(WrongContentType(wanted="application/json"))
    return parse_json(body)


def _read(request: HttpRequest, bytes_wanted: int) -> bytes:
    """Up to so many bytes of the body, whether its length was announced or it comes in chunks (RFC 9112, section 7.1)."""
    if request.META.get("CONTENT_LENGTH") or request.META.get("HTTP_TRANSFER_ENCODING", "").lower() != "chunked":
        return request.read(bytes_wanted)
    # Django takes a body without a length for an empty one; the server hands it out to its end all the same.
    stream, parts, missing = request.META["wsgi.input"], [], bytes_wanted
    while missing > 0 and (part := stream.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def check_length(request: HttpRequest, *, bytes_max: int) -> None:
    """Refuse an announced length beyond the limit before a byte is read. Refuses: BodyTooLarge, MalformedBody."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if not (announced.isascii() and announced.isdigit() and len(announced) < 20):
        raise Refused(MalformedBody())
    if int(announced) > bytes_max:
        raise Refused(BodyTooLarge(bytes_max=bytes_max))


def check_multipart(request: HttpRequest, *, bytes_max: int) -> None:
    """Refuse an upload that is no multipart form or is larger than the route takes; reads nothing."""
    check_length(request, bytes_max=bytes_max)
    if request.content_type != "multipart/form-data":
        raise Refused(WrongContentType(wanted="multipart/form-data"))
