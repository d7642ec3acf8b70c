"""The picture of a reward: put there, changed, taken away (RWD-2)."""

from datetime import datetime

from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.actor import Actor
from regulars.platform.audit import record
from regulars.platform.database import execute, unit_of_work
from regulars.rewards.models import RewardPicture
from regulars.rewards.queries.rewards import access_reward
from regulars.rewards.rules.pictures import BYTES_MAX, redraw


def set_picture(actor: Actor, reward: str, content: bytes, *, now: datetime) -> None:
    """Keep a picture of a reward, in place of the one before. Refuses: Forbidden, NotFound, Invalid."""
    actor.require("promotions:write")
    if len(content) > BYTES_MAX:
        raise _invalid("too_large", "A picture has at most 500 kB: make it smaller, 800 pixels are plenty.")
    picture = redraw(content)
    if picture == "too_many_pixels":
        raise _invalid("too_many_pixels", "A picture has at most 40 million pixels: make it smaller.")
    if picture == "not_a_picture":
        raise _invalid("not_a_picture", "A picture is a PNG, JPEG or WebP file.")
    with unit_of_work(actor.chain_id):
        view = access_reward(actor, reward)
        RewardPicture.objects.update_or_create(
            reward_id=view.id,
            defaults={
                "chain_id": actor.chain_id,
                "media_type": picture.media_type,
                "content": picture.content,
                "version": (view.picture_version or 0) + 1,
            },
        )
        record(actor, verb="reward.picture_set", object_kind="reward", object_id=view.id, now=now)


def remove_picture(actor: Actor, reward: str, *, now: datetime) -> None:
    """Take the picture of a reward away. Refuses: Forbidden, NotFound."""
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        view = access_reward(actor, reward)
        if execute("DELETE FROM reward_pictures WHERE chain_id = %s AND reward_id = %s", [actor.chain_id, view.id]):
            record(actor, verb="reward.picture_removed", object_kind="reward", object_id=view.id, now=now)


def _invalid(code: str, detail: str) -> Refused:
    return Refused(Invalid(errors=(FieldProblem("/picture", code, detail),)))
