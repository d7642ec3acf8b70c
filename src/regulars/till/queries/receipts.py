"""Codes on receipts and inserts: the batches, one code, and the door that a public address opens (TIL-4)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from django.conf import settings

from regulars.codes.rules.space import may_be_code
from regulars.kernel.codes import code_key
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import row, rows
from regulars.till.rules.receipts import FOLDER, ReceiptKind

SEES: Final = "rewards:read"
BATCHES_MAX: Final = 200
State = Literal["open", "claimed", "expired"]
_CODES: Final = """
SELECT c.id, c.batch_id, c.kind, c.external_id, c.code, c.stamps, c.amount, c.location_id, coalesce(l.name, ''), c.created_at,
    c.expires_at, c.claimed_at, c.card_id
FROM receipt_codes c LEFT JOIN locations l ON l.id = c.location_id
WHERE c.chain_id = %(chain)s
"""


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A code on a receipt or an insert."""

    id: UUID
    batch_id: UUID | None
    kind: ReceiptKind
    external_id: str | None
    code: str
    stamps: int | None
    amount: int | None
    location_id: UUID | None
    location_name: str
    created_at: datetime
    expires_at: datetime | None
    claimed_at: datetime | None
    card_id: UUID | None

    @property
    def public_id(self) -> str:
        """Its id as people and programs see it."""
        return encode("rcp", self.id)

    @property
    def url(self) -> str:
        """The address of its page, as it is printed."""
        return f"{settings.URL}{FOLDER}{code_key(self.code)}"

    def state(self, now: datetime) -> State:
        """Whether it can still be claimed."""
        if self.claimed_at is not None:
            return "claimed"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "open"


@dataclass(frozen=True, slots=True)
class BatchView:
    """Codes that were made at once."""

    id: UUID
    name: str
    count: int
    created_at: datetime
    claimed: int
    stamps: int | None
    amount: int | None
    expires_at: datetime | None
    kind: ReceiptKind


_BATCHES: Final = """
SELECT b.id, b.name, b.count, b.created_at, count(c.claimed_at), min(c.stamps), min(c.amount), min(c.expires_at), min(c.kind)
FROM receipt_batches b JOIN receipt_codes c ON c.batch_id = b.id
WHERE b.chain_id = %(chain)s
"""


def list_batches(actor: Actor) -> list[BatchView]:
    """The batches, newest first. Refuses: Forbidden."""
    actor.require(SEES)
    found = rows(
        f"{_BATCHES} GROUP BY b.id ORDER BY b.id DESC LIMIT %(most)s", {"chain": actor.chain_id, "most": BATCHES_MAX}
    )
    return [BatchView(*one) for one in found]


def access_receipt_batch(actor: Actor, identifier: str) -> BatchView:
    """A batch (`rcb_…`). Refuses: Forbidden, NotFound."""
    actor.require(SEES)
    values = {"chain": actor.chain_id, "id": decode("rcb", identifier)}
    found = row(f"{_BATCHES} AND b.id = %(id)s GROUP BY b.id", values)
    if found is None:
        raise Refused(NotFound())
    return BatchView(*found)


def list_codes_of(actor: Actor, batch_id: UUID) -> list[ReceiptView]:
    """The codes of a batch, in the order in which they were made. Refuses: Forbidden."""
    actor.require(SEES)
    return _read("AND c.batch_id = %(batch)s ORDER BY c.id", actor.chain_id, {"batch": batch_id})


def access_receipt(actor: Actor, identifier: str) -> ReceiptView:
    """A code (`rcp_…`, or `ext:` with the receipt's own id). Refuses: Forbidden, NotFound."""
    actor.require(SEES)
    if identifier.startswith("ext:"):
        found = _read("AND c.external_id = %(external)s", actor.chain_id, {"external": identifier[4:]})
    else:
        found = _read("AND c.id = %(id)s", actor.chain_id, {"id": decode("rcp", identifier)})
    if not found:
        raise Refused(NotFound())
    return found[0]


def get_receipt(chain_id: UUID, receipt_id: UUID) -> ReceiptView | None:
    """The code with this id, for whoever has come to it by the code itself."""
    found = _read("AND c.id = %(id)s", chain_id, {"id": receipt_id})
    return found[0] if found else None


def find_receipt_door(code: str) -> tuple[UUID, UUID] | None:
    """The chain and the receipt that a public address opens; None where it opens nothing, or not one alone."""
    if not may_be_code(code):
        return None
    found = rows("SELECT chain_id, id FROM door_receipt(%s)", [code_key(code)])
    return (found[0][0], found[0][1]) if len(found) == 1 else None


JOINABLE_MAX: Final = 3
_JOINABLE: Final = """
SELECT t.id, t.name, t.join_slug FROM card_types t JOIN programs g ON g.id = t.program_id AND g.state = 'active'
WHERE t.chain_id = %(chain)s AND t.state = 'active' AND t.join_slug IS NOT NULL
    AND (%(place)s::uuid IS NULL OR t.location_ids IS NULL OR %(place)s::uuid = ANY(t.location_ids))
    AND (%(needs_no_stamps)s OR EXISTS (SELECT FROM balance_types b WHERE b.program_id = g.id AND b.kind = 'stamps'))
ORDER BY t.id
"""


def list_joinable(receipt: ReceiptView, chain_id: UUID) -> list[tuple[UUID, str, str]]:
    """Card types that people can join and that can take what the code is worth: id, name, slug."""
    values = {"chain": chain_id, "place": receipt.location_id, "needs_no_stamps": receipt.stamps is None}
    return [(type_id, name, slug) for type_id, name, slug in rows(_JOINABLE, values)]


def _read(condition: str, chain_id: UUID, values: dict[str, Any]) -> list[ReceiptView]:
    return [ReceiptView(*found) for found in rows(f"{_CODES} {condition}", values | {"chain": chain_id})]
