"""Everything that orders are decided on, one or a hundred of them, read in one round trip (DESIGN section 4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from msgspec import Struct, field

from regulars.codes.queries.usable import owners_asked, owners_of
from regulars.codes.rules.space import CodeOwner
from regulars.kernel.ids import uuid_of
from regulars.ledger.rules.plan import AccountState, Lot
from regulars.orders.rules.buyer import CardRow, Person
from regulars.orders.rules.command import Purchase
from regulars.orders.rules.decide import Balance
from regulars.orders.rules.terms import Terms
from regulars.platform.claims import Claim, StoredAnswer
from regulars.platform.hot import Asked, HotCursor
from regulars.promotions.rules.facts import Customer, Need

LOTS_AT_ONCE: Final = 16
"""How many lots of a balance that pays are read at first: nearly always enough."""

READ: Final = """
SELECT * FROM regulars_read_for_orders(%(chain)s, %(cards)s, %(customers)s, %(customer_keys)s, %(phones)s,
%(external_ids)s, %(holder)s, %(route)s, %(keys)s, %(now)s, %(locks)s, %(lots_of)s, %(lots_max)s, %(carrying)s,
%(with_history)s, %(with_fields)s, %(with_tiers)s)
"""


class Gathered(Struct, frozen=True):
    """What an order depends on, as it is now; with the locks, until it is recorded."""

    stamp: int
    recorded_id: UUID | None
    """The order that has the external id already."""
    recorded_hash: bytes | None
    customer_id: UUID | None
    """The customer who buys, where one is known."""
    person: Person | None
    cards: tuple[CardRow, ...]
    accounts: Mapping[UUID, AccountState]
    carried: Mapping[tuple[str, UUID], int]
    answered: StoredAnswer | None = None
    """What the idempotency key of the request was answered before."""
    owners: Mapping[str, CodeOwner] = field(default_factory=dict)
    """What the codes of the orders belong to, by how they are compared; those that promotions know are left out."""


def gather(
    cursor: HotCursor,
    chain_id: UUID,
    purchases: Sequence[Purchase],
    terms: Terms,
    *,
    now: datetime,
    claims: Sequence[Claim | None] = (),
    locks: bool,
) -> list[Gathered]:
    """Read what orders depend on; with `locks` their accounts are locked first, in the order of their ids.

    `claims` are those of the orders, in their order: of one holder on one route.
    """
    made = [one for one in claims if one is not None]
    asked: list[Asked] = [(READ, _wanted(chain_id, purchases, terms, now=now, claims=made, locks=locks))]
    keys = {key for one in purchases for key in one.keys(terms.compiled.codes)}
    if keys:
        asked.append(owners_asked(chain_id, keys))
    found = cursor.calls(asked) if locks else cursor.looks(asked)
    rows = _Rows(found[0][0], owners_of(found[1]) if keys else {})
    return [
        rows.of(purchase, claim) for purchase, claim in zip(purchases, claims or [None] * len(purchases), strict=True)
    ]


def _wanted(
    chain_id: UUID,
    purchases: Sequence[Purchase],
    terms: Terms,
    *,
    now: datetime,
    claims: Sequence[Claim],
    locks: bool,
) -> dict[str, Any]:
    needs = terms.needs
    cards = {one.card_id for one in purchases if one.card_id}
    lots_of = set(terms.costing)
    for one in purchases:
        for wish in one.wishes:
            lots_of.add(wish.balance_type_id)
            if wish.card_id:
                cards.add(wish.card_id)
    return {
        "chain": chain_id,
        "cards": sorted(cards),
        "customers": sorted({one.customer_id for one in purchases if one.customer_id}),
        "customer_keys": sorted({one.customer_key for one in purchases if one.customer_key}),
        "phones": sorted({one.phone for one in purchases if one.phone}),
        "external_ids": sorted({one.external_id for one in purchases if one.external_id}),
        "holder": claims[0].holder_id if claims else None,
        "route": claims[0].route if claims else None,
        "keys": [one.key for one in claims],
        "now": now,
        "locks": locks,
        "lots_of": sorted(lots_of),
        "lots_max": LOTS_AT_ONCE,
        "carrying": list(terms.ever_carrying),
        "with_history": Need.HISTORY in needs,
        "with_fields": Need.CUSTOMER in needs,
        "with_tiers": Need.TIERS in needs,
    }


class _Rows:
    """What was read for many orders, found again for each."""

    def __init__(self, found: Sequence[Any], owners: Mapping[str, CodeOwner]) -> None:
        self.owners = owners
        self.stamp, answers, keys, phones, customers, cards, carried, tiers, history = found
        self.answers = {one[0]: one for one in _read(answers)}
        self.keys = {one[0]: (uuid_of(one[1]), bytes.fromhex(one[2])) for one in _read(keys)}
        self.phones = {one[0]: uuid_of(one[1]) for one in _read(phones)}
        self.customers = {uuid_of(one[0]): one for one in _read(customers)}
        self.customer_keys = {one[1]: customer_id for customer_id, one in self.customers.items() if one[1]}
        self.cards, self.accounts = _cards(cards)
        self.carried = {(one[0], uuid_of(one[1])): one[2] for one in _read(carried)}
        self.tiers: dict[UUID, set[str]] = {}
        for holder_id, tier_id in _read(tiers):
            self.tiers.setdefault(uuid_of(holder_id), set()).add(tier_id)
        self.history = {uuid_of(one[0]): one[1:] for one in _read(history)}
        self.by_customer: dict[UUID, list[CardRow]] = {}
        self.by_phone: dict[str, list[CardRow]] = {}
        for card in self.cards.values():
            if card.status != "active":
                # It is here because some order names it; whoever is asked by customer or phone finds active cards alone.
                continue
            if card.customer_id is not None:
                self.by_customer.setdefault(card.customer_id, []).append(card)
            elif card.phone is not None:
                self.by_phone.setdefault(card.phone, []).append(card)

    def of(self, purchase: Purchase, claim: Claim | None) -> Gathered:
        """What one order depends on."""
        customer_id, cards = self._whose(purchase)
        further = {wish.card_id for wish in purchase.wishes if wish.card_id} - {card.id for card in cards}
        cards = [*cards, *(self.cards[card_id] for card_id in further if card_id in self.cards)]
        recorded_id, recorded_hash = self.keys.get(purchase.external_id or "", (None, None))
        return Gathered(
            stamp=self.stamp,
            recorded_id=recorded_id,
            recorded_hash=recorded_hash,
            customer_id=customer_id,
            person=self._person(customer_id, cards, purchase),
            cards=tuple(cards),
            accounts=self.accounts,
            carried=self.carried,
            answered=self._answered(claim),
            owners=self.owners,
        )

    def _answered(self, claim: Claim | None) -> StoredAnswer | None:
        if claim is None or claim.key not in self.answers:
            return None
        key, body_hash, status, answer = self.answers[claim.key]
        return StoredAnswer(claim.holder_id, claim.route, key, bytes.fromhex(body_hash), status, answer)

    def _whose(self, purchase: Purchase) -> tuple[UUID | None, list[CardRow]]:
        if purchase.card_id is not None:
            card = self.cards.get(purchase.card_id)
            return (card.customer_id, [card]) if card else (None, [])
        customer_id = purchase.customer_id if purchase.customer_id in self.customers else None
        if purchase.customer_key is not None:
            customer_id = self.customer_keys.get(purchase.customer_key)
        if purchase.phone is not None:
            customer_id = self.phones.get(purchase.phone)
            if customer_id is None:
                return None, list(self.by_phone.get(purchase.phone, ()))
        return customer_id, list(self.by_customer.get(customer_id, ())) if customer_id else []

    def _person(self, customer_id: UUID | None, cards: Sequence[CardRow], purchase: Purchase) -> Person | None:
        holder_id, tags, fields, takes_part = customer_id, (), None, True
        if customer_id is None:
            # A card that a phone holds is somebody: their orders and uses are counted by the card until it is claimed.
            waiting = next((card for card in cards if card.customer_id is None and card.phone is not None), None)
            if waiting is None or (purchase.card_id or waiting.id) != waiting.id:
                return None
            holder_id = waiting.id
        else:
            _id, _key, takes_part, tags, fields = self.customers[customer_id]
        assert holder_id is not None
        orders, sold, paid = self.history.get(holder_id, (0, 0, 0))
        return Person(
            id=holder_id,
            takes_part=takes_part,
            is_customer=customer_id is not None,
            facts=Customer(
                id=str(holder_id),
                tags=frozenset(tags or ()),
                fields=fields or {},
                card_types=frozenset([str(card.card_type_id) for card in cards if card.status == "active"]),
                tiers=frozenset(self.tiers.get(holder_id, ())),
                orders_before=orders,
                sold_before=sold,
                paid_before=paid,
            ),
        )


def _cards(text: str | None) -> tuple[dict[UUID, CardRow], dict[UUID, AccountState]]:
    accounts: dict[UUID, AccountState] = {}
    cards = {}
    for card_id, type_id, status, customer_id, phone, is_expired, rows in _read(text):
        balances = []
        for account_id, balance_type_id, balance, held, version, allows_debt, available, lots in rows or ():
            state = AccountState(
                id=uuid_of(account_id),
                balance=balance,
                held=held,
                version=version,
                lots=tuple([_lot(lot) for lot in lots or ()]),
                allows_debt=allows_debt,
                has_all_lots=allows_debt,
            )
            accounts[state.id] = state
            balances.append(Balance(state.id, uuid_of(balance_type_id), available))
        card = CardRow(
            id=uuid_of(card_id),
            card_type_id=uuid_of(type_id),
            status=status,
            customer_id=uuid_of(customer_id) if customer_id else None,
            phone=phone,
            is_expired=is_expired,
            balances=tuple(balances),
        )
        cards[card.id] = card
    return cards, accounts


def _lot(values: Sequence[Any]) -> Lot:
    lot_id, amount, remaining, activates_at, expires_at, held = values
    return Lot(
        id=uuid_of(lot_id),
        amount=amount,
        remaining=remaining,
        activates_at=datetime.fromisoformat(activates_at),
        expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
        held=held,
    )


def _read(text: str | None) -> list[Any]:
    return orjson.loads(text) if text else []
