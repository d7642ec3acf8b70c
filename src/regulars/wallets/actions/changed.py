"""Which passes may show something else after what happened: they are noted, and looked at a moment later (WAL-1, WAL-5)."""

from collections.abc import Callable, Sequence
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
from regulars.cards.queries.types import list_types_of, list_types_valid_at
from regulars.chains.events import CHAIN_CHANGED, PLACES_CHANGED
from regulars.customers.events import CUSTOMER_CHANGED
from regulars.kernel.ids import decode
from regulars.ledger.events import (
    BALANCE_CHANGED,
    HOLD_EXPIRED,
    HOLD_PLACED,
    HOLD_RELEASED,
    UNITS_USABLE,
)
from regulars.platform.dispatch.delivery import NumberedEvent
from regulars.programs.events import BALANCE_TYPE_CHANGED, TIER_ENTERED, TIER_LEFT, TIERS_CHANGED
from regulars.rewards.events import REWARD_CHANGED
from regulars.rewards.queries.milestones import list_types_with_goal
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
        BALANCE_TYPE_CHANGED,
        CARD_ASSIGNED,
        CARD_BLOCKED,
        CARD_CLAIMED,
        CARD_DELETED,
        CARD_LINK_RENEWED,
        CARD_REPLACED,
        CARD_RESTORED,
        CARD_TYPE_PUBLISHED,
        CARD_UNBLOCKED,
        CHAIN_CHANGED,
        HOLD_EXPIRED,
        HOLD_PLACED,
        HOLD_RELEASED,
        PLACES_CHANGED,
        REWARD_CHANGED,
        TIERS_CHANGED,
        UNITS_USABLE,
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
    if event.kind == CHAIN_CHANGED:
        return list_types_of(chain_id) if _SHOWN_OF_CHAIN & set(event.payload.get("changed", ())) else []
    if event.kind not in _WAVES:
        return []
    prefix, place, find = _WAVES[event.kind]
    named = decode(prefix, event.payload.get(place, ""))
    return find(chain_id, named) if named is not None else []


_SHOWN_OF_CHAIN: Final = {"name", "currency", "time_zone", "language"}
_WAVES: Final[dict[str, tuple[str, str, Callable[[UUID, UUID], list[UUID]]]]] = {
    BALANCE_TYPE_CHANGED: ("prg", "program", lambda chain_id, program: list_types_of(chain_id, program_id=program)),
    CARD_TYPE_PUBLISHED: ("ctp", "card_type", lambda _chain_id, card_type: [card_type]),
    PLACES_CHANGED: ("loc", "location", list_types_valid_at),
    REWARD_CHANGED: ("rwd", "reward", list_types_with_goal),
    TIERS_CHANGED: ("prg", "program", lambda chain_id, program: list_types_of(chain_id, program_id=program)),
}
"""The id that an event names, where it stands, and whose passes may show something else then."""
