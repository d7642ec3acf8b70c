"""A chain that sells gift cards, and what its tills do with them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from regulars.giftcards.actions.change import GiveBackCommand, MoneyCommand, give_back, top_up, write_off
from regulars.giftcards.actions.sell import SaleCommand, sell_gift_card
from regulars.giftcards.actions.types import create_type
from regulars.giftcards.queries.giftcards import EntryView, GiftCardView, find_gift_card, list_entries
from regulars.giftcards.queries.types import TypeView
from regulars.giftcards.rules.types import TypeDraft
from regulars.giftcards.rules.values import Change
from regulars.kernel.ids import encode
from regulars.platform.actor import Actor, system_actor
from regulars.platform.database import unit_of_work
from tests.contract.chains import open_chain


@dataclass(frozen=True, slots=True)
class Till:
    """Somebody who may do everything in a chain."""

    actor: Actor

    def type(self, name: str = "Gift card", **fields: Any) -> TypeView:
        """A type that is sold for 10 to 500, for many payments, unless the fields say otherwise."""
        if "values" not in fields:
            fields = {"value_min": "10", "value_max": "500", **fields}
        locations = fields.pop("location_ids", None)
        return create_type(self.actor, TypeDraft(name=name, **fields), location_ids=locations, now=timezone.now())

    def sell(self, kind: TypeView, value: str = "50", *, now: datetime | None = None, **more: Any) -> GiftCardView:
        """A gift card that somebody bought."""
        return sell_gift_card(
            self.actor, SaleCommand(type=encode("gct", kind.id), value=value, **more), now=now or timezone.now()
        )

    def pay(self, card: GiftCardView, amount: str, *, now: datetime | None = None) -> Change:
        """Pay with it."""
        return write_off(self.actor, MoneyCommand(encode("gcd", card.id), amount), now=now or timezone.now()).change

    def top_up(self, card: GiftCardView, amount: str, *, now: datetime | None = None) -> Change:
        """Put money on it."""
        return top_up(self.actor, MoneyCommand(encode("gcd", card.id), amount), now=now or timezone.now()).change

    def give_back(
        self, card: GiftCardView, payment: Change, amount: str | None = None, *, now: datetime | None = None
    ) -> Change:
        """Give back what a payment took."""
        entry = encode("gce", payment.entries[0].id)
        return give_back(
            self.actor, GiveBackCommand(encode("gcd", card.id), entry, amount), now=now or timezone.now()
        ).change

    def look(self, card: GiftCardView, *, now: datetime | None = None) -> GiftCardView:
        """The gift card as it is."""
        with unit_of_work(self.actor.chain_id):
            found = find_gift_card(self.actor.chain_id, card.id, now=now or timezone.now())
        assert found is not None
        return found

    def entries(self, card: GiftCardView) -> list[EntryView]:
        """Its history, oldest first."""
        with unit_of_work(self.actor.chain_id):
            return list_entries(self.actor.chain_id, card.id, limit=1000)[::-1]


def open_till(chain_id: UUID | None = None) -> Till:
    """A till of a chain, a new one unless one is named."""
    return Till(system_actor(chain_id or open_chain().chain_id))
