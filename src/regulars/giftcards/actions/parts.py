"""What changes of gift cards write, as parts of one statement of the ledger: exact under races."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.giftcards.events import GIFT_CARD_GIVEN_BACK, GIFT_CARD_WRITTEN_OFF
from regulars.giftcards.rules.values import Change
from regulars.kernel.ids import new_id
from regulars.ledger.actions.post import Part
from regulars.platform.actor import Actor
from regulars.platform.wire import to_json


@dataclass(frozen=True, slots=True)
class Write:
    """A planned change, by whom and for what. Several of one gift card are planned each on what the one before leaves."""

    change: Change
    actor: Actor
    order_id: UUID | None = None
    location_id: UUID | None = None
    note: str = ""


# The check stands where there is always a row: fewer changed cards than planned is a lost race, as in the ledger.
CHANGED: Final = """
{p}_changed AS (
    UPDATE gift_cards SET balance = c.balance, state = c.state, expires_at = c.expires_at,
        last_number = c.last_number, version = c.version, is_blocked = c.is_blocked
    FROM json_to_recordset(%({p}_cards)s::json) AS c (id uuid, seen bigint, balance bigint, state text,
        expires_at timestamptz, last_number bigint, version bigint, is_blocked boolean)
    WHERE gift_cards.id = c.id AND gift_cards.chain_id = %(chain)s::uuid AND gift_cards.version = c.seen
    RETURNING gift_cards.id
), {p}_announced AS (
    INSERT INTO events (id, chain_id, at, kind, card_ids, transaction_ids, payload)
    SELECT w.event, %(chain)s::uuid, %({p}_at)s::timestamptz, %({p}_kind)s::text, ARRAY[]::uuid[], ARRAY[]::uuid[],
        w.payload
    FROM json_to_recordset(%({p}_writes)s::json) AS w (event uuid, payload jsonb)
    WHERE (regulars_all_written((SELECT count(*) FROM {p}_changed), %({p}_wanted)s) IS NULL) IS NOT NULL
), {p}_queued AS (
    INSERT INTO event_queue (event_id, chain_id)
    SELECT w.event, %(chain)s::uuid FROM json_to_recordset(%({p}_writes)s::json) AS w (event uuid)
)"""
ENTERED: Final = """
{p}_entered AS (
    INSERT INTO gift_card_entries (id, chain_id, gift_card_id, number, kind, amount, balance_after, at, source,
        staff_id, key_id, location_id, order_id, reverses)
    SELECT e.id, %(chain)s::uuid, e.card, e.number, e.kind, e.amount, e.balance_after, %({p}_at)s::timestamptz,
        e.source, e.staff, e.key, e.location, e.order_id, e.reverses
    FROM json_to_recordset(%({p}_entries)s::json) AS e (id uuid, card uuid, number bigint, kind text, amount bigint,
        balance_after bigint, source text, staff uuid, key uuid, location uuid, order_id uuid, reverses uuid)
)"""
NOTED: Final = """
{p}_noted AS (
    INSERT INTO gift_card_notes (entry_id, chain_id, text)
    SELECT n.id, %(chain)s::uuid, n.text FROM json_to_recordset(%({p}_notes)s::json) AS n (id uuid, text text)
)"""
AUDITED: Final = """
{p}_audited AS (
    INSERT INTO audit_entries (id, chain_id, at, staff_id, login_id, key_id, through, address, request_id, verb,
        object_kind, object_id, location_id)
    SELECT a.id, %(chain)s::uuid, %({p}_at)s::timestamptz, a.staff, a.login, a.key, a.through, a.address, a.request,
        %({p}_kind)s::text, 'gift_card', a.card, a.location
    FROM json_to_recordset(%({p}_audits)s::json) AS a (id uuid, staff uuid, login uuid, key uuid, through text,
        address text, request text, card uuid, location uuid)
)"""


def write_off_parts(writes: Sequence[Write], *, now: datetime) -> list[Part]:
    """What payments with gift cards write, for `post(also=…)`; it raises LostRace where one is not as it was read."""
    return change_parts(writes, "gift_off", event=GIFT_CARD_WRITTEN_OFF, now=now)


def give_back_parts(writes: Sequence[Write], *, now: datetime) -> list[Part]:
    """What refunds to gift cards write, for `post(also=…)`; it raises LostRace where one is not as it was read."""
    return change_parts(writes, "gift_back", event=GIFT_CARD_GIVEN_BACK, now=now)


def change_parts(writes: Sequence[Write], prefix: str, *, event: str, now: datetime) -> list[Part]:
    """What changes of gift cards write: balances, entries, reasons, an event each, and the journal beside orders."""
    if not writes:
        return []
    cards = _cards(writes)
    entries = [_entry(write, at) for write in writes for at in range(len(write.change.entries))]
    notes = [
        {"id": write.change.entries[0].id, "text": write.note}
        for write in writes
        if write.note and write.change.entries
    ]
    # What an order did stands in the journal with the order.
    audits = [_audit(write) for write in writes if write.order_id is None]
    shared = {
        f"{prefix}_cards": _text(cards),
        f"{prefix}_wanted": len(cards),
        f"{prefix}_writes": _text([_told(write) for write in writes]),
        f"{prefix}_kind": event,
        f"{prefix}_at": now,
    }
    parts = [Part(CHANGED.format(p=prefix), shared)]
    for statement, name, lines in (
        (ENTERED, "entries", entries),
        (NOTED, "notes", notes),
        (AUDITED, "audits", audits),
    ):
        if lines:
            parts.append(Part(statement.format(p=prefix), {f"{prefix}_{name}": _text(lines)}))
    return parts


def _cards(writes: Sequence[Write]) -> list[dict[str, Any]]:
    """Each gift card once, from how it was first seen to how the last change leaves it."""
    made: dict[UUID, dict[str, Any]] = {}
    for write in writes:
        before, after = write.change.before, write.change.after
        known = made.get(before.id)
        assert known is None or known["version"] == before.version
        made[before.id] = {
            "id": after.id,
            "seen": before.version if known is None else known["seen"],
            "balance": after.balance,
            "state": after.state,
            "expires_at": after.expires_at,
            "last_number": after.last_number,
            "version": after.version,
            "is_blocked": after.is_blocked,
        }
    return list(made.values())


def _entry(write: Write, at: int) -> dict[str, Any]:
    entry = write.change.entries[at]
    return {
        "id": entry.id,
        "card": write.change.before.id,
        "number": entry.number,
        "kind": entry.kind,
        "amount": entry.amount,
        "balance_after": entry.balance_after,
        "source": write.actor.through,
        "staff": write.actor.staff_id,
        "key": write.actor.key_id,
        "location": write.location_id,
        "order_id": write.order_id,
        "reverses": entry.reverses,
    }


def _told(write: Write) -> dict[str, Any]:
    change = write.change
    payload = {
        "gift_card_id": change.before.id,
        "amount": change.after.balance - change.before.balance,
        "balance": change.after.balance,
        "state": change.after.state,
    }
    if change.before.customer_id is not None:
        payload["customer_id"] = change.before.customer_id
    if write.order_id is not None:
        payload["order_id"] = write.order_id
        paid_out = -sum(one.amount for one in change.entries if one.kind == "pay_out")
        if paid_out:
            # What comes back to a card that is cancelled is to be handed out.
            payload["paid_out"] = paid_out
    return {"event": new_id(), "payload": payload}


def _audit(write: Write) -> dict[str, Any]:
    actor = write.actor
    return {
        "id": new_id(),
        "staff": actor.staff_id,
        "login": actor.login_id,
        "key": actor.key_id,
        "through": actor.through,
        "address": actor.address,
        "request": actor.request_id,
        "card": write.change.before.id,
        "location": write.location_id,
    }


def _text(lines: Sequence[dict[str, Any]]) -> str:
    return to_json(lines)
