"""What an empty installation gets on its first start."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from regulars.project.home import Installation


def first_run(*, installation: Installation, now: datetime) -> dict[str, Any] | None:
    """Make the first sign-in and return the words for `first-run.json`: url, email, password, api_key, chain."""
    return None
