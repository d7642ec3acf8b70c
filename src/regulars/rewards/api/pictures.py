"""Routes of the pictures of rewards (RWD-2)."""

from django.http import HttpResponse
from ninja import File
from ninja.files import UploadedFile

from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.api.answers import Answer, created, nothing
from regulars.platform.api.pictures import UPLOAD_BYTES_MAX, answer_upload, read_upload, send_picture
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.rewards.actions.pictures import remove_picture, set_picture
from regulars.rewards.api.rewards import RewardOut, present_reward
from regulars.rewards.queries.rewards import access_reward
from regulars.vouchers.actions.pictures import read_picture
from regulars.vouchers.queries.pictures import find_picture
from regulars.vouchers.rules.pictures import BYTES_MAX

routes = Routes("Rewards")


@routes.post(
    "/rewards/{reward}/picture",
    needs="promotions:write",
    answers={201: RewardOut},
    transaction="own",
    body="multipart",
    bytes_max=UPLOAD_BYTES_MAX,
)
def set_picture_of_reward(request: ApiRequest, reward: str, picture: File[UploadedFile]) -> HttpResponse:
    """Give a reward a picture, in place of the one before: a still PNG, JPEG or WebP of at most 500 kB and 40 million pixels.

    It is drawn anew, at most 1,600 pixels wide and high, so that nothing but the picture is kept. Vouchers that it brings
    from now on show it as well.
    """
    content = read_upload(request, picture, bytes_max=BYTES_MAX)
    read = read_picture(content)

    def work() -> Answer:
        set_picture(request.actor, check_reference(reward), read, now=request.now)
        return created(present_reward(access_reward(request.actor, check_reference(reward))))

    return answer_upload(request, "POST /rewards/{reward}/picture", {"reward": reward}, content, work)


@routes.get("/rewards/{reward}/picture", needs="rewards:read", answers={200: None})
def get_picture_of_reward(request: ApiRequest, reward: str) -> HttpResponse:
    """Fetch the picture of a reward. Its `ETag` is that of the picture: send it as `If-None-Match`, and a known one is 304."""
    found = find_picture(
        request.actor.chain_id, access_reward(request.actor, check_reference(reward), counts=False).picture_id
    )
    if found is None:
        raise Refused(NotFound())
    return send_picture(request, found.id, found.media_type, found.content)


@routes.delete("/rewards/{reward}/picture", needs="promotions:write", answers={204: None})
def remove_picture_of_reward(request: ApiRequest, reward: str) -> Answer:
    """Take the picture of a reward away, where it has one."""
    remove_picture(request.actor, check_reference(reward), now=request.now)
    return nothing()
