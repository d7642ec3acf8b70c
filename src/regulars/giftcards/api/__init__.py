"""The HTTP API of gift cards and their types."""

from regulars.giftcards.api.giftcards import routes as gift_card_routes
from regulars.giftcards.api.moves import routes as _moves
from regulars.giftcards.api.scanning import show_gift_card
from regulars.giftcards.api.types import routes as gift_card_type_routes

assert _moves is gift_card_routes

__all__ = ["gift_card_routes", "gift_card_type_routes", "show_gift_card"]
