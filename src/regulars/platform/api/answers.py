"""Answers of the API: JSON with a status, and the object's version as its entity tag."""

from typing import Any, Final

from django.http import HttpResponse

from regulars.platform.api.versions import etag_of
from regulars.platform.wire import to_json

MEDIA_TYPE: Final = "application/json"


class Answer(HttpResponse):
    """An answer of a route: a body of JSON, ready to send and to store."""


def answer(body: Any, *, status: int = 200, version: int | None = None) -> Answer:
    """Answer with a body; `version` becomes the `ETag` that a later change may name in `If-Match`."""
    made = answer_text(to_json(body), status=status)
    if version is not None:
        made["ETag"] = etag_of(version)
    return made


def created(body: Any, *, version: int | None = None) -> Answer:
    """Answer 201 with what was made."""
    return answer(body, status=201, version=version)


def accepted(body: Any) -> Answer:
    """Answer 202: the work goes on in the background, the body says where to look."""
    return answer(body, status=202)


def nothing() -> Answer:
    """Answer 204: done, and there is nothing to say."""
    return answer_text("", status=204)


def unchanged(*, version: int) -> Answer:
    """Answer 304: what the sender has, of this version, is still right (RFC 9110, section 13.1.2)."""
    made = answer_text("", status=304)
    made["ETag"] = etag_of(version)
    return made


def answer_text(text: str, *, status: int) -> Answer:
    """Answer with JSON that is written already, as hot actions store it."""
    made = Answer(text.encode(), status=status, content_type=MEDIA_TYPE)
    if status in (204, 304):
        del made["Content-Type"]
    return made
