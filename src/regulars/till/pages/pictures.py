"""A picture from the camera or a photo, read by the server where the browser cannot (TIL-1)."""

from typing import Final

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from regulars.kernel.refusal import Refused
from regulars.platform.pages.answer import UNPROCESSABLE
from regulars.platform.sessions import PageRequest, page
from regulars.till.errors import PictureUnread
from regulars.till.pages import words
from regulars.till.pages.desk import desk_of, render_stage
from regulars.till.pages.scanning import show_found
from regulars.till.rules.decoding import BYTES_MAX, read_code

FRAME: Final = "application/json"


@require_POST
@page(right="cards:read")
def read(request: PageRequest) -> HttpResponse:
    """The code in a picture: as JSON for the camera, which asks many times; else what it means, as if it were scanned.

    Refuses: PictureUnread.
    """
    sent = request.FILES.get("picture")
    is_frame = request.headers.get("Accept", "").startswith(FRAME)
    if sent is None or (sent.size or 0) > BYTES_MAX:
        return _unread(request, is_frame=is_frame)
    text = read_code(sent.read())
    if is_frame:
        if text == "not_a_picture":
            raise Refused(PictureUnread(megabytes=BYTES_MAX // 1_000_000))
        return JsonResponse({"text": "" if text == "nothing_found" else text}, headers={"Cache-Control": "no-store"})
    if text in ("not_a_picture", "nothing_found"):
        return _unread(request, is_frame=False)
    desk = desk_of(request)
    return show_found(request, desk, text, searches=False)


def _unread(request: PageRequest, *, is_frame: bool) -> HttpResponse:
    if is_frame:
        raise Refused(PictureUnread(megabytes=BYTES_MAX // 1_000_000))
    trouble = words.TROUBLES["unread"]
    return render_stage(request, desk_of(request), "trouble", {"trouble": trouble}, status=UNPROCESSABLE)
