"""What time brings to memberships: freezes begin and end, periods end, and people are told before (RWD-6)."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from regulars.chains.queries import find_chain
from regulars.memberships.actions.write import tell
from regulars.memberships.events import (
    MEMBERSHIP_ENDING,
    MEMBERSHIP_EXPIRED,
    MEMBERSHIP_FROZEN,
    MEMBERSHIP_UNFROZEN,
)
from regulars.memberships.queries.memberships import Ending
from regulars.memberships.queries.usable import lock_memberships
from regulars.memberships.rules.states import MembershipState, as_of
from regulars.platform.actor import Actor, system_actor
from regulars.platform.database import execute, rows, unit_of_work
from regulars.platform.hot import open_cursor

CHUNK: Final = 200
ROUNDS_MAX: Final = 10_000

# A freeze that is over and stands in the row, one that begins, and an end that has passed.
_TURNING: Final = """
SELECT id FROM memberships WHERE chain_id = %(chain)s AND state IN ('active', 'frozen') AND (
    ends_on < %(today)s OR frozen_until < %(today)s OR (state = 'active' AND frozen_from <= %(today)s))
ORDER BY id LIMIT %(limit)s
"""
_ENDING: Final = """
SELECT id FROM memberships WHERE chain_id = %(chain)s AND state = 'active' AND (ends_on IS NULL OR ends_on >= %(today)s)
    AND ((told_days_at IS NULL AND ends_on - %(today)s <= (terms ->> 'notice_days')::int)
        OR (told_visits_at IS NULL AND visits - used <= (terms ->> 'notice_visits')::int))
ORDER BY id LIMIT %(limit)s
"""

Defer = Callable[[UUID, UUID, Ending], None]
"""Puts the mail about a membership into the background, inside the running unit of work."""


def turn_memberships(chain_id: UUID, now: datetime) -> None:
    """Begin and end the freezes, and end the memberships, whose day has come; each is announced."""
    actor = system_actor(chain_id)
    for _ in range(ROUNDS_MAX):
        with unit_of_work(chain_id):
            today = _today(chain_id, now)
            if today is None or not _turn_some(actor, today, now=now):
                return


def tell_of_ends(chain_id: UUID, now: datetime, *, defer: Defer) -> None:
    """Tell once of each membership that is about to end, by days or by visits."""
    actor = system_actor(chain_id)
    for _ in range(ROUNDS_MAX):
        with unit_of_work(chain_id):
            today = _today(chain_id, now)
            if today is None or not _tell_some(actor, today, now=now, defer=defer):
                return


def _today(chain_id: UUID, now: datetime) -> date | None:
    chain = find_chain(chain_id)
    return None if chain is None else now.astimezone(chain.zone).date()


def _locked(chain_id: UUID, statement: str, today: date) -> list[MembershipState]:
    found = rows(statement, {"chain": chain_id, "today": today, "limit": CHUNK})
    return list(lock_memberships(open_cursor(), chain_id, [values[0] for values in found]).values())


def _turn_some(actor: Actor, today: date, *, now: datetime) -> bool:
    found = _locked(actor.chain_id, _TURNING, today)
    for before in found:
        after = as_of(before, today)
        execute(
            "UPDATE memberships SET state = %s, frozen_from = %s, frozen_until = %s, version = version + 1 WHERE id = %s",
            [after.state, after.frozen_from, after.frozen_until, before.id],
        )
        for event, facts in _turns(before, after):
            tell(actor, after, event, now=now, before={"state": before.state}, after_facts=facts, payload=facts)
    return bool(found)


def _turns(before: MembershipState, after: MembershipState) -> list[tuple[str, dict[str, Any]]]:
    ends_on = None if after.ends_on is None else after.ends_on.isoformat()
    if after.state == "expired":
        return [(MEMBERSHIP_EXPIRED, {"ends_on": ends_on})] if before.state != "expired" else []
    if before.state == "frozen" and after.state == "active":
        return [(MEMBERSHIP_UNFROZEN, {"ends_on": ends_on})]
    if before.state == "active" and after.state == "frozen":
        assert after.frozen_from is not None
        assert after.frozen_until is not None
        return [
            (
                MEMBERSHIP_FROZEN,
                {
                    "frozen_from": after.frozen_from.isoformat(),
                    "frozen_until": after.frozen_until.isoformat(),
                    "ends_on": ends_on,
                },
            )
        ]
    return []


def _tell_some(actor: Actor, today: date, *, now: datetime, defer: Defer) -> bool:
    found = _locked(actor.chain_id, _ENDING, today)
    for one in found:
        for because in _reasons(one, today):
            column = f"told_{because}_at"
            told = execute(
                f"UPDATE memberships SET {column} = %s, version = version + 1 WHERE id = %s AND {column} IS NULL",
                [now, one.id],
            )
            if not told:
                continue
            facts = {
                "because": because,
                "ends_on": None if one.ends_on is None else one.ends_on.isoformat(),
                "remaining": one.remaining,
            }
            tell(actor, one, MEMBERSHIP_ENDING, now=now, after_facts=facts, payload=facts)
            defer(actor.chain_id, one.id, because)
    return bool(found)


def _reasons(one: MembershipState, today: date) -> list[Ending]:
    """Why it is about to end, each told once."""
    terms, found = one.terms, []
    if terms.notice_days is not None and one.ends_on and (one.ends_on - today).days <= terms.notice_days:
        found.append("days")
    if terms.notice_visits is not None and one.remaining is not None and one.remaining <= terms.notice_visits:
        found.append("visits")
    return found  # type: ignore[return-value]
