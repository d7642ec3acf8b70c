"""Orders that arrive while others are being recorded wait for these anyway: they are recorded together (ADR 18)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import psycopg
from django.db import Error as DatabaseFault
from django.db import connection
from django.utils.translation import get_language, override

from regulars.kernel.refusal import Refusal, Refused
from regulars.ledger.actions.post import LostRace
from regulars.orders.actions.together import Asked, NotTogether, Outcome, goes_with_others, record_together
from regulars.orders.rules.view import OrderView
from regulars.platform.assumed_key import AssumedKey, KeyChanged, unproved_key
from regulars.platform.claims import Answered
from regulars.platform.convoy import Convoy

PATIENCE: Final = 0.25
"""So many seconds an order waits for others of its chain that do not get on: one of their cards may be locked by an import."""
PARTY_MAX: Final = 16
"""How many orders share a transaction: what one card needs after another takes steps, and others wait for all of them."""


@dataclass(slots=True)
class _Rider:
    """Somebody's order in a convoy; `outcome` None says that it has to be recorded alone."""

    asked: Asked
    now: datetime
    alone: Callable[[], OrderView]
    key: AssumedKey | None
    language: str | None
    """In which the answer is written."""
    outcome: Outcome | KeyChanged | None = None


def record_in_convoy(asked: Asked, *, now: datetime, alone: Callable[[], OrderView]) -> OrderView:
    """Record an order: alone, or with others where others are under way. Refuses and raises what recording it alone does."""
    if connection.in_atomic_block or not goes_with_others(asked.draft):
        return alone()
    rider = _Rider(asked, now, alone, unproved_key(asked.actor.chain_id), get_language())
    _convoy.travel(rider, _record)
    match rider.outcome:
        case OrderView():
            return rider.outcome
        case Refusal():
            raise Refused(rider.outcome)
        case Answered() | KeyChanged():
            raise rider.outcome
        case None:
            return alone()


def _record(riders: Sequence[_Rider]) -> None:
    """Record the orders of a party; what fails together is left to each alone."""
    if len(riders) == 1:
        riders[0].outcome = _alone(riders[0])
        return
    try:
        found = record_together([_in_own_language(one) for one in riders], now=max(one.now for one in riders))
    except (LostRace, NotTogether, psycopg.Error, DatabaseFault):
        return
    except KeyChanged:
        for one in riders:
            one.outcome = KeyChanged()
        return
    leader = riders[0].key
    for at, one in enumerate(riders):
        one.outcome = found.get(at)
        if one.key is not None and leader is not None:
            # It is the same key, and the door has said the same of it to all of them.
            one.key.is_proved = leader.is_proved


def _alone(rider: _Rider) -> Outcome:
    try:
        return rider.alone()
    except Refused as refused:
        return refused.refusal
    except Answered as answered:
        return answered


def _in_own_language(rider: _Rider) -> Asked:
    write, language = rider.asked.present, rider.language
    if write is None:
        return rider.asked

    def present(view: OrderView) -> tuple[int, str]:
        with override(language):
            return write(view)

    return replace(rider.asked, present=present)


def _fit(one: _Rider, other: _Rider) -> bool:
    """Whether two may share a transaction: one chain, one key that the door said one thing of, one route."""
    return _holder(one) == _holder(other)


def _holder(rider: _Rider) -> tuple[object, ...]:
    claim, key = rider.asked.claim, rider.key
    return (
        rider.asked.actor.chain_id,
        (key.key_hash, key.row) if key else None,
        (claim.holder_id, claim.route) if claim else None,
    )


_convoy: Final = Convoy[_Rider](
    key=lambda rider: rider.asked.actor.chain_id, fit=_fit, most=PARTY_MAX, patience=PATIENCE
)
