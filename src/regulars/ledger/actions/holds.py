"""Writes of holds: units set aside, and ended again. The account is locked by whoever calls (PRG-5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from psycopg import errors

from regulars.kernel.ids import new_id
from regulars.kernel.refusal import ExternalIdTaken, Refused
from regulars.ledger.events import HOLD_PLACED
from regulars.ledger.rules.plan import Draw
from regulars.platform.actor import Actor
from regulars.platform.events import announce
from regulars.platform.hot import HotCursor

PLACE: Final = """
WITH aside AS (
    UPDATE lots SET held = lots.held + part.amount
    FROM unnest(%(lots)s::uuid[], %(amounts)s::bigint[]) AS part (lot_id, amount)
    WHERE lots.id = part.lot_id AND lots.remaining - lots.held >= part.amount
    RETURNING lots.id
), counted AS (
    UPDATE accounts SET held = held + %(amount)s WHERE id = %(account)s RETURNING id
), made AS (
    INSERT INTO holds (id, chain_id, account_id, card_id, amount, state, lot_ids, lot_amounts, external_id, staff_id,
        key_id, made_at, expires_at)
    VALUES (%(id)s, %(chain)s, %(account)s, %(card)s, %(amount)s, 'active', %(lots)s::uuid[], %(amounts)s::bigint[],
        %(external_id)s, %(staff)s, %(key)s, %(now)s, %(expires_at)s)
)
SELECT (SELECT count(*) FROM aside), (SELECT count(*) FROM counted)
"""
END: Final = "SELECT regulars_end_holds(ARRAY[%(hold)s]::uuid[], %(now)s, %(state)s)"
CAPTURED: Final = "UPDATE holds SET captured = %(amount)s, transaction_id = %(transaction)s WHERE id = %(hold)s"


@dataclass(frozen=True, slots=True)
class NewHold:
    """A hold to be made of units that a plan chose."""

    account_id: UUID
    card_id: UUID
    parts: Sequence[Draw]
    expires_at: datetime
    external_id: str | None = None

    @property
    def amount(self) -> int:
        """What it sets aside."""
        return sum(part.amount for part in self.parts)


def place_hold(cursor: HotCursor, actor: Actor, hold: NewHold, *, now: datetime) -> UUID:
    """Set units aside in the running unit of work, under the account's lock. Refuses: ExternalIdTaken."""
    identifier = new_id()
    values = {
        "id": identifier,
        "chain": actor.chain_id,
        "account": hold.account_id,
        "card": hold.card_id,
        "amount": hold.amount,
        "lots": [part.lot_id for part in hold.parts],
        "amounts": [part.amount for part in hold.parts],
        "external_id": hold.external_id,
        "staff": actor.staff_id,
        "key": actor.key_id,
        "now": now,
        "expires_at": hold.expires_at,
    }
    try:
        written = cursor.row(PLACE, values)
    except errors.UniqueViolation as problem:
        raise Refused(ExternalIdTaken(external_id=hold.external_id or "")) from problem
    assert written == (len(hold.parts), 1)
    announce(actor.chain_id, HOLD_PLACED, now=now, card_ids=[hold.card_id], payload={"hold": str(identifier)})
    return identifier


def end_hold(cursor: HotCursor, hold_id: UUID, state: Literal["captured", "released"], *, now: datetime) -> None:
    """End an active hold: what it had set aside is free, for whoever ends it first of all."""
    written = cursor.row(END, {"hold": hold_id, "state": state, "now": now})
    assert written == (1,)


def note_capture(cursor: HotCursor, hold_id: UUID, *, amount: int, transaction_id: UUID) -> None:
    """Write down what became of a captured hold."""
    cursor.rows(CAPTURED, {"hold": hold_id, "amount": amount, "transaction": transaction_id})
