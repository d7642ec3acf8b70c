"""When phones are told, and what becomes of a try (WAL-5)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

GATHER: Final = timedelta(seconds=1)
"""Changes within so long after the first are told together."""
GAP: Final = timedelta(seconds=30)
"""A phone is not told of one pass more often: Apple holds back whoever pushes without pause."""
A_DAY: Final = timedelta(hours=24)
KEPT_FOR_PRESSING: Final = 5
"""So many pushes a day above the others, for what cannot wait: a message, and a card that is over."""
AGAIN_AFTER: Final = (timedelta(minutes=15), timedelta(hours=6))
"""When phones are told once more of what none of them has fetched, each time counted from the push before."""
SPENT: Final = "daily_pushes_spent"
"""Why a pass waits whose pushes of the day are used up."""
LEASE: Final = timedelta(seconds=90)
"""Whoever sends has so long, then somebody else tries: he may have been killed."""
WAITS: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3600, 6 * 3600))
TRIES_MAX: Final = len(WAITS) + 1

Told = Literal["sent", "gone", "later", "refused", "unclear"]
"""What a push service says: taken; the phone is no more; try again; this will not work until somebody mends the set-up.

`unclear` is of messages alone: one may have been taken, and is not sent again.
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one push; `reason` is the service's own word."""

    told: Told
    reason: str = ""
    after: timedelta | None = None


def held_until(since: datetime | None, pushes: int, *, daily_max: int, presses: bool, now: datetime) -> datetime | None:
    """When a pass may be pushed again whose pushes of the day are used up; None where it may be now.

    The day is twenty-four hours from its first push, by the clock of the world: it is Apple who counts, and knows no chain's
    midnight. What presses may go over by `KEPT_FOR_PRESSING`, so that nobody who sends messages pushes without end.
    """
    if since is None or now >= since + A_DAY:
        return None
    return since + A_DAY if pushes >= daily_max + (KEPT_FOR_PRESSING if presses else 0) else None


def next_try(tries: int, answers: tuple[Answer, ...], now: datetime) -> datetime | None:
    """When those who could not be told are tried again; None once enough was tried."""
    if tries >= TRIES_MAX:
        return None
    asked = max((one.after for one in answers if one.after is not None), default=timedelta(0))
    return now + max(WAITS[tries - 1], min(asked, WAITS[-1]))


def read_wait(headers: Mapping[str, str]) -> timedelta | None:
    """How long a service asks us to wait, where it says so in seconds."""
    wait = headers.get("retry-after", "")
    return timedelta(seconds=int(wait)) if wait.isdigit() and len(wait) < 6 else None


def read_json(body: bytes) -> dict[str, Any]:
    """What a service answered, as an object; empty where it is none."""
    try:
        told = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def read_apple(status: int, reason: str, *, unregistered_at: datetime | None, registered_at: datetime) -> Answer:
    """Apple's answer to a push, by its status and reason.

    A token that Apple calls dead counts as that only where it died after the phone registered: a phone that came back has
    the same one. Source: Apple, "Handling notification responses from APNs".
    """
    if status == 200:
        return Answer("sent")
    if status == 410:
        came_back = unregistered_at is not None and unregistered_at <= registered_at
        return Answer("later" if came_back else "gone", reason)
    if status == 400 and reason in ("BadDeviceToken", "DeviceTokenNotForTopic"):
        return Answer("gone", reason)
    if status == 429 or status >= 500:
        return Answer("later", reason)
    return Answer("refused", reason or str(status))
