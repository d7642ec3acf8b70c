"""Work in the background that was begun and whose job is lost: it failed too often in a row, say while the disk was full."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from regulars.platform.database import row, unit_of_work

FAILURES_MAX: Final = 10

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Begun:
    """Work that is not finished: whose, which, and what is to be done of it."""

    chain_id: UUID
    id: UUID
    state: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of work, its name being the beginning of the lock of its jobs.

    `is_still` locks the work and says whether it is in that state; not where somebody else has it locked, who is at work on
    it or at giving it a job. `defer` gives it a job; `give_up` ends it where it can be ended. All three are called inside a
    transaction.
    """

    name: str
    is_still: Callable[[Begun], bool]
    defer: Callable[[Begun], None]
    give_up: Callable[[Begun], None]


def resume(kind: Kind, begun: Iterable[Begun]) -> int:
    """Give a new job to all work that has none; how much. After FAILURES_MAX failures it is given up, and the log says so."""
    resumed = 0
    for one in begun:
        with unit_of_work(one.chain_id):
            if not kind.is_still(one):
                continue
            waiting, failed = jobs_of(f"{kind.name}-{one.id}")
            if waiting:
                continue
            if failed >= FAILURES_MAX:
                log.error("%s %s failed %s times while %s and is not tried again", kind.name, one.id, failed, one.state)
                kind.give_up(one)
                continue
            kind.defer(one)
            resumed += 1
    return resumed


def jobs_of(lock: str) -> tuple[int, int]:
    """How many jobs with this lock wait or run, and how many have failed for good."""
    found = row(
        "SELECT count(*) FILTER (WHERE status IN ('todo', 'doing')), count(*) FILTER (WHERE status = 'failed')"
        " FROM procrastinate_jobs WHERE lock = %s",
        [lock],
    )
    assert found
    return int(found[0]), int(found[1])
