"""What was pressed at the till: one press, and one's own of late."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import rows
from regulars.till.rules.limits import GIVING
from regulars.till.rules.presses import Kind, Source, can_undo, short_name

OWN_MAX: Final = 30
OWN_HOURS: Final = 24
SELECT: Final = """
SELECT p.id, p.kind, p.source, p.card_id, p.subject_id, p.of_id, p.amount, p.decimals, p.after, p.goal, p.title,
    p.rewards, p.staff_id, p.location_id, p.pressed_at, p.undone_at, coalesce(c.name, ''), coalesce(k.number, ''),
    coalesce(t.name, ''), q.claimed_at
FROM till_presses p
LEFT JOIN till_queued q ON q.press_id = p.id
LEFT JOIN cards k ON k.id = p.card_id
LEFT JOIN card_types t ON t.id = k.card_type_id
LEFT JOIN customers c ON c.id = k.customer_id
WHERE p.chain_id = %(chain)s
"""


@dataclass(frozen=True, slots=True)
class PressView:
    """A press as the till shows it."""

    id: UUID
    kind: Kind
    source: Source
    card_id: UUID | None
    subject_id: UUID
    of_id: UUID | None
    amount: int
    decimals: int
    after: int | None
    goal: int | None
    title: str
    rewards: str
    staff_id: UUID
    location_id: UUID | None
    pressed_at: datetime
    undone_at: datetime | None
    holder: str
    card_number: str
    card_type: str
    claimed_at: datetime | None
    """When the device says it was pressed, where it was without a connection."""

    @property
    def receipt_id(self) -> UUID | None:
        """The code on a receipt that this press claimed, if it did."""
        return self.of_id if self.kind in GIVING else None

    @property
    def who(self) -> str:
        """The holder as the till names people; "" where nobody is known."""
        return short_name(self.holder)

    def can_undo(self, now: datetime) -> bool:
        """Whether the till still takes it back."""
        return can_undo(self.pressed_at, self.undone_at, now)


def access_press(actor: Actor, identifier: str) -> PressView:
    """One's own press with this id (`prs_…`). Refuses: Forbidden, NotFound."""
    actor.require("cards:read")
    press_id = decode("prs", identifier)
    found = _read("AND p.id = %(id)s AND p.staff_id = %(staff)s", actor, {"id": press_id}) if press_id else []
    if not found:
        raise Refused(NotFound())
    return found[0]


def list_own_presses(actor: Actor, *, now: datetime) -> list[PressView]:
    """What one has pressed in the last day, newest first."""
    since = now - timedelta(hours=OWN_HOURS)
    return _read(
        "AND p.staff_id = %(staff)s AND p.pressed_at > %(since)s ORDER BY p.id DESC LIMIT %(most)s",
        actor,
        {"since": since, "most": OWN_MAX},
    )


def _read(condition: str, actor: Actor, values: dict[str, Any]) -> list[PressView]:
    asked = values | {"chain": actor.chain_id, "staff": actor.staff_id}
    return [PressView(*found) for found in rows(f"{SELECT} {condition}", asked)]
