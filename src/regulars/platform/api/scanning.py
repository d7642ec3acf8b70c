"""What a scanner read, found by whichever feature knows it: cards ask here for what is no card (API.md, /cards/scan).

The project names the features in `REGULARS_SCANNERS`, as no feature knows another's edges.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from regulars.platform.actor import Actor

Scanner = Callable[[Actor, str, datetime], dict[str, Any] | None]
"""A feature's part: what this payload is, under its name (`{"voucher": …}`), or None where it knows nothing of it."""


def find_otherwise(actor: Actor, payload: str, now: datetime) -> dict[str, Any] | None:
    """What the first feature that knows this payload says of it; None where nobody does."""
    scanners: Sequence[Scanner] = import_string(settings.REGULARS_SCANNERS)
    for scan in scanners:
        found = scan(actor, payload, now)
        if found is not None:
            return found
    return None
