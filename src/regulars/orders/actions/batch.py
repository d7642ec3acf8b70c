"""Many orders at once, as tills send them that were offline: set by set, a hundred in one transaction (DESIGN section 4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import psycopg
from django.db import Error as DatabaseFault

from regulars.kernel.refusal import Refusal, Refused
from regulars.ledger.actions.post import LostRace
from regulars.orders.actions.guessing import guarded
from regulars.orders.actions.record import record_alone
from regulars.orders.actions.together import Asked, NotTogether, Outcome, record_together
from regulars.orders.rules.command import OrderDraft
from regulars.orders.rules.view import OrderView
from regulars.platform.actor import Actor
from regulars.platform.claims import Answered
from regulars.platform.problems import refusal_of

TOGETHER_MAX: Final = 100
"""How many orders are recorded in one transaction."""

Result = OrderView | Refusal


def record_batch(actor: Actor, drafts: Sequence[OrderDraft], *, now: datetime) -> list[Result]:
    """Record orders in their order; the result of each is what recording it alone would answer.

    Orders of one buyer are decided one after another, also where they stand in one transaction. One that loses a race
    is recorded again by itself. Refuses: Forbidden.
    """
    actor.require("orders:write")
    results: list[Result] = []
    for start in range(0, len(drafts), TOGETHER_MAX):
        results += _record_some(actor, drafts[start : start + TOGETHER_MAX], now=now)
    return results


def _record_some(actor: Actor, drafts: Sequence[OrderDraft], *, now: datetime) -> list[Result]:
    try:
        found = record_together([Asked(actor, draft) for draft in drafts], now=now)
    except (LostRace, NotTogether, psycopg.Error, DatabaseFault):
        # Nothing of them is recorded.
        found = {}
    return [_result(actor, draft, found.get(at), now=now) for at, draft in enumerate(drafts)]


def _result(actor: Actor, draft: OrderDraft, outcome: Outcome | None, *, now: datetime) -> Result:
    assert not isinstance(outcome, Answered), "orders of a batch have no keys"
    return _record_alone(actor, draft, now=now) if outcome is None else outcome


def _record_alone(actor: Actor, draft: OrderDraft, *, now: datetime) -> Result:
    try:
        return guarded(actor, draft, lambda heard: record_alone(actor, heard, now=now), now=now)
    except Refused as refused:
        return refused.refusal
    except (LostRace, psycopg.Error, DatabaseFault) as fault:
        return refusal_of(fault)
