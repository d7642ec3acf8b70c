"""Pictures of vouchers and rewards: looked at, drawn anew, kept once, forgotten when nothing shows them (RWD-2)."""

import hashlib
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from regulars.kernel.ids import new_id
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.actor import Actor
from regulars.platform.audit import record
from regulars.platform.database import execute, rows, unit_of_work
from regulars.vouchers.queries.vouchers import access_voucher
from regulars.vouchers.rules.pictures import BYTES_MAX, Picture, redraw

KEEP: Final = """
INSERT INTO pictures (id, chain_id, digest, media_type, content) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (chain_id, digest) DO UPDATE SET digest = excluded.digest RETURNING id
"""


def read_picture(content: bytes) -> Picture:
    """What was uploaded, drawn anew: outside of a transaction, as that takes its time. Refuses: Invalid."""
    if len(content) > BYTES_MAX:
        raise _invalid("too_large", "A picture has at most 500 kB: make it smaller, 800 pixels are plenty.")
    picture = redraw(content)
    if picture == "too_many_pixels":
        raise _invalid("too_many_pixels", "A picture has at most 40 million pixels: make it smaller.")
    if picture == "not_a_picture":
        raise _invalid("not_a_picture", "A picture is a PNG, JPEG or WebP file.")
    return picture


def keep_picture(chain_id: UUID, picture: Picture) -> UUID:
    """Keep a picture in the transaction that is open; one that the chain has already is kept once."""
    digest = hashlib.sha256(picture.content).digest()
    ((picture_id,),) = rows(KEEP, [new_id(), chain_id, digest, picture.media_type, picture.content])
    return UUID(str(picture_id))


def forget_picture(chain_id: UUID, picture_id: UUID | None) -> None:
    """Forget a picture unless something still shows it."""
    if picture_id is None:
        return
    try:
        with transaction.atomic():
            execute("SET CONSTRAINTS ALL IMMEDIATE", [])
            execute("DELETE FROM pictures WHERE chain_id = %s AND id = %s", [chain_id, picture_id])
    except IntegrityError:
        # Another reward or voucher shows it.
        return


def set_voucher_picture(actor: Actor, voucher: str, picture: Picture, *, now: datetime) -> UUID:
    """Give a voucher a picture in place of the one before; its version stays. Refuses: Forbidden, NotFound."""
    actor.require("rewards:write")
    with unit_of_work(actor.chain_id):
        view = access_voucher(actor, voucher, now=now)
        picture_id = keep_picture(actor.chain_id, picture)
        _show(actor, view.id, picture_id)
        if picture_id != view.picture_id:
            forget_picture(actor.chain_id, view.picture_id)
        record(actor, verb="voucher.picture_set", object_kind="voucher", object_id=view.id, now=now)
        return picture_id


def remove_voucher_picture(actor: Actor, voucher: str, *, now: datetime) -> None:
    """Take the picture of a voucher away, where it has one. Refuses: Forbidden, NotFound."""
    actor.require("rewards:write")
    with unit_of_work(actor.chain_id):
        view = access_voucher(actor, voucher, now=now)
        if view.picture_id is not None:
            _show(actor, view.id, None)
            forget_picture(actor.chain_id, view.picture_id)
            record(actor, verb="voucher.picture_removed", object_kind="voucher", object_id=view.id, now=now)


def _show(actor: Actor, voucher_id: UUID, picture_id: UUID | None) -> None:
    execute(
        "UPDATE vouchers SET picture_id = %s WHERE chain_id = %s AND id = %s", [picture_id, actor.chain_id, voucher_id]
    )


def _invalid(code: str, detail: str) -> Refused:
    return Refused(Invalid(errors=(FieldProblem("/picture", code, detail),)))
