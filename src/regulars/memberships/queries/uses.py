"""What a membership was used for, and how it rested and grew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from regulars.kernel.ids import decode
from regulars.platform.database import row, rows

USES_MAX: Final = 500
USES_OF_ORDER_MAX: Final = 100_000

Run = Callable[[str, dict[str, Any]], Sequence[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class UseView:
    """Visits that were taken, or given back where `undoes` names a use; `undone` says that this use was given back."""

    id: UUID
    membership_id: UUID
    visits: int
    undoes: UUID | None
    undone: bool
    order_id: UUID | None
    sku: str
    at: datetime
    location_id: UUID | None
    place_name: str
    staff_name: str
    through: str


_USES: Final = """
SELECT u.id, u.membership_id, u.visits, u.undoes_id, EXISTS (SELECT FROM membership_uses b WHERE b.undoes_id = u.id),
    u.order_id, u.sku, u.at, u.location_id, coalesce(l.name, ''), coalesce(nullif(g.name, ''), g.email, ''), u.through
FROM membership_uses u LEFT JOIN locations l ON l.id = u.location_id
LEFT JOIN staff w ON w.id = u.staff_id LEFT JOIN logins g ON g.id = w.login_id
WHERE u.chain_id = %(chain)s AND {condition} ORDER BY u.id DESC LIMIT %(limit)s
"""


def list_uses(chain_id: UUID, membership_id: UUID, *, limit: int = USES_MAX) -> list[UseView]:
    """The uses of a membership and what gave them back, newest first."""
    found = rows(
        _USES.format(condition="u.membership_id = %(membership)s"),
        {"chain": chain_id, "membership": membership_id, "limit": limit},
    )
    return [UseView(*values) for values in found]


def find_use(chain_id: UUID, membership_id: UUID, identifier: str) -> UseView | None:
    """The use of this membership with this id (`mbu_…`), or None."""
    found = row(
        _USES.format(condition="u.membership_id = %(membership)s AND u.id = %(use)s AND u.undoes_id IS NULL"),
        {"chain": chain_id, "membership": membership_id, "use": decode("mbu", identifier), "limit": 1},
    )
    return UseView(*found) if found else None


def uses_of_order(run: Run, chain_id: UUID, order_id: UUID) -> list[UseView]:
    """The uses that an order made and nobody has given back, newest first."""
    found = run(
        _USES.format(condition="u.order_id = %(order)s AND u.undoes_id IS NULL"),
        {"chain": chain_id, "order": order_id, "limit": USES_OF_ORDER_MAX},
    )
    return [one for one in (UseView(*values) for values in found) if not one.undone]


def last_use_day(chain_id: UUID, membership_id: UUID, time_zone: str) -> date | None:
    """The chain's day of the last use that stands; None where there is none."""
    found = row(
        """
        SELECT (max(u.at) AT TIME ZONE %(zone)s)::date FROM membership_uses u
        WHERE u.chain_id = %(chain)s AND u.membership_id = %(membership)s AND u.undoes_id IS NULL
            AND NOT EXISTS (SELECT FROM membership_uses b WHERE b.undoes_id = u.id)
        """,
        {"chain": chain_id, "membership": membership_id, "zone": time_zone},
    )
    return found[0] if found else None


def last_use_at(
    run: Run, chain_id: UUID, membership_id: UUID, *, without: Sequence[UUID]
) -> tuple[int, datetime | None]:
    """How many uses stand beside these, and when the last of them was."""
    ((count, last),) = run(
        """
        SELECT count(*), max(u.at) FROM membership_uses u
        WHERE u.chain_id = %(chain)s AND u.membership_id = %(membership)s AND u.undoes_id IS NULL AND u.id <> ALL(%(without)s::uuid[])
            AND NOT EXISTS (SELECT FROM membership_uses b WHERE b.undoes_id = u.id)
        """,
        {"chain": chain_id, "membership": membership_id, "without": list(without)},
    )
    return count, last
