"""Handing codes to customers and taking them back: attach, detach, activate, expire (RWD-4)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from regulars.chains.queries import get_chain
from regulars.codes.errors import CodeNotPossible, CodePoolNotSending
from regulars.codes.events import CODE_ACTIVATED, CODE_ATTACHED, CODE_DETACHED, CODE_EXPIRED, CODE_POOL_EMPTY
from regulars.codes.models import Code, CodePool
from regulars.codes.queries.codes import CodeView, access_code
from regulars.codes.queries.pools import access_pool
from regulars.codes.rules.states import next_state
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.actor import Actor
from regulars.platform.audit import Change, record, record_many
from regulars.platform.database import execute, rows, unit_of_work
from regulars.platform.events import announce
from regulars.staff.actions.notifications import notify_holders

RIGHT: Final = "rewards:write"
HANDED_MAX: Final = 1_000

_LOCK_CUSTOMERS: Final = """
SELECT id FROM customers WHERE chain_id = %(chain)s AND id = ANY(%(customers)s::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""
_HELD: Final = """
SELECT DISTINCT ON (customer_id) customer_id, id, text FROM codes
WHERE chain_id = %(chain)s AND pool_id = %(pool)s AND customer_id = ANY(%(customers)s::uuid[])
    AND state IN ('attached', 'active') ORDER BY customer_id, id
"""
# Whoever is writing one of them has it: nobody waits for the same code.
_FREE: Final = """
SELECT id FROM codes WHERE chain_id = %(chain)s AND pool_id = %(pool)s AND state = 'free'
    AND (expires_at IS NULL OR expires_at > %(now)s) ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
_ATTACH: Final = """
UPDATE codes c SET state = 'attached', customer_id = n.customer, attached_at = %(now)s,
    expires_at = least(c.expires_at, %(expires)s::timestamptz)
FROM unnest(%(codes)s::uuid[], %(customers)s::uuid[]) AS n (code, customer)
WHERE c.chain_id = %(chain)s AND c.id = n.code AND c.state = 'free' RETURNING c.customer_id, c.id, c.text
"""
_UNIVERSAL: Final = """
SELECT id, text FROM codes WHERE chain_id = %(chain)s AND pool_id = %(pool)s AND state = 'active'
    AND (expires_at IS NULL OR expires_at > %(now)s) ORDER BY id LIMIT 1
"""
_NOTE: Final = """
INSERT INTO code_attachments (chain_id, code_id, customer_id, at)
SELECT %(chain)s, %(code)s, customer, %(now)s FROM unnest(%(customers)s::uuid[]) AS n (customer)
ON CONFLICT DO NOTHING RETURNING customer_id
"""


class Handed(Struct, frozen=True):
    """What became of one customer: `attached`, `kept` (they hold one already), `pool_empty` or `unknown_customer`."""

    customer: str
    status: str
    code_id: UUID | None = None
    text: str = ""


def hand_out(
    actor: Actor, identifier: str, customers: Sequence[str], *, again: bool = False, now: datetime
) -> list[Handed]:
    """Attach one free code of a pool to each of these customers, and say for each what became of it, in their order.

    Who holds an unused one of the pool keeps that, unless `again`. Where the pool runs dry, those who had their turn keep
    their codes, the others are told, and so are those who look after the pool. Refuses: Forbidden, NotFound, Invalid,
    CodePoolNotSending.
    """
    actor.require(RIGHT)
    if not 1 <= len(customers) <= HANDED_MAX or len(set(customers)) != len(customers):
        detail = f"1 to {HANDED_MAX} customers, each once."
        raise Refused(Invalid(errors=(FieldProblem("/customers", "out_of_range", detail),)))
    wanted = {one: decode("cus", one) for one in customers}
    with unit_of_work(actor.chain_id):
        pool = _sending_pool(actor, identifier, now=now)
        values: dict[str, Any] = {"chain": actor.chain_id, "pool": pool.id, "now": now}
        there = {
            one for (one,) in rows(_LOCK_CUSTOMERS, values | {"customers": [one for one in wanted.values() if one]})
        }
        ids = [one for one in wanted.values() if one is not None and one in there]
        held: dict[UUID, tuple[UUID, str]] = {}
        if pool.kind == "universal":
            new, held = _note_universal(values, ids)
        else:
            if not again:
                held = {values_[0]: (values_[1], values_[2]) for values_ in rows(_HELD, values | {"customers": ids})}
            new = _attach_free(actor, pool, values, [one for one in ids if one not in held])
        _write_down(actor, pool, new, now=now)
        missing = [one for one in ids if one not in held and one not in new]
        if missing:
            _tell_empty(pool, now=now)
    return [_outcome(one, customer_id, new=new, held=held, there=there) for one, customer_id in wanted.items()]


def attach_code(actor: Actor, identifier: str, customer: str, *, now: datetime) -> CodeView:
    """Attach this code to a customer; one that is theirs already stays. Refuses: Forbidden, NotFound, Invalid, CodePoolNotSending, CodeNotPossible."""
    actor.require(RIGHT)
    with unit_of_work(actor.chain_id):
        code = lock_code(actor, identifier)
        customer_id = _customer(actor, customer)
        pool = _sending_pool(actor, encode("cpl", code.pool_id), now=now)
        values: dict[str, Any] = {"chain": actor.chain_id, "pool": pool.id, "now": now}
        if code.customer_id == customer_id and code.state in ("attached", "active"):
            return access_code(actor, identifier)
        _step(pool, code, "attach")
        if pool.kind == "universal":
            new = rows(_NOTE, values | {"code": code.id, "customers": [customer_id]})
            attached = {customer_id: (code.id, code.text)} if new else {}
        else:
            attached = _attach(actor, pool, values, [code.id], [customer_id])
        _write_down(actor, pool, attached, now=now)
        return access_code(actor, identifier)


def detach_code(actor: Actor, identifier: str, *, customer: str = "", now: datetime) -> CodeView:
    """Take a code back from its customer: a personal one is free again. A universal one needs the customer's name.

    Refuses: Forbidden, NotFound, Invalid, CodeNotPossible.
    """
    actor.require(RIGHT)
    with unit_of_work(actor.chain_id):
        code = lock_code(actor, identifier)
        pool = CodePool.objects.get(chain_id=actor.chain_id, id=code.pool_id)
        state = _step(pool, code, "detach")
        whose = code.customer_id
        if pool.kind == "universal":
            whose = _customer(actor, customer)
            execute(
                "DELETE FROM code_attachments WHERE chain_id = %s AND code_id = %s AND customer_id = %s",
                [actor.chain_id, code.id, whose],
            )
        else:
            code.state, code.customer_id, code.attached_at, code.activated_at = state, None, None, None
            code.expires_at = None
            code.save()
        before = {"customer": encode("cus", whose) if whose else None}
        _record(actor, code, "code.detached", CODE_DETACHED, now=now, before=before)
        return access_code(actor, identifier)


def activate_code(actor: Actor, identifier: str, *, now: datetime) -> CodeView:
    """Let an attached code work; one that is active already stays. Refuses: Forbidden, NotFound, CodeNotPossible."""
    actor.require(RIGHT)
    with unit_of_work(actor.chain_id):
        code = lock_code(actor, identifier)
        if code.state == "active":
            return access_code(actor, identifier)
        pool = CodePool.objects.get(chain_id=actor.chain_id, id=code.pool_id)
        code.state, code.activated_at = _step(pool, code, "activate"), now
        if pool.lives_days is not None and pool.lives_from == "activated":
            end = lives_until(now, pool.lives_days, get_chain(actor.chain_id).zone)
            code.expires_at = min(end, code.expires_at) if code.expires_at else end
        code.save()
        _record(actor, code, "code.activated", CODE_ACTIVATED, now=now)
        return access_code(actor, identifier)


def expire_code(actor: Actor, identifier: str, *, now: datetime) -> CodeView:
    """End a code that has not been used up; nothing changes where it has ended. Refuses: Forbidden, NotFound, CodeNotPossible."""
    actor.require(RIGHT)
    with unit_of_work(actor.chain_id):
        code = lock_code(actor, identifier)
        if code.state == "expired":
            return access_code(actor, identifier)
        pool = CodePool.objects.get(chain_id=actor.chain_id, id=code.pool_id)
        before = {"state": code.state}
        code.state, code.ended_at = _step(pool, code, "expire"), now
        code.save()
        _record(actor, code, "code.expired", CODE_EXPIRED, now=now, before=before)
        return access_code(actor, identifier)


def lock_code(actor: Actor, identifier: str) -> Code:
    """The row of a code, locked until the unit of work ends. Refuses: Forbidden, NotFound."""
    found = access_code(actor, identifier)
    return Code.objects.select_for_update(no_key=True).get(chain_id=actor.chain_id, id=found.id)


def lives_until(since: datetime, days: int, zone: ZoneInfo) -> datetime:
    """When a code ends that lives so many days: with the last of them, by the clock of the business."""
    last = since.astimezone(zone).date() + timedelta(days=days + 1)
    return datetime(last.year, last.month, last.day, tzinfo=zone)


def _sending_pool(actor: Actor, identifier: str, *, now: datetime) -> CodePool:
    view = access_pool(actor, identifier, right=RIGHT)
    if not view.sends(now):
        raise Refused(CodePoolNotSending(pool=view.name, sends_from=view.sends_from, sends_until=view.sends_until))
    return CodePool.objects.get(chain_id=actor.chain_id, id=view.id)


def _step(pool: CodePool, code: Code, verb: str) -> str:
    after = next_state(pool.kind, code.state, verb)
    if after is None:
        raise Refused(CodeNotPossible(state=code.state, verb=verb))
    return after


def _customer(actor: Actor, customer: str) -> UUID:
    customer_id = decode("cus", customer)
    if customer_id is None or not rows(_LOCK_CUSTOMERS, {"chain": actor.chain_id, "customers": [customer_id]}):
        raise Refused(Invalid(errors=(FieldProblem("/customer", "unknown_customer", "There is no such customer."),)))
    return customer_id


Attached = dict[UUID, tuple[UUID, str]]


def _attach_free(actor: Actor, pool: CodePool, values: dict[str, Any], customers: Sequence[UUID]) -> Attached:
    free = [one for (one,) in rows(_FREE, values | {"limit": len(customers)})] if customers else []
    return _attach(actor, pool, values, free, customers[: len(free)]) if free else {}


def _attach(
    actor: Actor, pool: CodePool, values: dict[str, Any], codes: Sequence[UUID], customers: Sequence[UUID]
) -> Attached:
    end = None
    if pool.lives_days is not None and pool.lives_from == "attached":
        end = lives_until(values["now"], pool.lives_days, get_chain(actor.chain_id).zone)
    written = rows(_ATTACH, values | {"codes": list(codes), "customers": list(customers), "expires": end})
    return {customer: (code, text) for customer, code, text in written}


def _note_universal(values: dict[str, Any], customers: Sequence[UUID]) -> tuple[Attached, Attached]:
    found = rows(_UNIVERSAL, values)
    if not found or not customers:
        return {}, {}
    code: tuple[UUID, str] = (found[0][0], found[0][1])
    new = {one for (one,) in rows(_NOTE, values | {"code": code[0], "customers": list(customers)})}
    return dict.fromkeys(new, code), {one: code for one in customers if one not in new}


def _write_down(actor: Actor, pool: CodePool, attached: Attached, *, now: datetime) -> None:
    if not attached:
        return
    changes = [
        Change(object_id=code, after={"customer": encode("cus", customer)}) for customer, (code, _) in attached.items()
    ]
    record_many(actor, verb="code.attached", object_kind="code", changes=changes, now=now)
    payload = {
        "pool": encode("cpl", pool.id),
        "codes": [encode("cod", code) for code, _ in attached.values()],
        "customers": [encode("cus", customer) for customer in attached],
    }
    announce(actor.chain_id, CODE_ATTACHED, now=now, payload=payload)


def _tell_empty(pool: CodePool, *, now: datetime) -> None:
    announce(pool.chain_id, CODE_POOL_EMPTY, now=now, payload={"pool": encode("cpl", pool.id)})
    notify_holders(
        pool.chain_id, "promotions:write", CODE_POOL_EMPTY, subject_id=pool.id, facts={"pool": pool.name}, now=now
    )


def _record(
    actor: Actor, code: Code, verb: str, event: str, *, now: datetime, before: dict[str, Any] | None = None
) -> None:
    record(actor, verb=verb, object_kind="code", object_id=code.id, now=now, before=before)
    payload = {"pool": encode("cpl", code.pool_id), "codes": [encode("cod", code.id)]}
    announce(actor.chain_id, event, now=now, payload=payload)


def _outcome(customer: str, customer_id: UUID | None, *, new: Attached, held: Attached, there: set[UUID]) -> Handed:
    if customer_id is None or customer_id not in there:
        return Handed(customer, "unknown_customer")
    if customer_id in new:
        return Handed(customer, "attached", *new[customer_id])
    if customer_id in held:
        return Handed(customer, "kept", *held[customer_id])
    return Handed(customer, "pool_empty")
