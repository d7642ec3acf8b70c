"""The picture of a reward: put there, changed, taken away (RWD-2)."""

from datetime import datetime
from uuid import UUID

from regulars.platform.actor import Actor
from regulars.platform.audit import record
from regulars.platform.database import execute, unit_of_work
from regulars.rewards.queries.rewards import access_reward
from regulars.vouchers.actions.pictures import forget_picture, keep_picture
from regulars.vouchers.rules.pictures import Picture


def set_picture(actor: Actor, reward: str, picture: Picture, *, now: datetime) -> UUID:
    """Keep a picture of a reward, in place of the one before; its vouchers show it from now on.

    Vouchers that were issued before keep what they had. Refuses: Forbidden, NotFound.
    """
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        view = access_reward(actor, reward, counts=False)
        picture_id = keep_picture(actor.chain_id, picture)
        _show(actor, view.id, picture_id)
        if picture_id != view.picture_id:
            forget_picture(actor.chain_id, view.picture_id)
        record(actor, verb="reward.picture_set", object_kind="reward", object_id=view.id, now=now)
        return picture_id


def remove_picture(actor: Actor, reward: str, *, now: datetime) -> None:
    """Take the picture of a reward away, where it has one. Refuses: Forbidden, NotFound."""
    actor.require("promotions:write")
    with unit_of_work(actor.chain_id):
        view = access_reward(actor, reward, counts=False)
        if view.picture_id is not None:
            _show(actor, view.id, None)
            forget_picture(actor.chain_id, view.picture_id)
            record(actor, verb="reward.picture_removed", object_kind="reward", object_id=view.id, now=now)


def _show(actor: Actor, reward_id: UUID, picture_id: UUID | None) -> None:
    execute(
        "UPDATE rewards SET picture_id = %s WHERE chain_id = %s AND id = %s", [picture_id, actor.chain_id, reward_id]
    )
