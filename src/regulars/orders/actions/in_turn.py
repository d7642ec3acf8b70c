"""Orders of one buyer in one transaction: each is decided on what the ones before it leave, before any of them is written.

So a card that a whole shop uses takes part in one statement as often as it buys, and not in one statement for each order.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from msgspec import structs

from regulars.ledger.rules.plan import AccountState
from regulars.ledger.rules.posting import Leg
from regulars.orders.actions.rows import NewOrder
from regulars.orders.queries.gather import Gathered
from regulars.orders.rules.buyer import CardRow, Person
from regulars.orders.rules.command import Purchase
from regulars.orders.rules.effects import Booking
from regulars.orders.rules.terms import Terms
from regulars.promotions.rules.facts import Need


def can_follow(purchase: Purchase, terms: Terms) -> bool:
    """Whether an order can be decided behind others of its buyer that are not written yet.

    Not where it may take something from a balance (the lots that were read need not be the first any more), nor where more
    is read for its buyer than what `gather` brings.
    """
    return not (
        purchase.wishes
        or terms.costing
        or terms.goal_types
        or terms.kept
        or terms.compiled.histories
        or Need.REFERRAL in terms.compiled.needs
    )


class Aftermath:
    """What orders that were decided leave to those behind them: balances, what they counted for, what waits for a block."""

    def __init__(self, terms: Terms, *, now: datetime) -> None:
        self._now = now
        self._counts_orders = Need.HISTORY in terms.compiled.needs
        self._accounts: dict[UUID, AccountState] = {}
        self._gained: dict[UUID, int] = {}
        self._carried: dict[tuple[str, UUID], int] = {}
        self._bought: dict[UUID, tuple[int, int, int]] = {}

    def add(self, new: NewOrder, booking: Booking, person: Person | None) -> None:
        """Take in an order that was decided: `booking` is what it does to balances, `person` whoever buys."""
        for posting in booking.postings:
            for leg in posting.legs:
                account_id = leg.plan.account_id
                self._accounts[account_id] = booking.accounts[account_id]
                self._gained[account_id] = self._gained.get(account_id, 0) + _freed(leg, self._now)
        for earn in new.decision.earns:
            if earn.promotion_id in new.terms.carrying:
                self._carried[str(earn.promotion_id), earn.card_id] = earn.carried
        if self._counts_orders and person is not None and person.id in (new.view.customer_id, new.view.card_id):
            # Whose card only pays is no buyer: the order stands in nobody's history.
            orders, sold, paid = self._bought.get(person.id, (0, 0, 0))
            self._bought[person.id] = (orders + 1, sold + new.view.sold, paid + new.view.total)

    def seen_by(self, found: Gathered) -> Gathered:
        """What an order behind them would have read if they were written already."""
        cards = tuple(self._card(card) for card in found.cards)
        own = {balance.account_id for card in cards for balance in card.balances}
        return structs.replace(
            found,
            person=self._person(found.person),
            cards=cards,
            accounts={account_id: self._accounts.get(account_id) or found.accounts[account_id] for account_id in own},
            carried=self._rests(found.carried),
        )

    def _card(self, card: CardRow) -> CardRow:
        gained = self._gained
        return structs.replace(
            card,
            balances=tuple(
                structs.replace(one, available=max(0, one.available + gained[one.account_id]))
                if one.account_id in gained
                else one
                for one in card.balances
            ),
        )

    def _person(self, person: Person | None) -> Person | None:
        if person is None or person.id not in self._bought:
            return person
        orders, sold, paid = self._bought[person.id]
        facts = person.facts
        return structs.replace(
            person,
            facts=replace(
                facts,
                orders_before=facts.orders_before + orders,
                sold_before=facts.sold_before + sold,
                paid_before=facts.paid_before + paid,
            ),
        )

    def _rests(self, carried: Mapping[tuple[str, UUID], int]) -> Mapping[tuple[str, UUID], int]:
        return {**carried, **self._carried} if self._carried else carried


def _freed(leg: Leg, now: datetime) -> int:
    """How much more can be spent after an entry; a lot that begins later or is over already brings nothing."""
    drawn = sum(draw.amount for draw in leg.plan.draws)
    lot = leg.plan.new_lot.opened(leg.lot_id) if leg.plan.new_lot else None
    return (lot.free if lot is not None and lot.is_spendable(now) else 0) - drawn
