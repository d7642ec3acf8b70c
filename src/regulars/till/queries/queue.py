"""What devices noted without a connection: what stands against it, what is missing, and the devices themselves (TIL-5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import row, rows
from regulars.rewards.errors import StampedRecently
from regulars.rewards.queries.milestones import find_milestones
from regulars.till.rules.presses import Source, short_name
from regulars.till.rules.queue import QueuedKind

CONFLICTS_MAX: Final = 100
GAPS_MAX: Final = 20
DEVICES_MAX: Final = 200
SEES_ALL: Final = "staff:write"


@dataclass(frozen=True, slots=True)
class QueuedView:
    """A note of a device, as the till shows it."""

    id: UUID
    kind: QueuedKind
    source: Source
    key: str
    card_id: UUID | None
    code_end: str
    count: int | None
    amount: str
    location_id: UUID | None
    claimed_at: datetime
    received_at: datetime
    conflict: str
    detail: str
    settled_at: datetime | None
    holder: str
    device: str
    staff_id: UUID
    staff_name: str

    @property
    def who(self) -> str:
        """The holder as the till names people."""
        return short_name(self.holder)

    @property
    def is_asked(self) -> bool:
        """Whether it is counted if somebody says that another visit was meant."""
        return self.conflict == StampedRecently.code


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A device at the till: whose, since when, and what it sent."""

    id: UUID
    name: str
    staff_id: UUID
    staff_name: str
    registered_at: datetime
    seen_at: datetime
    revoked_at: datetime | None
    sent: int
    conflicts: int


_CONFLICTS: Final = """
SELECT q.id, q.kind, q.source, q.key, q.card_id, q.code_end, q.count, q.amount, q.location_id, q.claimed_at, q.received_at,
    q.conflict, q.detail, q.settled_at, coalesce(c.name, ''), d.name, d.staff_id, coalesce(l.name, l.email, '')
FROM till_queued q
JOIN till_devices d ON d.id = q.device_id
LEFT JOIN staff s ON s.id = d.staff_id
LEFT JOIN logins l ON l.id = s.login_id
LEFT JOIN cards k ON k.id = q.card_id
LEFT JOIN customers c ON c.id = k.customer_id
WHERE q.chain_id = %(chain)s AND q.conflict <> '' AND (%(all)s OR d.staff_id = %(staff)s)
"""


def list_conflicts(actor: Actor) -> list[QueuedView]:
    """What could not be counted and nobody has decided about: one's own, or everybody's for who looks after devices."""
    actor.require("cards:read")
    return _views(actor, f"AND q.settled_at IS NULL ORDER BY q.id DESC LIMIT {CONFLICTS_MAX}", {})


def access_conflict(actor: Actor, identifier: str) -> QueuedView:
    """A conflict (`tqd_…`) that one may decide about. Refuses: Forbidden, NotFound."""
    actor.require("cards:read")
    found = _views(actor, "AND q.id = %(id)s", {"id": decode("tqd", identifier)})
    if not found:
        raise Refused(NotFound())
    return found[0]


def _views(actor: Actor, condition: str, values: dict[str, Any]) -> list[QueuedView]:
    asked = values | {"chain": actor.chain_id, "staff": actor.staff_id, "all": actor.may(SEES_ALL)}
    return [QueuedView(*found) for found in rows(f"{_CONFLICTS} {condition}", asked)]


def list_gaps(device_id: UUID) -> list[tuple[int, int]]:
    """The numbers of a device's sequence that never arrived, each run as its first and last, oldest first."""
    found = rows(
        "SELECT before + 1, sequence - 1 FROM (SELECT sequence, lag(sequence, 1, 0::bigint) OVER (ORDER BY sequence) AS before"
        " FROM till_queued WHERE device_id = %s) AS sent WHERE sequence > before + 1 ORDER BY 1 LIMIT %s",
        [device_id, GAPS_MAX],
    )
    return [(int(first), int(last)) for first, last in found]


def list_devices(actor: Actor) -> list[DeviceView]:
    """The devices of the business, newest first, those that are revoked last. Refuses: Forbidden."""
    actor.require(SEES_ALL)
    return [
        DeviceView(*found)
        for found in rows(
            """
            SELECT d.id, d.name, d.staff_id, coalesce(l.name, l.email, ''), d.registered_at, d.seen_at, d.revoked_at,
                (SELECT count(*) FROM till_queued q WHERE q.device_id = d.id),
                (SELECT count(*) FROM till_queued q WHERE q.device_id = d.id AND q.conflict <> '' AND q.settled_at IS NULL)
            FROM till_devices d LEFT JOIN staff s ON s.id = d.staff_id LEFT JOIN logins l ON l.id = s.login_id
            WHERE d.chain_id = %s ORDER BY d.revoked_at IS NOT NULL, d.id DESC LIMIT %s
            """,
            [actor.chain_id, DEVICES_MAX],
        )
    ]


def was_stamped_near(chain_id: UUID, card: CardView, at: datetime) -> bool:
    """Whether the card has stamps that were given within its pause of this time, by the times at which they were given."""
    pause = timedelta(seconds=find_milestones(chain_id, card.type_id).pause_seconds)
    found = row(
        """
        SELECT EXISTS (
            SELECT FROM entries e
            JOIN transactions t ON t.id = e.transaction_id AND t.chain_id = e.chain_id
            JOIN balance_types b ON b.id = e.balance_type_id AND b.kind = 'stamps'
            LEFT JOIN till_presses p ON p.card_id = e.card_id AND p.subject_id = t.id
            LEFT JOIN till_queued q ON q.press_id = p.id
            WHERE e.chain_id = %(chain)s AND e.card_id = %(card)s AND e.kind = 'earn' AND t.order_id IS NULL
                AND e.at > %(from)s AND p.undone_at IS NULL
                AND coalesce(least(q.claimed_at, q.received_at), t.at) > %(from)s
                AND coalesce(least(q.claimed_at, q.received_at), t.at) < %(until)s
        )
        """,
        {"chain": chain_id, "card": card.id, "from": at - pause, "until": at + pause},
    )
    return bool(cast("tuple[Any, ...]", found)[0])
