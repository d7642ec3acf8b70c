"""Everything that an order is decided on, read in one round trip (DESIGN section 4)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.ledger.rules.plan import AccountState, Lot
from regulars.orders.rules.buyer import CardRow, Person
from regulars.orders.rules.command import Purchase
from regulars.orders.rules.decide import Balance
from regulars.orders.rules.terms import Terms
from regulars.platform.claims import Answered, Claim, StoredAnswer
from regulars.platform.hot import HotCursor
from regulars.promotions.rules.facts import Customer, Need

LOTS_AT_ONCE: Final = 16
"""How many lots of a balance that pays are read at first: nearly always enough."""

READ: Final = """
SELECT * FROM regulars_read_for_order(%(chain)s, %(card)s, %(customer)s, %(customer_key)s, %(phone)s, %(more_cards)s,
%(external_id)s, %(holder)s, %(route)s, %(key)s, %(now)s, %(locks)s, %(lots_of)s, %(lots_max)s, %(carrying)s,
%(with_history)s, %(with_fields)s, %(with_tiers)s)
"""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What an order depends on, as it is now; with the locks, until it is recorded."""

    stamp: int
    recorded_id: UUID | None
    """The order that has the external id already."""
    recorded_hash: bytes | None
    person: Person | None
    cards: tuple[CardRow, ...]
    accounts: Mapping[UUID, AccountState]
    carried: Mapping[tuple[str, UUID], int]


def gather(
    cursor: HotCursor,
    chain_id: UUID,
    purchase: Purchase,
    terms: Terms,
    *,
    now: datetime,
    claim: Claim | None = None,
    locks: bool,
) -> Gathered:
    """Read what an order depends on; with `locks` its accounts are locked first, in the order of their ids.

    Raises Answered where the key was used before.
    """
    needs = terms.compiled.needs
    paying = {wish.balance_type_id for wish in purchase.wishes}
    costing = {UUID(one.rule.cost[0]) for one in terms.promotions.values() if one.rule.cost}
    found = cursor.call(
        READ,
        {
            "chain": chain_id,
            "card": purchase.card_id,
            "customer": purchase.customer_id,
            "customer_key": purchase.customer_key,
            "phone": purchase.phone,
            "more_cards": sorted({wish.card_id for wish in purchase.wishes if wish.card_id}),
            "external_id": purchase.external_id,
            "holder": claim.holder_id if claim else None,
            "route": claim.route if claim else None,
            "key": claim.key if claim else None,
            "now": now,
            "locks": locks,
            "lots_of": sorted(paying | costing),
            "lots_max": LOTS_AT_ONCE,
            "carrying": list(terms.carrying),
            "with_history": Need.HISTORY in needs,
            "with_fields": Need.CUSTOMER in needs,
            "with_tiers": Need.TIERS in needs,
        },
    )[0]
    stamp, body_hash, status, answer, recorded_id, recorded_hash = found[:6]
    if claim and body_hash is not None:
        raise Answered(StoredAnswer(claim.holder_id, claim.route, claim.key, bytes(body_hash), status, answer))
    cards, accounts = _cards(found[13])
    return Gathered(
        stamp=stamp,
        recorded_id=recorded_id,
        recorded_hash=bytes(recorded_hash) if recorded_hash is not None else None,
        person=_person(found, cards, purchase, terms),
        cards=cards,
        accounts=accounts,
        carried={(one[0], UUID(one[1])): one[2] for one in _read(found[14])},
    )


def _person(found: Sequence[Any], cards: Sequence[CardRow], purchase: Purchase, terms: Terms) -> Person | None:
    customer_id, tags, fields, takes_part, orders, sold, paid = found[6:13]
    types = frozenset(str(card.card_type_id) for card in cards if card.status == "active")
    if customer_id is None:
        # A card that a phone holds is somebody: their orders and uses are counted by the card until it is claimed.
        waiting = next((card for card in cards if card.customer_id is None and card.phone is not None), None)
        if waiting is None or (purchase.card_id or waiting.id) != waiting.id:
            return None
        customer_id = waiting.id
    return Person(
        id=customer_id,
        takes_part=takes_part,
        facts=Customer(
            id=str(customer_id),
            tags=frozenset(tags or ()),
            fields=json.loads(fields) if fields else {},
            card_types=types,
            tiers=frozenset(map(str, found[15] or ())),
            orders_before=orders or 0,
            sold_before=sold or 0,
            paid_before=paid or 0,
        ),
    )


def _cards(text: str | None) -> tuple[tuple[CardRow, ...], dict[UUID, AccountState]]:
    accounts: dict[UUID, AccountState] = {}
    cards = []
    for card_id, type_id, status, customer_id, phone, is_expired, rows in _read(text):
        balances = []
        for account_id, balance_type_id, balance, held, version, allows_debt, available, lots in rows or ():
            state = AccountState(
                id=UUID(account_id),
                balance=balance,
                held=held,
                version=version,
                lots=tuple(_lot(lot) for lot in lots or ()),
                allows_debt=allows_debt,
                has_all_lots=allows_debt,
            )
            accounts[state.id] = state
            balances.append(Balance(state.id, UUID(balance_type_id), available))
        cards.append(
            CardRow(
                id=UUID(card_id),
                card_type_id=UUID(type_id),
                status=status,
                customer_id=UUID(customer_id) if customer_id else None,
                phone=phone,
                is_expired=is_expired,
                balances=tuple(balances),
            )
        )
    return tuple(cards), accounts


def _lot(values: Sequence[Any]) -> Lot:
    lot_id, amount, remaining, activates_at, expires_at, held = values
    return Lot(
        id=UUID(lot_id),
        amount=amount,
        remaining=remaining,
        activates_at=datetime.fromisoformat(activates_at),
        expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
        held=held,
    )


def _read(text: str | None) -> list[Any]:
    return json.loads(text) if text else []
