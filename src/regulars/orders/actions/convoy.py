"""Orders that arrive while others are being recorded wait for these anyway: they are recorded together (ADR 18)."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from regulars.ledger.actions.post import LostRace
from regulars.orders.actions.together import Asked, NotTogether, goes_with_others, record_together
from regulars.orders.rules.view import OrderView
from regulars.platform.parties import Parties


def record_in_convoy(asked: Asked, *, now: datetime, alone: Callable[[], OrderView]) -> OrderView:
    """Record an order: alone, or with others where others are under way. Refuses and raises what recording it alone does."""
    if not goes_with_others(asked.draft):
        return alone()
    return orders_together.do(asked, now=now, alone=alone)


orders_together: Final = Parties[Asked, OrderView](record_together, fails_with=(LostRace, NotTogether))
