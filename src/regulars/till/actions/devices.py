"""Devices at the till: registered with the key they sign with, ended by whoever looks after them (TIL-5)."""

from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.kernel.ids import decode, new_id
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.audit import record
from regulars.platform.database import row, unit_of_work
from regulars.till.errors import DeviceRevoked, DeviceUnknown
from regulars.till.models import TillDevice
from regulars.till.rules.queue import is_point, read_base64

NAME_MAX: Final = 120
SETTLES: Final = "staff:write"


def register_device(actor: Actor, *, public_key: str, name: str, session_id: UUID, now: datetime) -> UUID:
    """Register the key of a browser to whoever signed in at it; the same key again is the same device.

    Refuses: Forbidden, Invalid, DeviceUnknown where the key is a colleague's, DeviceRevoked until the next sign-in.
    """
    actor.require("balances:write")
    assert actor.staff_id is not None
    point = read_base64(public_key[:200])
    if not is_point(point):
        detail = "A public key of the curve P-256: 65 bytes in base64."
        raise Refused(Invalid(errors=(FieldProblem("/public_key", "invalid_key", detail),)))
    with unit_of_work(actor.chain_id):
        found = _find(actor, point)
        if found is not None:
            return found
        ended = row(
            "SELECT 1 FROM till_devices WHERE chain_id = %s AND session_id = %s AND revoked_at IS NOT NULL",
            [actor.chain_id, session_id],
        )
        if ended is not None:
            raise Refused(DeviceRevoked())
        device_id = new_id()
        made = row(
            "INSERT INTO till_devices (id, chain_id, staff_id, session_id, name, public_key, registered_at, seen_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id",
            [device_id, actor.chain_id, actor.staff_id, session_id, name[:NAME_MAX], point, now, now],
        )
        if made is None:
            found = _find(actor, point)
            assert found is not None
            return found
        record(
            actor,
            verb="register_till_device",
            object_kind="till_device",
            object_id=device_id,
            now=now,
            after={"name": name[:NAME_MAX]},
        )
        return device_id


def _find(actor: Actor, point: bytes) -> UUID | None:
    """The actor's device with this key. Refuses: DeviceUnknown, DeviceRevoked."""
    found = row(
        "SELECT id, staff_id, revoked_at FROM till_devices WHERE chain_id = %s AND public_key = %s",
        [actor.chain_id, point],
    )
    if found is None:
        return None
    device_id, staff_id, revoked_at = found
    if staff_id != actor.staff_id:
        raise Refused(DeviceUnknown())
    if revoked_at is not None:
        raise Refused(DeviceRevoked())
    return UUID(str(device_id))


def revoke_device(actor: Actor, identifier: str, *, now: datetime) -> str:
    """End a device: nothing that its key signs is counted any more; its name. Twice is once.

    Refuses: Forbidden, NotFound.
    """
    actor.require(SETTLES)
    device_id = decode("tdv", identifier)
    if device_id is None:
        raise Refused(NotFound())
    with unit_of_work(actor.chain_id):
        found = TillDevice.objects.select_for_update(no_key=True).filter(chain_id=actor.chain_id, id=device_id).first()
        if found is None:
            raise Refused(NotFound())
        if found.revoked_at is None:
            found.revoked_at, found.revoked_by = now, actor.staff_id
            found.save(update_fields=["revoked_at", "revoked_by"])
            record(
                actor,
                verb="revoke_till_device",
                object_kind="till_device",
                object_id=found.id,
                now=now,
                before={"revoked_at": None},
                after={"revoked_at": now},
            )
        return found.name
