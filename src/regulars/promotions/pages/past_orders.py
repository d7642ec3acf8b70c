"""An order that was recorded, as promotions saw it: to try a draft on what really happened."""

from regulars.kernel.refusal import Forbidden, NotFound, Refused
from regulars.orders.queries.orders import access_order
from regulars.platform.sessions import PageRequest
from regulars.promotions.rules.facts import Facts


def find_past_facts(request: PageRequest, number: str) -> Facts | None:
    """What promotions saw of the order with this number (its own or ours); None where there is none to be seen."""
    for identifier in (f"ext:{number}", number):
        try:
            order = access_order(request.actor, identifier)
        except Refused as refused:
            if not isinstance(refused.refusal, NotFound | Forbidden):
                raise
            continue
        if order.seen is not None:
            return order.seen.facts
    return None
