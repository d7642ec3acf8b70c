"""Reads of cards with their balances: one, or one page of a list in two queries."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from regulars.cards.rules.links import card_token
from regulars.cards.rules.progress import Progress, shown_balance
from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.ledger.queries.accounts import SPENDABLE
from regulars.platform.actor import Actor
from regulars.platform.database import kept_rows, row
from regulars.programs.queries.tiers import Holder, TierShown, show_tiers
from regulars.programs.rules.expiry import ExpiryPolicy, balance_end, read_expiry

COLUMNS: Final = """
    k.id, k.number, k.short_number, k.status, k.status_reason, k.phone, k.platforms, k.issued_at, k.issued_through,
    k.issued_location_id, k.expires_at, k.deleted_at, k.last_activity_at, k.link_version, k.version, k.import_id,
    t.id, t.external_id, t.name, t.version,
    coalesce((SELECT g.goal FROM card_round_goals g WHERE g.card_id = k.id), t.goal), t.shown_balance_id, t.background,
    t.foreground, t.icon, t.program_id, EXISTS (SELECT FROM tier_groups g WHERE g.program_id = t.program_id AND g.archived_at IS NULL),
    c.id, c.name, c.email,
    coalesce((SELECT p.phone FROM customer_phones p WHERE p.customer_id = c.id ORDER BY p.position, p.phone LIMIT 1),
        k.phone), t.rotates
"""
TABLES: Final = "cards k JOIN card_types t ON t.id = k.card_type_id LEFT JOIN customers c ON c.id = k.customer_id"


@dataclass(frozen=True, slots=True)
class BalanceView:
    """One balance of a card in smallest units: total = available + pending + held (+ what expired unbooked)."""

    account_id: UUID
    balance_type_id: UUID
    external_id: str
    name: str
    kind: str
    decimals: int
    total: int
    available: int
    pending: int
    held: int
    expires_at: datetime | None
    expires_amount: int
    activates_at: datetime | None = None
    """When the first of what is pending can be spent."""

    @property
    def last_moment(self) -> datetime | None:
        """The last moment of what ends next: on the day that people are told, for it ends with the day."""
        return self.expires_at - timedelta(microseconds=1) if self.expires_at else None


@dataclass(frozen=True, slots=True)
class CardView:
    """A card as pages and the API show it."""

    id: UUID
    number: str
    short_number: str | None
    status: str
    status_reason: str
    phone: str | None
    platforms: tuple[str, ...]
    issued_at: datetime
    issued_through: str
    issued_location_id: UUID | None
    expires_at: datetime | None
    deleted_at: datetime | None
    last_activity_at: datetime | None
    link_version: int
    version: int
    import_id: UUID | None
    type_id: UUID
    type_external_id: str
    type_name: str
    type_version: int
    goal: int | None
    shown_balance_id: UUID | None
    background: str
    foreground: str
    icon: str
    customer_id: UUID | None
    customer_name: str
    customer_email: str | None
    holder_phone: str | None
    program_id: UUID
    rotates: bool
    """Whether its code changes every half minute (TIL-6)."""
    balances: tuple[BalanceView, ...]
    tiers: tuple[TierShown, ...] = ()

    @property
    def is_unclaimed(self) -> bool:
        """Whether it waits for a customer with its phone (CUS-3)."""
        return self.customer_id is None and self.phone is not None

    @property
    def is_blank(self) -> bool:
        """Whether nobody holds it yet (CRD-10)."""
        return self.customer_id is None and self.phone is None

    @property
    def progress(self) -> Progress | None:
        """Stamps and goal of a stamp card with a goal."""
        stamps = next((balance for balance in self.balances if balance.kind == "stamps"), None)
        return Progress(stamps=stamps.total, goal=self.goal) if stamps and self.goal else None

    @property
    def shown(self) -> BalanceView | None:
        """The balance that stands for the card in lists."""
        return shown_balance(self.balances, chosen=self.shown_balance_id)

    @property
    def colours(self) -> tuple[str, str]:
        """Background and foreground: those of the holder's tier where it has its own, else the type's."""
        own = [one.tier for one in self.tiers if one.tier and one.tier.background]
        return (own[0].background, own[0].foreground) if own else (self.background, self.foreground)

    @property
    def link(self) -> str:
        """The public link of the card."""
        return card_link(self.id, self.link_version)


def card_link(card_id: UUID, link_version: int) -> str:
    """The public link of a card, which its QR code holds."""
    return f"{settings.URL}/c/{card_token(card_id, link_version, key=settings.LINK_KEY)}"


def access_card(actor: Actor, identifier: str, *, now: datetime) -> CardView:
    """The card with this id (`crd_…`), deleted ones too. Refuses: Forbidden, NotFound."""
    actor.require("cards:read")
    card_id = decode("crd", identifier)
    found = find_card(actor.chain_id, card_id, now=now) if card_id else None
    if found is None or not _may_see(actor, found):
        raise Refused(NotFound())
    return found


def _may_see(actor: Actor, card: CardView) -> bool:
    # A cashier of some locations handles every card that is shown at the till: it is found by number there.
    return card.status != "undone" and actor.chain_id is not None


def find_card(chain_id: UUID, card_id: UUID, *, now: datetime) -> CardView | None:
    """The card with this id, or None."""
    return list_cards_by_ids(chain_id, [card_id], now=now).get(card_id)


def list_cards_by_ids(chain_id: UUID, ids: Iterable[UUID], *, now: datetime) -> dict[UUID, CardView]:
    """These cards by id, in two queries, and a few more where their programs have tiers."""
    found = kept_rows(
        f"SELECT {COLUMNS} FROM {TABLES} WHERE k.chain_id = %s AND k.id = ANY(%s::uuid[])", [chain_id, list(ids)]
    )
    return {card.id: card for card in view_cards(chain_id, found, now=now)}


def view_cards(chain_id: UUID, found: Sequence[Sequence[Any]], *, now: datetime) -> list[CardView]:
    """The values of rows selected with COLUMNS; their balances in one more query, tiers in a few where there are any."""
    balances = list_balances(chain_id, [values[0] for values in found], now=now)
    tiers = _list_tiers(chain_id, found, now=now)
    return [_view(values, tuple(balances.get(values[0], ())), tiers.get(values[0], ())) for values in found]


def _list_tiers(chain_id: UUID, found: Sequence[Sequence[Any]], *, now: datetime) -> dict[UUID, tuple[TierShown, ...]]:
    # A card shows the tiers of its holder; one that nobody has claimed has its own (PRG-6).
    holders = {values[0]: Holder(values[27] or values[0], values[27] is not None) for values in found if values[26]}
    programs: dict[Holder, set[UUID]] = {}
    for values in found:
        if values[26]:
            programs.setdefault(holders[values[0]], set()).add(values[25])
    if not programs:
        return {}
    shown = show_tiers(chain_id, {holder: frozenset(held) for holder, held in programs.items()}, now=now)
    return {
        values[0]: tuple(one for one in shown[holders[values[0]].id] if one.group.program_id == values[25])
        for values in found
        if values[0] in holders
    }


def list_balances(chain_id: UUID, card_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, list[BalanceView]]:
    """The balances of cards, by card, in the order of their balance types."""
    by_card: dict[UUID, list[BalanceView]] = {}
    for values in kept_rows(BALANCES, {"chain": chain_id, "cards": list(card_ids), "now": now}):
        by_card.setdefault(values[0], []).append(_balance(values, now=now))
    return by_card


def _balance(values: Sequence[Any], *, now: datetime) -> BalanceView:
    _, account_id, type_id, external_id, name, kind, decimals, total, held, live, pending, starts_at, ends_at = values[
        :13
    ]
    amount, expiry, time_zone, counted_from = values[13:]
    policy = policy_of(expiry)
    if policy.is_of_whole_balance and total > pending:
        lapses_at = balance_end(policy, counted_from, ZoneInfo(time_zone))
        # A lot that was given an end of its own (by an import, by a return) keeps it.
        if ends_at is None or (lapses_at is not None and lapses_at <= ends_at):
            ends_at, amount = lapses_at, total - pending
    return BalanceView(
        account_id=account_id,
        balance_type_id=type_id,
        external_id=external_id,
        name=name,
        kind=kind,
        decimals=decimals,
        total=total,
        available=max(0, int(live)),
        pending=int(pending),
        held=int(held),
        expires_at=ends_at,
        expires_amount=int(amount or 0),
        activates_at=starts_at,
    )


@lru_cache(maxsize=256)
def policy_of(expiry: str) -> ExpiryPolicy:
    """The policy as a statement of a hand-written read returns it."""
    return read_expiry(json.loads(expiry))


BALANCES: Final = f"""
SELECT a.card_id, a.id, b.id, b.external_id, b.name, b.kind, b.decimals, a.balance, a.held - coalesce(g.held, 0),
    coalesce(l.live, 0) + coalesce(g.live, 0), coalesce(l.pending, 0), l.activates_at, l.expires_at,
    (SELECT sum(x.remaining) FROM lots x WHERE x.account_id = a.id AND x.remaining > 0 AND x.expires_at = l.expires_at),
    b.expiry::text, (SELECT c.time_zone FROM chains c WHERE c.id = a.chain_id),
    greatest(coalesce(a.last_order_at, k.issued_at), b.lapse_counts_from,
        (SELECT min(x.activates_at) FROM lots x WHERE x.account_id = a.id AND x.remaining > 0))
FROM accounts a
JOIN balance_types b ON b.id = a.balance_type_id
JOIN cards k ON k.id = a.card_id
{SPENDABLE}
WHERE a.chain_id = %(chain)s AND a.card_id = ANY(%(cards)s::uuid[])
ORDER BY a.card_id, b.position, b.id
"""


def _view(values: Sequence[Any], balances: tuple[BalanceView, ...], tiers: tuple[TierShown, ...]) -> CardView:
    return CardView(
        id=values[0],
        number=values[1],
        short_number=values[2],
        status=values[3],
        status_reason=values[4],
        phone=values[5],
        platforms=tuple(values[6]),
        issued_at=values[7],
        issued_through=values[8],
        issued_location_id=values[9],
        expires_at=values[10],
        deleted_at=values[11],
        last_activity_at=values[12],
        link_version=values[13],
        version=values[14],
        import_id=values[15],
        type_id=values[16],
        type_external_id=values[17],
        type_name=values[18],
        type_version=values[19],
        goal=values[20],
        shown_balance_id=values[21],
        background=values[22],
        foreground=values[23],
        icon=values[24],
        program_id=values[25],
        customer_id=values[27],
        customer_name=values[28] or "",
        customer_email=values[29],
        holder_phone=values[30],
        rotates=values[31],
        balances=balances,
        tiers=tiers,
    )


def find_card_by_number(chain_id: UUID, key: str) -> tuple[UUID, bool] | None:
    """The card with this number (kernel.text.number_key) and whether the number has been replaced since."""
    found = row(
        "SELECT card_id, replaced_at IS NOT NULL FROM card_numbers WHERE chain_id = %s AND key = %s", [chain_id, key]
    )
    return (found[0], found[1]) if found else None
