"""Reads of gift cards; values, scoped to the chain of the running unit of work."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from regulars.giftcards.rules.states import State
from regulars.kernel.codes import code_end
from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import row, rows

GOOD_MAX: Final = 20

STATE: Final = """
CASE WHEN g.state IN ('active', 'blocked') AND g.expires_at <= %(now)s THEN 'expired' ELSE g.state END
"""
"""The state by now of `gift_cards g`, whether or not its end is booked."""

_COLUMNS: Final = f"""
g.id, g.type_id, t.name, t.is_single_use, g.code, g.customer_id, coalesce(c.name, ''), g.value, g.balance, {STATE},
g.location_id, g.sold_at, g.expires_at, g.version
"""
_FROM: Final = """
gift_cards g JOIN gift_card_types t ON t.id = g.type_id LEFT JOIN customers c ON c.id = g.customer_id
"""


@dataclass(frozen=True, slots=True)
class GiftCardView:
    """A gift card; money in the currency's smallest unit. Its state is that by now, whether or not its end is booked.

    `code` is the code itself: who shows it to people hides it first (`code_end`).
    """

    id: UUID
    type_id: UUID
    type_name: str
    is_single_use: bool
    code: str | None
    customer_id: UUID | None
    customer_name: str
    value: int
    booked: int
    state: State
    location_id: UUID | None
    sold_at: datetime
    expires_at: datetime | None
    version: int

    @property
    def balance(self) -> int:
        """What can be spent: nothing of one whose time is over, though that is not booked yet."""
        return self.booked if self.state in ("active", "blocked") else 0

    @property
    def last_day(self) -> datetime | None:
        """A moment of the last day on which it is good."""
        return None if self.expires_at is None else self.expires_at - timedelta(seconds=1)

    @property
    def code_end(self) -> str:
        """The last letters of its code, by which it can be told apart; "" where it has none."""
        return code_end(self.code) if self.code else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftCardFilter:
    """Which gift cards; everything given must hold."""

    state: str = ""
    type_id: UUID | None = None
    customer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class GiftCardPage:
    """Some gift cards, newest first; `last` is where the next page goes on, None at the end."""

    cards: tuple[GiftCardView, ...]
    last: UUID | None


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What a chain owes: what is left on gift cards that can still be spent, on how many."""

    cards: int
    balance: int


@dataclass(frozen=True, slots=True)
class EntryView:
    """A line of a gift card's history; `given_back` is what came back of a payment since."""

    id: UUID
    number: int
    kind: str
    amount: int
    balance_after: int
    at: datetime
    source: str
    staff_id: UUID | None
    staff_name: str
    location_id: UUID | None
    order_id: UUID | None
    reverses: UUID | None
    given_back: int
    note: str

    @property
    def left(self) -> int:
        """What can still be given back of it."""
        return -self.amount - self.given_back if self.kind == "write_off" else 0


def access_gift_card(actor: Actor, identifier: str, *, now: datetime) -> GiftCardView:
    """The gift card with this id (`gcd_…`). Refuses: Forbidden, NotFound."""
    actor.require("rewards:read")
    card_id = decode("gcd", identifier)
    found = find_gift_card(actor.chain_id, card_id, now=now) if card_id else None
    if found is None:
        raise Refused(NotFound())
    return found


def find_gift_card(chain_id: UUID, card_id: UUID, *, now: datetime) -> GiftCardView | None:
    """The gift card with this id, or None."""
    found = row(
        f"SELECT {_COLUMNS} FROM {_FROM} WHERE g.chain_id = %(chain)s AND g.id = %(id)s",
        {"chain": chain_id, "id": card_id, "now": now},
    )
    return GiftCardView(*found) if found else None


def list_gift_cards(
    actor: Actor, wanted: GiftCardFilter, *, now: datetime, after: UUID | None = None, limit: int = 50
) -> GiftCardPage:
    """One page of the gift cards, newest first. Refuses: Forbidden."""
    actor.require("rewards:read")
    conditions, parameters = conditions_of(actor.chain_id, wanted, now=now)
    parameters["limit"] = limit + 1
    if after is not None:
        conditions.append("g.id < %(after)s")
        parameters["after"] = after
    found = rows(
        f"SELECT {_COLUMNS} FROM {_FROM} WHERE {' AND '.join(conditions)} ORDER BY g.id DESC LIMIT %(limit)s",
        parameters,
    )
    cards = tuple(GiftCardView(*values) for values in found[:limit])
    return GiftCardPage(cards, cards[-1].id if len(found) > limit else None)


def conditions_of(chain_id: UUID, wanted: GiftCardFilter, *, now: datetime) -> tuple[list[str], dict[str, Any]]:
    """The conditions on `gift_cards g` that a filter means, with their parameters; a type or customer that is none finds nothing."""
    conditions = ["g.chain_id = %(chain)s"]
    parameters: dict[str, Any] = {"chain": chain_id, "now": now}
    if wanted.state:
        conditions.append(f"({STATE}) = %(state)s")
        parameters["state"] = wanted.state
    if wanted.type_id:
        conditions.append("g.type_id = %(type)s")
        parameters["type"] = wanted.type_id
    if wanted.customer_id:
        conditions.append("g.customer_id = %(customer)s")
        parameters["customer"] = wanted.customer_id
    return conditions, parameters


def list_good_gift_cards(chain_id: UUID, customer_id: UUID, *, now: datetime) -> list[GiftCardView]:
    """The gift cards of a customer that can be paid with, those that end soonest first; at most GOOD_MAX."""
    found = rows(
        f"SELECT {_COLUMNS} FROM {_FROM} WHERE g.chain_id = %(chain)s AND g.customer_id = %(customer)s"
        f" AND ({STATE}) = 'active' ORDER BY g.expires_at NULLS LAST, g.id LIMIT %(limit)s",
        {"chain": chain_id, "customer": customer_id, "now": now, "limit": GOOD_MAX},
    )
    return [GiftCardView(*values) for values in found]


def outstanding(actor: Actor, *, now: datetime) -> Outstanding:
    """What the chain owes to those who hold gift cards. Refuses: Forbidden."""
    actor.require("rewards:read")
    found = row(
        "SELECT count(*), coalesce(sum(balance), 0)::bigint FROM gift_cards WHERE chain_id = %s"
        " AND state IN ('active', 'blocked') AND (expires_at IS NULL OR expires_at > %s)",
        [actor.chain_id, now],
    )
    assert found is not None
    return Outstanding(*found)


def list_entries(chain_id: UUID, card_id: UUID, *, before: int | None = None, limit: int = 50) -> list[EntryView]:
    """The history of a gift card, newest first, from below a number on."""
    found = rows(
        """
        SELECT e.id, e.number, e.kind, e.amount, e.balance_after, e.at, e.source, e.staff_id, coalesce(l.name, ''),
            e.location_id, e.order_id, e.reverses,
            coalesce((SELECT sum(r.amount) FROM gift_card_entries r WHERE r.reverses = e.id), 0)::bigint,
            coalesce(n.text, '')
        FROM gift_card_entries e
        LEFT JOIN gift_card_notes n ON n.entry_id = e.id
        LEFT JOIN staff s ON s.id = e.staff_id
        LEFT JOIN logins l ON l.id = s.login_id
        WHERE e.chain_id = %(chain)s AND e.gift_card_id = %(card)s
            AND (%(before)s::bigint IS NULL OR e.number < %(before)s)
        ORDER BY e.number DESC LIMIT %(limit)s
        """,
        {"chain": chain_id, "card": card_id, "before": before, "limit": limit},
    )
    return [EntryView(*values) for values in found]


def find_entry(chain_id: UUID, card_id: UUID, entry_id: UUID) -> EntryView | None:
    """One line of a gift card, or None."""
    found = row(
        "SELECT number FROM gift_card_entries WHERE chain_id = %s AND gift_card_id = %s AND id = %s",
        [chain_id, card_id, entry_id],
    )
    if found is None:
        return None
    return list_entries(chain_id, card_id, before=found[0] + 1, limit=1)[0]
