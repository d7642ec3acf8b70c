"""What customers' orders add up to (CUS-5), as the fold wrote it last."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.orders.rules.statistics import average_paid, expected_next
from regulars.platform.database import rows

READ: Final = """
SELECT customer_id, sold, paid, visits, first_at, last_at, interval_days FROM customer_statistics
WHERE chain_id = %s AND customer_id = ANY(%s::uuid[])
"""


@dataclass(frozen=True, slots=True)
class StatisticsView:
    """A customer's statistics; money in the currency's smallest unit."""

    sold: int = 0
    paid: int = 0
    visits: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    interval_days: int | None = None

    @property
    def average(self) -> int | None:
        """Paid for each visit; None without visits."""
        return average_paid(self.paid, self.visits)

    @property
    def lifetime_value(self) -> int:
        """All that they have paid so far, what was refunded taken off."""
        return self.paid

    def expected_next(self, zone: ZoneInfo) -> date | None:
        """The day on which they are expected again, in the chain's zone."""
        return expected_next(self.last_at.astimezone(zone).date() if self.last_at else None, self.interval_days)


NOTHING_YET: Final = StatisticsView()


def statistics_of(chain_id: UUID, customer_ids: Iterable[UUID]) -> dict[UUID, StatisticsView]:
    """The statistics of these customers, in one query; those without an order are left out."""
    return {values[0]: StatisticsView(*values[1:]) for values in rows(READ, [chain_id, list(customer_ids)])}


def find_statistics(chain_id: UUID, customer_id: UUID) -> StatisticsView:
    """The statistics of one customer; zeros where nothing was ever bought."""
    return statistics_of(chain_id, [customer_id]).get(customer_id, NOTHING_YET)
