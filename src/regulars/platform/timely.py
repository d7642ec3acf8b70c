"""Work that falls due with time; the project names it in `REGULARS_DUE`, as no feature knows another's."""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

logger = logging.getLogger("regulars.worker")

Due = Callable[[UUID, datetime], object]


class DueWorkFailed(Exception):
    """Some of the work that was due raised; all the other was done."""


def do_what_is_due(chain_id: UUID, now: datetime) -> None:
    """Do everything that has fallen due in a chain until `now`. Raises DueWorkFailed; what did not fail is done all the same."""
    registered: tuple[Due, ...] = import_string(settings.REGULARS_DUE)
    failed = []
    for due in registered:
        try:
            due(chain_id, now)
        except Exception:
            # Whatever went wrong in one, points must expire and birthdays come: the others are done, then the job says which failed.
            name = getattr(due, "__name__", str(due))
            logger.exception("%s failed in chain %s", name, chain_id)
            failed.append(name)
    if failed:
        raise DueWorkFailed(", ".join(failed))
