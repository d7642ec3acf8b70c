"""Routes of the pictures of vouchers (RWD-2)."""

from django.http import HttpResponse
from ninja import File
from ninja.files import UploadedFile

from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.api.answers import Answer, created, nothing
from regulars.platform.api.pictures import UPLOAD_BYTES_MAX, answer_upload, read_upload, send_picture
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.vouchers.actions.pictures import read_picture, remove_voucher_picture, set_voucher_picture
from regulars.vouchers.api.schemas import VoucherOut, present_voucher
from regulars.vouchers.queries.pictures import find_picture
from regulars.vouchers.queries.vouchers import access_voucher
from regulars.vouchers.rules.pictures import BYTES_MAX

routes = Routes("Vouchers")


@routes.post(
    "/vouchers/{voucher}/picture",
    needs="rewards:write",
    answers={201: VoucherOut},
    transaction="own",
    body="multipart",
    bytes_max=UPLOAD_BYTES_MAX,
)
def set_picture_of_voucher(request: ApiRequest, voucher: str, picture: File[UploadedFile]) -> HttpResponse:
    """Give a voucher a picture, in place of the one before: a still PNG, JPEG or WebP of at most 500 kB and 40 million pixels.

    It is drawn anew, at most 1,600 pixels wide and high, so that nothing but the picture is kept.
    """
    content = read_upload(request, picture, bytes_max=BYTES_MAX)
    read = read_picture(content)

    def work() -> Answer:
        set_voucher_picture(request.actor, voucher, read, now=request.now)
        return created(present_voucher(access_voucher(request.actor, voucher, now=request.now), request.actor))

    return answer_upload(request, "POST /vouchers/{voucher}/picture", {"voucher": voucher}, content, work)


@routes.get("/vouchers/{voucher}/picture", needs="rewards:read", answers={200: None})
def get_picture_of_voucher(request: ApiRequest, voucher: str) -> HttpResponse:
    """Fetch the picture of a voucher. Its `ETag` is that of the picture: send it as `If-None-Match`, and a known one is 304."""
    found = find_picture(request.actor.chain_id, access_voucher(request.actor, voucher, now=request.now).picture_id)
    if found is None:
        raise Refused(NotFound())
    return send_picture(request, found.id, found.media_type, found.content)


@routes.delete("/vouchers/{voucher}/picture", needs="rewards:write", answers={204: None})
def remove_picture_of_voucher(request: ApiRequest, voucher: str) -> Answer:
    """Take the picture of a voucher away, where it has one."""
    remove_voucher_picture(request.actor, voucher, now=request.now)
    return nothing()
