"""Facts that gift cards announce."""

from typing import Final

GIFT_CARD_SOLD: Final = "gift_card.sold"
GIFT_CARD_TOPPED_UP: Final = "gift_card.topped_up"
GIFT_CARD_WRITTEN_OFF: Final = "gift_card.written_off"
GIFT_CARD_GIVEN_BACK: Final = "gift_card.given_back"
GIFT_CARD_EXPIRED: Final = "gift_card.expired"
GIFT_CARD_BLOCKED: Final = "gift_card.blocked"
GIFT_CARD_UNBLOCKED: Final = "gift_card.unblocked"
GIFT_CARD_CANCELLED: Final = "gift_card.cancelled"
