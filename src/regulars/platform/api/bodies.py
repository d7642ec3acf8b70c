"""Reading what a request carries: limits before reading, the announced kind, then the strict parser."""

import json
from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext as _

from regulars.kernel.refusal import FieldProblem, Invalid, Refusal, Refused
from regulars.platform.api.strict_json import parse_json
from regulars.platform.errors import BodyTooLarge, MalformedBody, WrongContentType

JSON_BYTES_MAX: Final = 1_000_000
ITEM_TYPES: Final = frozenset({"application/json", "application/x-ndjson", "application/jsonl"})
NOTHING: Final = object()
"""What a request without a body carries."""
# Numbers stay text here: they are read a second time, exactly.
_SCANNER: Final = json.JSONDecoder(parse_int=str, parse_float=str)
_SPACES: Final = frozenset(" \t\n\r")


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


def read_items(request: HttpRequest, *, bytes_max: int, items_max: int) -> list[Any | Refusal]:
    """The items of a body, each for itself: a JSON array, or one JSON text a line (NDJSON). One that cannot be read is its refusal.

    Refuses: BodyTooLarge, WrongContentType, MalformedBody for what is no list at all, Invalid for more than `items_max`.
    """
    check_length(request, bytes_max=bytes_max)
    if request.content_type not in ITEM_TYPES:
        raise Refused(WrongContentType(wanted="application/x-ndjson"))
    try:
        body = _read(request, bytes_max + 1)
    except OSError:
        raise Refused(MalformedBody()) from None
    if len(body) > bytes_max:
        raise Refused(BodyTooLarge(bytes_max=bytes_max))
    start = body.lstrip()[:1]
    texts = _texts_of_array(body) if start == b"[" else [line for line in body.splitlines() if line.strip()]
    if len(texts) > items_max:
        detail = _("At most %(n)s.") % {"n": items_max}
        raise Refused(Invalid(errors=(FieldProblem("", "too_many", detail),)))
    return [_item(text) for text in texts]


def _item(text: bytes) -> Any | Refusal:
    if len(text) > JSON_BYTES_MAX:
        return BodyTooLarge(bytes_max=JSON_BYTES_MAX)
    try:
        return parse_json(text)
    except Refused as refused:
        return refused.refusal


def _texts_of_array(body: bytes) -> list[bytes]:
    """The texts between the brackets of a JSON array, found by the rules of JSON; what they hold is read one by one."""
    try:
        text = body.decode("utf-8").strip()
    except UnicodeDecodeError as problem:
        raise Refused(MalformedBody(position=problem.start)) from None
    texts: list[bytes] = []
    at = _after_spaces(text, 1)
    while text[at : at + 1] != "]" or texts:
        try:
            _value, end = _SCANNER.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as problem:
            raise Refused(MalformedBody(position=getattr(problem, "pos", at))) from None
        texts.append(text[at:end].encode())
        at = _after_spaces(text, end)
        if text[at : at + 1] != ",":
            break
        at = _after_spaces(text, at + 1)
    if text[at : at + 1] != "]" or at + 1 != len(text):
        raise Refused(MalformedBody(position=at))
    return texts


def _after_spaces(text: str, at: int) -> int:
    while text[at : at + 1] in _SPACES:
        at += 1
    return at


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
