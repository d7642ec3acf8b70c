"""Waiting between retries, spread so that two losers of a race do not meet again."""

import random
import time


def wait_before_retry(attempt: int) -> None:
    """Sleep 5 to 15 milliseconds, doubled with each attempt."""
    time.sleep(random.uniform(0.005, 0.015) * 2**attempt)  # noqa: S311 (a wait is no secret)
