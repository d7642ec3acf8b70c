"""The time line of a card as one list, newest first: the ledger, the journal, its orders, vouchers, passes and messages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from uuid import UUID

from regulars.cards.pages.words import (
    HistoryItem,
    audit_item,
    ledger_item,
    message_item,
    order_item,
    order_named,
    voucher_item,
    wallet_item,
)
from regulars.cards.queries.cards import CardView
from regulars.chains.queries import list_locations
from regulars.kernel.refusal import Refused
from regulars.ledger.queries.history import HistoryFilter, list_history
from regulars.messaging.queries.messages import list_messages
from regulars.orders.queries.timeline import list_orders_of_card, numbers_of_orders
from regulars.platform.actor import Actor
from regulars.platform.api.listing import read_cursor, write_cursor
from regulars.platform.audit import list_entries
from regulars.vouchers.queries.history import list_steps_of_card
from regulars.wallets.queries.history import list_wallet_steps

CURSOR = "card-history"
STREAMS = 6
Found = tuple[datetime, UUID, HistoryItem | None]
"""Something that happened; None where another item tells of it."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """One page of a time line; `next_cursor` is empty at its end."""

    items: tuple[HistoryItem, ...]
    next_cursor: str = ""


def list_timeline(actor: Actor, card: CardView, *, cursor: str = "", limit: int = 10) -> Timeline:
    """One page of what happened to a card, in eight queries; a cursor that is not ours starts at the beginning.

    An entry that an order made names it; an order that changed no balance of the card stands for itself. Orders are
    told to whoever may see them.
    """
    position = _read(cursor)
    entry_id, audit_id, order_id, step_id, pass_id, message_id = position
    lines, _ = list_history(card.id, HistoryFilter(), after=entry_id, limit=limit + 1)
    # A card is in the tiers of its holder (PRG-6).
    audited = list_entries(
        actor, object_id=card.id, before=audit_id, limit=limit + 1, of_other=card.customer_id, verbs=["tier.changed"]
    )
    orders = list_orders_of_card(actor, card.id, order_id, limit + 1)
    named = {found for line in lines if (found := line.order_id)} | {
        found for line in audited if (found := order_named(line))
    }
    numbers = numbers_of_orders(actor, named)
    messages = list_messages(actor, card_id=card.id, before=message_id, limit=limit + 1)
    places = {place.id: place.name for place in list_locations(actor, archived=True)}
    streams: tuple[list[Found], ...] = (
        [(line.at, line.entry_id, ledger_item(line, numbers)) for line in lines],
        [(line.at, line.id, audit_item(line, places, numbers)) for line in audited],
        [(one.at, one.id, None if one.changed_balances else order_item(one)) for one in orders],
        [(one.at, one.id, voucher_item(one)) for one in list_steps_of_card(actor, card.id, step_id, limit + 1)],
        [(one.at, one.id, wallet_item(one)) for one in list_wallet_steps(actor, card.id, pass_id, limit + 1)],
        [(one.at, one.id, message_item(one)) for one in messages],
    )
    return _page(streams, position, limit)


def _page(streams: Sequence[Sequence[Found]], position: Sequence[UUID | None], limit: int) -> Timeline:
    """The newest items of all streams, as far as each of them was read."""
    last = list(position)
    taken = [0] * len(streams)
    shown: list[HistoryItem] = []
    for at, stream, (_at, found_id, item) in _newest_first(streams):
        if len(shown) == limit:
            return Timeline(tuple(shown), _write(last))
        last[stream] = found_id
        taken[stream] = at + 1
        if item is not None:
            shown.append(item)
        if taken[stream] > limit:
            # It may go on beyond what was read: the next page looks.
            return Timeline(tuple(shown), _write(last))
    return Timeline(tuple(shown))


def _newest_first(streams: Sequence[Sequence[Found]]) -> Iterable[tuple[int, int, Found]]:
    numbered = [[(at, stream, found) for at, found in enumerate(listed)] for stream, listed in enumerate(streams)]
    return merge(*numbered, key=lambda one: one[2][:2], reverse=True)


def _write(position: Sequence[UUID | None]) -> str:
    return write_cursor(CURSOR, [str(found or "") for found in position])


def _read(cursor: str) -> list[UUID | None]:
    try:
        position = read_cursor(CURSOR, cursor, length=STREAMS)
        return [UUID(str(found)) if found else None for found in position or [""] * STREAMS]
    except (Refused, ValueError):
        return [None] * STREAMS
