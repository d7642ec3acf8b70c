"""PINs for the till: set by whoever they are for, typed by whoever takes over from a colleague (UX 4)."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.contrib.auth.hashers import make_password, verify_password

from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Invalid, Refused
from regulars.platform.actor import Actor
from regulars.platform.attempts import Limit, Try, forget_attempts, give_back, source_of, take_attempts
from regulars.platform.audit import record
from regulars.platform.database import execute, row, unit_of_work
from regulars.staff.actions.logins import person
from regulars.staff.actions.notifications import notify, notify_holders
from regulars.staff.actions.passwords import prove_password
from regulars.staff.errors import WrongPin
from regulars.staff.models import TillPin
from regulars.staff.queries import StaffView, list_pin_holders
from regulars.staff.rules import check_pin

# A PIN has few digits. So whoever guesses waits: at one device whatever names they take, and for one name at whatever device.
DEVICE: Final = Limit(
    kind="till_pin_device",
    free=8,
    first_wait=timedelta(seconds=30),
    wait_max=timedelta(minutes=15),
    forget_after=timedelta(hours=1),
)
MEMBER: Final = Limit(
    kind="till_pin_member",
    free=5,
    first_wait=timedelta(seconds=30),
    wait_max=timedelta(minutes=15),
    forget_after=timedelta(hours=24),
)
WRONG_MAX: Final = 10
"""So many wrong ones since the last right one lock a PIN, however slowly they come: its owner sets another."""
TYPED_MAX: Final = 20
LOCKED_TELLS: Final = "staff:write"
"""Who holds this hears that a PIN was locked: somebody at the till may be guessing."""

logger = logging.getLogger("regulars.sign_in")


@dataclass(frozen=True, slots=True)
class Proven:
    """Who knows their PIN, and which one it is."""

    staff_id: UUID
    pin_id: UUID


def set_pin(actor: Actor, *, pin: str, password: str, now: datetime) -> None:
    """Set one's own PIN, a new one or the first; whoever stands in by the old one is out. Refuses: WrongPassword, Invalid, TooManyAttempts."""
    assert actor.staff_id is not None
    assert actor.login_id is not None
    problems = check_pin(pin, "/pin")
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    _, attempt = prove_password(actor.login_id, password, address=actor.address, now=now)
    encoded = make_password(pin)
    with unit_of_work(actor.chain_id):
        # Two tabs at once: the second waits here, and its PIN is the one that stays.
        execute("SELECT 1 FROM staff WHERE id = %s FOR NO KEY UPDATE", [actor.staff_id])
        TillPin.objects.filter(chain_id=actor.chain_id, staff_id=actor.staff_id).delete()
        TillPin.objects.create(chain_id=actor.chain_id, staff_id=actor.staff_id, pin_hash=encoded, set_at=now)
        forget_attempts(attempt)
        forget_attempts(_of_member(actor.chain_id, actor.staff_id))
        record(actor, verb="till_pin.set", object_kind="staff", object_id=actor.staff_id, now=now)


def remove_pin(actor: Actor, *, now: datetime) -> None:
    """Take one's own PIN away; whoever stands in by it is out. Twice is once."""
    assert actor.staff_id is not None
    with unit_of_work(actor.chain_id):
        removed, _ = TillPin.objects.filter(chain_id=actor.chain_id, staff_id=actor.staff_id).delete()
        if removed:
            record(actor, verb="till_pin.removed", object_kind="staff", object_id=actor.staff_id, now=now)


def prove_pin(
    device: Actor, *, session_id: UUID, staff: str, pin: str, here: Collection[UUID], now: datetime
) -> Proven:
    """Who somebody at a device is, by the name that they chose (`stf_…`) and their PIN. Refuses: WrongPin, TooManyAttempts.

    A wrong PIN, a locked one, and whoever has none or does not work here get one answer, after the same work.
    """
    staff_id = decode("stf", staff)
    by_device = Try(DEVICE, str(session_id))
    by_member = _of_member(device.chain_id, staff_id)
    of_device, _ = take_attempts([by_device, by_member], now=now)
    with unit_of_work(device.chain_id):
        holders = {one.id: one for one in list_pin_holders(device.chain_id, here)}
        holder = holders.get(staff_id) if staff_id else None
        counted = _count_try(holder) if holder else None
    if holder is None or counted is None or not pin or len(pin) > TYPED_MAX:
        make_password(pin[:TYPED_MAX])
        is_right = False
    else:
        is_right = verify_password(pin, counted.pin_hash)[0]
    if not is_right:
        logger.warning("A PIN at the till failed", extra={"source": source_of(device.address)})
    with unit_of_work(device.chain_id):
        if holder and counted and is_right and _accept(counted):
            forget_attempts(by_member)
            give_back(of_device)
            who = person(device.chain_id, staff_id=holder.id, login_id=holder.login_id, address=device.address)
            before = {"staff": encode("stf", device.staff_id)} if device.staff_id else None
            record(who, verb="till_pin.taken_over", object_kind="staff", object_id=holder.id, now=now, before=before)
            return Proven(holder.id, counted.id)
        if holder and counted and not is_right and counted.failures >= WRONG_MAX:
            _lock(device, holder, counted, now=now)
    raise Refused(WrongPin())


@dataclass(frozen=True, slots=True)
class _Counted:
    id: UUID
    pin_hash: str
    failures: int


def _of_member(chain_id: UUID, staff_id: UUID | None) -> Try:
    return Try(MEMBER, f"{chain_id} {staff_id}")


def _count_try(holder: StaffView) -> _Counted | None:
    """Count a try as wrong before it is looked at, so that many at one instant are as many; None where it is locked."""
    found = row(
        "UPDATE till_pins SET failures = failures + 1 WHERE staff_id = %s AND locked_at IS NULL AND failures < %s"
        " RETURNING id, pin_hash, failures",
        [holder.id, WRONG_MAX],
    )
    return _Counted(*found) if found else None


def _accept(counted: _Counted) -> bool:
    """Start the counter afresh; False where the PIN was changed or locked meanwhile."""
    return bool(execute("UPDATE till_pins SET failures = 0 WHERE id = %s AND locked_at IS NULL", [counted.id]))


def _lock(device: Actor, holder: StaffView, counted: _Counted, *, now: datetime) -> None:
    if execute("UPDATE till_pins SET locked_at = %s WHERE id = %s AND locked_at IS NULL", [now, counted.id]):
        logger.warning("A PIN at the till was locked", extra={"source": source_of(device.address)})
        after = {"wrong": counted.failures}
        record(device, verb="till_pin.locked", object_kind="staff", object_id=holder.id, now=now, after=after)
        about = {"name": holder.name or holder.email, "wrong": counted.failures}
        notify_holders(
            device.chain_id,
            LOCKED_TELLS,
            "till_pin.locked",
            subject_id=holder.id,
            facts=about | {"own": False},
            now=now,
        )
        # Whose it is reads where to set a new one.
        own = person(device.chain_id, staff_id=holder.id, login_id=holder.login_id, address="")
        notify(own, "till_pin.locked", subject_id=holder.id, facts=about | {"own": True}, now=now)
