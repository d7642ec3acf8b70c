"""The time line of a card: its entries in the ledger and its entries in the journal as one list, newest first."""

from dataclasses import dataclass
from heapq import merge
from uuid import UUID

from regulars.cards.pages.words import HistoryItem, audit_item, ledger_item
from regulars.cards.queries.cards import CardView
from regulars.chains.queries import list_locations
from regulars.kernel.refusal import Refused
from regulars.ledger.queries.history import HistoryFilter, list_history
from regulars.platform.actor import Actor
from regulars.platform.api.listing import read_cursor, write_cursor
from regulars.platform.audit import list_entries

CURSOR = "card-history"


@dataclass(frozen=True, slots=True)
class Timeline:
    """One page of a time line; `next_cursor` is empty at its end."""

    items: tuple[HistoryItem, ...]
    next_cursor: str = ""


def list_timeline(actor: Actor, card: CardView, *, cursor: str = "", limit: int = 10) -> Timeline:
    """One page of what happened to a card, in three queries; a cursor that is not ours starts at the beginning."""
    entry_id, audit_id = _read(cursor)
    lines, _ = list_history(card.id, HistoryFilter(), after=entry_id, limit=limit + 1)
    # A card is in the tiers of its holder (PRG-6).
    audited = list_entries(
        actor, object_id=card.id, before=audit_id, limit=limit + 1, of_other=card.customer_id, verbs=["tier.changed"]
    )
    places = {place.id: place.name for place in list_locations(actor, archived=True)}
    of_ledger = [(line.at, line.entry_id, ledger_item(line)) for line in lines]
    of_journal = [(line.at, line.id, audit_item(line, places)) for line in audited]
    both = list(merge(of_ledger, of_journal, key=lambda found: found[:2], reverse=True))
    shown = [item for _, _, item in both[:limit]]
    if len(both) <= limit:
        return Timeline(items=tuple(shown))
    ids = {item.id for item in shown}
    last_entry = next((line.entry_id for line in reversed(lines) if line.entry_id in ids), entry_id)
    last_audit = next((line.id for line in reversed(audited) if line.id in ids), audit_id)
    position: list[str | int | None] = [str(last_entry or ""), str(last_audit or "")]
    return Timeline(items=tuple(shown), next_cursor=write_cursor(CURSOR, position))


def _read(cursor: str) -> tuple[UUID | None, UUID | None]:
    try:
        position = read_cursor(CURSOR, cursor, length=2)
    except Refused:
        return None, None
    entry, audit = position or ("", "")
    return (UUID(str(entry)) if entry else None), (UUID(str(audit)) if audit else None)
