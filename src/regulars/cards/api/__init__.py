"""Routes of card types, cards and their balances."""

from regulars.cards.api.balances import routes as balance_routes
from regulars.cards.api.bulk import routes as bulk_routes
from regulars.cards.api.cards import routes as card_routes
from regulars.cards.api.earning import routes as earning_routes
from regulars.cards.api.enrolment import routes as enrolment_routes
from regulars.cards.api.expiring import routes as expiring_routes
from regulars.cards.api.holds import routes as hold_routes
from regulars.cards.api.types import routes as type_routes

__all__ = [
    "balance_routes",
    "bulk_routes",
    "card_routes",
    "earning_routes",
    "enrolment_routes",
    "expiring_routes",
    "hold_routes",
    "type_routes",
]
