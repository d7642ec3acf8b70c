"""How many histories a machine plays, and how long they are."""

import os
from typing import Final

from hypothesis import HealthCheck, settings

# What PostgreSQL 15 does otherwise than 18 shows in the first histories or in none: the rest is looked for on the newest.
SHARE_ON_OLDER: Final = 4


def histories(count: int, *, steps: int) -> settings:
    """Settings for so many histories of at most so many steps; a quarter of them on an outside server, three at least."""
    if os.environ.get("REGULARS_TEST_DATABASE_URL"):
        count = max(3, count // SHARE_ON_OLDER)
    return settings(
        max_examples=count,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
