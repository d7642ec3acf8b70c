"""Pictures over the API: taken as an upload, given with what lets a reader keep them."""

import hashlib
from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from ninja.files import UploadedFile

from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.api.answers import Answer
from regulars.platform.api.idempotency import answer_in_one_transaction, claim_of
from regulars.platform.api.routes import ApiRequest

UPLOAD_BYTES_MAX: Final = 600_000
"""A picture of the largest size with what a form puts around it; beyond it nothing is read."""
KEPT_SECONDS: Final = 300


def read_upload(request: HttpRequest, picture: UploadedFile, *, bytes_max: int) -> bytes:
    """The bytes of an uploaded picture, one more than `bytes_max` at most. Refuses: Invalid for fields besides it."""
    others = sorted({*request.POST, *request.FILES} - {"picture"})
    if others:
        raise Refused(Invalid(errors=(FieldProblem(f"/{others[0]}", "unknown_field", _("There is no such field.")),)))
    return bytes(picture.read(bytes_max + 1))


def answer_upload(
    request: ApiRequest, route: str, path: dict[str, str], content: bytes, work: Callable[[], Answer]
) -> HttpResponse:
    """Do the work of an upload once for a key; the same key with another picture is refused."""
    digest = hashlib.sha256(content).hexdigest()
    claim = claim_of(request, request.actor, route=route, required=False, path=path, body=digest)
    return answer_in_one_transaction(request.actor, claim, work)


def send_picture(request: HttpRequest, picture_id: UUID, media_type: str, content: bytes) -> HttpResponse:
    """A picture that never changes under its id: whoever has it is told so (304) and need not be sent it again."""
    tag = f'"{picture_id.hex}"'
    known = parse_etags(request.headers.get("If-None-Match", ""))
    answer = (
        HttpResponse(status=304) if tag in known or "*" in known else HttpResponse(content, content_type=media_type)
    )
    answer["ETag"] = tag
    answer["Cache-Control"] = f"private, max-age={KEPT_SECONDS}"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
