"""Months of the partitioned tables, made before anything is written into them."""

from datetime import datetime
from typing import Final

from regulars.platform.database import row

PARTITIONED: Final = ("transactions", "entries", "events")
MONTHS_AHEAD: Final = 3


def make_partitions(now: datetime) -> int:
    """Have this month and the three after it ready in every partitioned table; how many were missing.

    Rows of a month that was not made would lie in the default partition, and `verify` would say so.
    """
    made = 0
    for table in PARTITIONED:
        found = row("SELECT regulars_make_partitions(%s, %s, %s)", [table, now, MONTHS_AHEAD])
        made += found[0] if found else 0
    return made
