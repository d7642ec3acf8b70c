"""Facts that customers announce."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

CUSTOMER_ENTERED: Final = "customer.entered"
CUSTOMER_CHANGED: Final = "customer.changed"


@dataclass(frozen=True, slots=True)
class CustomersRemoved:
    """These customers are about to be deleted: whoever keeps something of them forgets it (CUS-7)."""

    customer_ids: tuple[UUID, ...]
    now: datetime
    write_off: bool = False
    """Whether what is left on their cards may be posted off; else whoever keeps it refuses."""


@dataclass(frozen=True, slots=True)
class CustomerEntered:
    """These customers are new, or known ones have a new phone: cards waiting for their phones become theirs.

    `new_ids` are those that did not exist before: automatic issue looks at them alone. Set-based, for imports.
    """

    customer_ids: tuple[UUID, ...]
    new_ids: tuple[UUID, ...]
    now: datetime
    location_id: UUID | None = None
    issue_automatically: bool = True
