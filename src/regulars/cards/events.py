"""Facts that cards announce."""

from typing import Final

CARD_ISSUED: Final = "card.issued"
CARD_CLAIMED: Final = "card.claimed"
CARD_ASSIGNED: Final = "card.assigned"
CARD_BLOCKED: Final = "card.blocked"
CARD_UNBLOCKED: Final = "card.unblocked"
CARD_DELETED: Final = "card.deleted"
CARD_RESTORED: Final = "card.restored"
CARD_REPLACED: Final = "card.replaced"
CARD_LINK_RENEWED: Final = "card.link_renewed"
CARD_TYPE_PUBLISHED: Final = "card_type.published"
