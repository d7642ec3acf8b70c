"""Which passes may show something else after what happened: they are noted, and looked at a moment later (WAL-1, WAL-5)."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from regulars.cards.events import (
    CARD_ASSIGNED,
    CARD_BLOCKED,
    CARD_CLAIMED,
    CARD_DELETED,
    CARD_LINK_RENEWED,
    CARD_REPLACED,
    CARD_RESTORED,
    CARD_TYPE_PUBLISHED,
    CARD_UNBLOCKED,
)
from regulars.cards.queries.types import list_types_valid_at
from regulars.chains.events import PLACES_CHANGED
from regulars.customers.events import CUSTOMER_CHANGED
from regulars.kernel.ids import decode
from regulars.ledger.events import BALANCE_CHANGED
from regulars.platform.dispatch.delivery import NumberedEvent
from regulars.programs.events import TIER_ENTERED, TIER_LEFT
from regulars.vouchers.events import (
    VOUCHER_ACTIVATED,
    VOUCHER_CANCELLED,
    VOUCHER_EXPIRED,
    VOUCHER_GIVEN_BACK,
    VOUCHER_ISSUED,
    VOUCHER_REDEEMED,
)
from regulars.wallets.actions.marking import mark_cards
from regulars.wallets.actions.waves import begin_wave
from regulars.wallets.queries.passes import list_cards_of_customers, list_cards_of_vouchers

_VOUCHER_KINDS: Final = frozenset(
    {
        VOUCHER_ACTIVATED,
        VOUCHER_CANCELLED,
        VOUCHER_EXPIRED,
        VOUCHER_GIVEN_BACK,
        VOUCHER_ISSUED,
        VOUCHER_REDEEMED,
    }
)
_HOLDER_KINDS: Final = frozenset({CUSTOMER_CHANGED, TIER_ENTERED, TIER_LEFT})
REFRESH_KINDS: Final = frozenset(
    {
        *_VOUCHER_KINDS,
        *_HOLDER_KINDS,
        BALANCE_CHANGED,
        CARD_ASSIGNED,
        CARD_BLOCKED,
        CARD_CLAIMED,
        CARD_DELETED,
        CARD_LINK_RENEWED,
        CARD_REPLACED,
        CARD_RESTORED,
        CARD_TYPE_PUBLISHED,
        CARD_UNBLOCKED,
        PLACES_CHANGED,
    }
)


def mark_changed(chain_id: UUID, events: Sequence[NumberedEvent]) -> None:
    """Note the passes of the cards that events name; called in the unit of work that moves the subscriber's position."""
    cards, customers, vouchers = [], [], []
    for event in events:
        cards += [(card_id, event.at) for card_id in event.card_ids]
        if event.kind in _HOLDER_KINDS:
            customers += [(one, event.at) for one in _named(event, "cus", "customer", "customers")]
            cards += [(one, event.at) for one in _named(event, "crd", "cards")]
        elif event.kind in _VOUCHER_KINDS:
            vouchers.append((UUID(event.payload["voucher_id"]), event.at))
    cards += list_cards_of_customers(chain_id, customers)
    cards += list_cards_of_vouchers(chain_id, vouchers)
    mark_cards(chain_id, cards)
    for event in events:
        for card_type in _types_of(chain_id, event):
            begin_wave(chain_id, card_type, at=event.at)


def _named(event: NumberedEvent, prefix: str, *places: str) -> list[UUID]:
    """The ids that an event names in these places, one or a list in each."""
    told = [event.payload.get(place, ()) for place in places]
    texts = [text for one in told for text in ([one] if isinstance(one, str) else one)]
    return [found for text in texts if (found := decode(prefix, text)) is not None]


def _types_of(chain_id: UUID, event: NumberedEvent) -> list[UUID]:
    """The card types all of whose passes may show something else after an event."""
    if event.kind == PLACES_CHANGED:
        location = decode("loc", event.payload.get("location", ""))
        return list_types_valid_at(chain_id, location) if location is not None else []
    card_type = decode("ctp", event.payload.get("card_type", "")) if event.kind == CARD_TYPE_PUBLISHED else None
    return [card_type] if card_type is not None else []
