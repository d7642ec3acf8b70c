"""Who acts on which fact: together, in its transaction, or afterwards, through the events."""

from typing import Final

from regulars.cards.actions.holders import claim_cards, issue_automatic_cards
from regulars.customers.events import CustomerEntered
from regulars.platform.together import Handler

TOGETHER: Final[dict[type, tuple[Handler, ...]]] = {
    # Claiming comes first, so that who gets a waiting card gets no second one by itself.
    CustomerEntered: (claim_cards, issue_automatic_cards),
}
