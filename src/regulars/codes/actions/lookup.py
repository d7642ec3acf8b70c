"""The one door through which codes are looked up by what was typed or scanned (RWD-9).

Every wrong code gets the same answer, whether there is none, it belongs to something that was not asked for, or to another
business. Wrong ones are counted for their source and for all sources of the business together; the owner is told when somebody
guesses. A code's letters cannot be guessed in any time; the door sees to it that nobody learns much by trying either.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from regulars.codes.errors import UnknownCode
from regulars.codes.events import CODES_GUESSED
from regulars.codes.queries.space import find_owner
from regulars.codes.rules.space import CodeOwner
from regulars.kernel.refusal import Refused
from regulars.platform.actor import Actor
from regulars.platform.attempts import (
    Limit,
    TooManyAttempts,
    Try,
    begin_turn,
    end_turn,
    give_back,
    is_blocked,
    seconds_blocked,
    source_of,
    take_attempts,
)
from regulars.platform.audit import record
from regulars.platform.database import unit_of_work
from regulars.platform.events import announce
from regulars.staff.actions.notifications import notify_holders

log = logging.getLogger("regulars.codes")

# Tills mistype: twenty wrong codes an hour are a bad day, not an attack.
SOURCE: Final = Limit(
    kind="codes_source",
    free=20,
    first_wait=timedelta(seconds=30),
    wait_max=timedelta(minutes=15),
    forget_after=timedelta(hours=1),
)
# Many sources that each try a little: then a source has few wrong ones, and nobody who is right is held up.
TOTAL: Final = Limit(
    kind="codes_total",
    free=200,
    first_wait=timedelta(minutes=10),
    wait_max=timedelta(hours=1),
    forget_after=timedelta(hours=1),
)
NARROW: Final = Limit(
    kind=SOURCE.kind,
    free=3,
    first_wait=timedelta(minutes=1),
    wait_max=timedelta(minutes=15),
    forget_after=timedelta(hours=1),
)
# The owner is told once an hour of each source, however long it goes on.
TOLD: Final = Limit(
    kind="codes_told",
    free=1,
    first_wait=timedelta(hours=1),
    wait_max=timedelta(hours=1),
    forget_after=timedelta(hours=2),
)
RIGHT: Final = "rewards:read"


def find_code_owner(
    actor: Actor, text: str, *, source: str = "", kinds: Collection[str] = (), now: datetime
) -> CodeOwner:
    """What a code of the actor's chain belongs to, however it was typed; only of these `kinds`, where some are named.

    To be called outside a unit of work (a route with `transaction="own"`): the try is counted, and committed, before anybody
    looks. `source` is who asks; by default the key or login with its address. Refuses: Forbidden, UnknownCode,
    TooManyAttempts.
    """
    actor.require(RIGHT)
    by_source = _source_try(actor, source)
    is_narrow = is_blocked(_total_try(actor), now=now)
    try:
        (taken,) = take_attempts([Try(NARROW, by_source.subject) if is_narrow else by_source], now=now)
    except Refused:
        _tell(actor, by_source, now=now)
        raise
    with unit_of_work(actor.chain_id):
        found = find_owner(actor.chain_id, text)
        if found is not None and (not kinds or found.kind in kinds):
            give_back(taken)
            return found
    _count_in_total(actor, 1, now=now)
    if is_blocked(by_source, now=now):
        _tell(actor, by_source, now=now)
    raise Refused(UnknownCode())


def refuse_guessers(actor: Actor, *, source: str = "", now: datetime) -> None:
    """Refuse a source that was wrong too often, for what counts nothing itself. Refuses: TooManyAttempts."""
    wait = seconds_blocked(_source_try(actor, source), now=now)
    if wait:
        raise Refused(TooManyAttempts(retry_after=wait))


def begin_looking(actor: Actor, *, source: str = "", now: datetime) -> TooManyAttempts | None:
    """Take the turn of a source, for paths that find codes in a statement of their own: why it is not heard, or None.

    Such a path says afterwards how many were wrong (`count_wrong_codes`), and ends the turn then, whatever came of it
    (`end_looking`): until that nobody else of the source looks, so all tries at the same instant are as many as they are.
    """
    wait = begin_turn(_source_try(actor, source), now=now)
    return TooManyAttempts(retry_after=wait) if wait else None


def end_looking(actor: Actor, *, source: str = "") -> None:
    """Let the next of the source look."""
    end_turn(_source_try(actor, source))


def count_wrong_codes(actor: Actor, count: int, *, mistyped: int = 0, source: str = "", now: datetime) -> None:
    """Count codes that were wrong, after the answer is decided and outside a unit of work; nothing is refused.

    Those that are too short to be worth money are `mistyped`: they count for all sources together, and hold up nobody.
    """
    by_source = _source_try(actor, source)
    for _ in range(count):
        try:
            take_attempts([by_source], now=now)
        except Refused:
            break
    if count or mistyped:
        _count_in_total(actor, count + mistyped, now=now)
    if count and is_blocked(by_source, now=now):
        _tell(actor, by_source, now=now)


def source_of_actor(actor: Actor) -> str:
    """Who asks: the key or login, and from where."""
    who = f"key {actor.key_id}" if actor.key_id else f"login {actor.login_id}" if actor.login_id else "nobody"
    return f"{who} {source_of(actor.address)}"


def _source_try(actor: Actor, source: str) -> Try:
    return Try(SOURCE, f"{actor.chain_id} {source or source_of_actor(actor)}")


def _total_try(actor: Actor) -> Try:
    return Try(TOTAL, str(actor.chain_id))


def _count_in_total(actor: Actor, count: int, *, now: datetime) -> None:
    total = _total_try(actor)
    for _ in range(count):
        try:
            take_attempts([total], now=now)
        except Refused:
            # It is blocked already: sources are narrow, and the owner was told.
            return
    if is_blocked(total, now=now):
        _tell(actor, total, now=now)


def _tell(actor: Actor, by: Try, *, now: datetime) -> None:
    """Tell the owner that somebody guesses: in the journal, as an event and as a notification; once an hour."""
    try:
        take_attempts([Try(TOLD, f"{by.limit.kind} {by.subject}")], now=now)
    except Refused:
        return
    facts = {"through": actor.through, "address": source_of(actor.address), "everywhere": by.limit.kind == TOTAL.kind}
    log.warning("Somebody guesses codes", extra={"chain": str(actor.chain_id), "source": facts["address"]})
    with unit_of_work(actor.chain_id):
        record(actor, verb="codes.guessed", object_kind="codes", object_id=actor.chain_id, now=now, after=facts)
        announce(actor.chain_id, CODES_GUESSED, now=now, payload=facts)
        notify_holders(actor.chain_id, "staff:write", CODES_GUESSED, subject_id=actor.chain_id, facts=facts, now=now)
