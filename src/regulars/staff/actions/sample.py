"""Removing the sample at one press (UX section 8); docs/adr says why entries may go here and nowhere else."""

import logging
from datetime import datetime

from regulars.chains.errors import NoSample
from regulars.chains.queries import get_chain
from regulars.kernel.refusal import Forbidden, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import execute, row, unit_of_work
from regulars.platform.together import announce_together
from regulars.staff.events import SampleRemoved
from regulars.staff.queries import find_staff

logger = logging.getLogger("regulars.sample")


def remove_sample_chain(actor: Actor, *, now: datetime) -> int:
    """Delete a sample chain with everything in it, and the logins that were made for it alone; returns how many rows.

    Refuses: Forbidden (only an owner), NoSample. Its audit journal goes too, so the log of the server keeps the line.
    """
    with unit_of_work(actor.chain_id):
        chain = get_chain(actor.chain_id)
        if not chain.is_sample:
            raise Refused(NoSample())
        person = actor.staff_id and find_staff(actor, actor.staff_id)
        if not person or person.role != "owner":
            raise Refused(Forbidden(needs="owner"))
        # Ten thousand rows go in a second or two; a sample that was played with for a year may take longer.
        execute("SET LOCAL statement_timeout = 0")
        announce_together(actor, SampleRemoved(chain.id))
        found = row("SELECT door_remove_sample_chain(%s)", [actor.chain_id])
    removed = int(found[0]) if found else 0
    logger.info("The sample was removed", extra={"chain": str(actor.chain_id), "rows": removed, "at": now.isoformat()})
    return removed
