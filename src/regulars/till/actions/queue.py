"""What a device noted without a connection, counted when it is back: each once, dated by the server (TIL-5)."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from django.db import IntegrityError

from regulars.cards.queries.cards import access_card
from regulars.kernel.ids import decode, encode, new_id
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.api.idempotency import is_taken
from regulars.platform.audit import record
from regulars.platform.claims import Answered, Claim, find_answer
from regulars.platform.database import execute, row, unit_of_work
from regulars.platform.problems import sentence
from regulars.rewards.errors import StampedRecently
from regulars.till.actions.press import PRESS_ROUTE, At, PressCommand, press
from regulars.till.errors import ConflictSettled, DeviceRevoked, DeviceUnknown
from regulars.till.queries.found import Found, find_card_at_till, judge_card
from regulars.till.queries.queue import QueuedView, access_conflict, was_stamped_near
from regulars.till.rules.queue import Queued, is_signed, is_too_old, read_queued

State = Literal["done", "conflict", "refused", "later"]
BUSY: Final = frozenset((429, 503))


@dataclass(frozen=True, slots=True)
class Signed:
    """What was sent: the payload as it was signed, and the signature in base64."""

    payload: str
    signature: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one: counted (also where it was counted before), in conflict, refused for good, or to be sent later."""

    position: int
    state: State
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Who counts: where the device may stand, and what is taken in the mode that it works in."""

    at: At
    line: str
    """What a purchase is called on its order."""
    amount_of: Callable[[str], str]
    """Reads an amount as people type it."""
    locations: Collection[UUID]
    takes: Callable[[Queued], bool]


def take_queue(
    actor: Actor, device: str, sent: Sequence[Signed], counter: Counter, *, now: datetime
) -> tuple[Taken, ...]:
    """Count what a device noted, in the order of its sequence, whatever order it was sent in; each of them once for ever.

    What cannot be counted is kept as a conflict for whoever looks. Refuses: Forbidden, DeviceUnknown.
    """
    actor.require("balances:write")
    device_id, public_key, revoked_at = _access_device(actor, device, now=now)
    taken: list[Taken] = []
    sound: list[tuple[int, Queued]] = []
    for position, one in enumerate(sent):
        queued = read_queued(one.payload) if is_signed(one.payload, one.signature, public_key) else None
        if queued is None or queued.device != device:
            taken.append(Taken(position, "refused", "forged"))
        elif not counter.takes(queued):
            taken.append(Taken(position, "later"))
        else:
            sound.append((position, queued))
    if any(one.state == "refused" for one in taken):
        _note_forgeries(actor, device_id, sum(one.state == "refused" for one in taken), now=now)
    for position, queued in sorted(sound, key=lambda pair: pair[1].sequence):
        state, code = _take(actor, device_id, queued, counter, is_revoked=revoked_at is not None, now=now)
        taken.append(Taken(position, state, code))
    return tuple(sorted(taken, key=lambda one: one.position))


def _access_device(actor: Actor, device: str, *, now: datetime) -> tuple[UUID, bytes, datetime | None]:
    """One's own device with its key. Refuses: DeviceUnknown."""
    device_id = decode("tdv", device)
    with unit_of_work(actor.chain_id):
        found = row(
            "UPDATE till_devices SET seen_at = greatest(seen_at, %s) WHERE chain_id = %s AND id = %s AND staff_id = %s"
            " RETURNING id, public_key, revoked_at",
            [now, actor.chain_id, device_id, actor.staff_id],
        )
    if found is None:
        raise Refused(DeviceUnknown())
    return found[0], bytes(found[1]), found[2]


def _note_forgeries(actor: Actor, device_id: UUID, count: int, *, now: datetime) -> None:
    with unit_of_work(actor.chain_id):
        record(
            actor,
            verb="refuse_forged_queue",
            object_kind="till_device",
            object_id=device_id,
            now=now,
            after={"count": count},
        )


def _take(
    actor: Actor, device_id: UUID, queued: Queued, counter: Counter, *, is_revoked: bool, now: datetime
) -> tuple[State, str]:
    with unit_of_work(actor.chain_id):
        before = _known(device_id, queued)
    if before is not None:
        return before
    if is_revoked:
        return _keep(actor, device_id, queued, Outcome(conflict=DeviceRevoked.code), now=now)
    if is_too_old(queued.claimed_at, now):
        return _keep(actor, device_id, queued, Outcome(conflict="too_old"), now=now)
    location_id = decode("loc", queued.location) if queued.location else None
    if queued.location and location_id not in counter.locations:
        return _keep(actor, device_id, queued, Outcome(conflict="place_gone"), now=now)
    at = replace(counter.at, source=queued.source, location_id=location_id)
    outcome = _count(actor, queued, at, counter, now=now)
    return _keep(actor, device_id, queued, outcome, location_id=location_id, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What counting came to: a press, or what stands against it."""

    press_id: UUID | None = None
    card_id: UUID | None = None
    conflict: str = ""
    detail: str = ""


def _known(device_id: UUID, queued: Queued) -> tuple[State, str] | None:
    """What became of this number of the sequence before; another key under it is another thing, which is refused."""
    found = row(
        "SELECT key, conflict FROM till_queued WHERE device_id = %s AND sequence = %s", [device_id, queued.sequence]
    )
    if found is None:
        return None
    key, conflict = found
    if key != queued.key:
        return "refused", "sequence_used"
    return ("conflict", conflict) if conflict else ("done", "")


def _count(actor: Actor, queued: Queued, at: At, counter: Counter, *, now: datetime) -> Outcome:
    """Press what was noted, on the card as it is now."""
    claim = _claim(actor, queued.key)
    with unit_of_work(actor.chain_id):
        stored = find_answer(claim)
    if stored is not None:
        # It had arrived before the connection broke.
        return Outcome(press_id=decode("prs", stored.answer))
    found = _find_card(actor, queued, at, now=now)
    card = found.card
    if card is None or found.problem:
        return Outcome(card_id=card.id if card else None, conflict=found.problem or "several", detail=found.places)
    if queued.kind == "stamps":
        with unit_of_work(actor.chain_id):
            # What arrived was given before, whatever the device's clock says: hours between two visits have to have passed.
            near = was_stamped_near(actor.chain_id, card, min(queued.claimed_at, now))
        if near:
            return Outcome(card_id=card.id, conflict=StampedRecently.code)
    command = PressCommand(
        kind=queued.kind,
        card=encode("crd", card.id),
        count=queued.count,
        amount=counter.amount_of(queued.amount) if queued.amount else "",
        line=counter.line,
        # By the times at which they were given, not at which they arrive, they are far enough apart.
        again=True,
    )
    return _press(actor, command, at, card.id, queued.key, now=now)


def _claim(actor: Actor, key: str) -> Claim:
    """The key of a press, the same as with a connection; what was pressed under it first is what counts."""
    assert actor.staff_id is not None
    return Claim(holder_id=actor.staff_id, route=PRESS_ROUTE, key=key, body_hash=hashlib.sha256(key.encode()).digest())


def _find_card(actor: Actor, queued: Queued, at: At, *, now: datetime) -> Found:
    if not queued.card:
        return find_card_at_till(
            actor,
            queued.text,
            country=at.country,
            location_id=at.location_id,
            searches=queued.by == "typed",
            now=now,
        )
    try:
        with unit_of_work(actor.chain_id):
            card = access_card(actor, queued.card, now=now)
            return judge_card(actor, card, location_id=at.location_id, now=now)
    except Refused as refused:
        if isinstance(refused.refusal, NotFound):
            return Found(problem="unknown")
        raise


def _press(actor: Actor, command: PressCommand, at: At, card_id: UUID, key: str, *, now: datetime) -> Outcome:
    claim = _claim(actor, key)
    try:
        return Outcome(press_id=press(actor, command, at, now=now, claim=claim), card_id=card_id)
    except Answered as answered:
        made = answered.stored.answer
    except IntegrityError as conflict:
        if not is_taken(conflict):
            raise
        with unit_of_work(actor.chain_id):
            stored = find_answer(claim)
        assert stored is not None
        made = stored.answer
    except Refused as refused:
        if refused.refusal.status in BUSY:
            raise
        return Outcome(card_id=card_id, conflict=refused.refusal.code, detail=sentence(refused.refusal))
    return Outcome(press_id=decode("prs", made), card_id=card_id)


def _keep(
    actor: Actor,
    device_id: UUID,
    queued: Queued,
    outcome: Outcome,
    *,
    location_id: UUID | None = None,
    now: datetime,
) -> tuple[State, str]:
    """Keep what became of it; whoever sent it at the same instant has the same answer."""
    with unit_of_work(actor.chain_id):
        kept = execute(
            """
            INSERT INTO till_queued (id, chain_id, device_id, sequence, key, kind, source, card_id, code_end, count, amount,
                location_id, claimed_at, received_at, press_id, conflict, detail)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (device_id, sequence) DO NOTHING
            """,
            [
                *(new_id(), actor.chain_id, device_id, queued.sequence, queued.key, queued.kind, queued.source),
                *(outcome.card_id, queued.code_end, queued.count, queued.amount, location_id, queued.claimed_at, now),
                *(outcome.press_id, outcome.conflict, outcome.detail),
            ],
        )
        if not kept:
            known = _known(device_id, queued)
            assert known is not None
            return known
    return ("conflict", outcome.conflict) if outcome.conflict else ("done", "")


def count_anyway(actor: Actor, identifier: str, at: At, *, line: str, now: datetime) -> UUID:
    """Count a conflict all the same, where somebody says that it was another visit; the press.

    Refuses: Forbidden, NotFound, ConflictSettled, and what pressing refuses.
    """
    actor.require("balances:write")
    with unit_of_work(actor.chain_id):
        found = access_conflict(actor, identifier)
    if found.settled_at is not None or found.card_id is None or not found.is_asked:
        raise Refused(ConflictSettled())
    command = PressCommand(
        kind=found.kind,
        card=encode("crd", found.card_id),
        count=found.count,
        amount=found.amount,
        line=line,
        again=True,
    )
    placed = replace(at, source=found.source, location_id=found.location_id)
    # The key of the note, so that two who decide at once count it once.
    outcome = _press(actor, command, placed, found.card_id, found.key, now=now)
    if outcome.press_id is None:
        _update(found, "conflict = %s, detail = %s", [outcome.conflict, outcome.detail], actor)
        raise Refused(ConflictSettled())
    _update(found, "press_id = %s, settled_at = %s", [outcome.press_id, now], actor)
    return outcome.press_id


def put_aside(actor: Actor, identifier: str, *, now: datetime) -> None:
    """Leave a conflict uncounted for good. Refuses: Forbidden, NotFound, ConflictSettled."""
    actor.require("balances:write")
    with unit_of_work(actor.chain_id):
        found = access_conflict(actor, identifier)
        if found.settled_at is not None:
            raise Refused(ConflictSettled())
    _update(found, "settled_at = %s", [now], actor)


def _update(found: QueuedView, change: str, values: list[object], actor: Actor) -> None:
    with unit_of_work(actor.chain_id):
        execute(f"UPDATE till_queued SET {change} WHERE id = %s AND settled_at IS NULL", [*values, found.id])
