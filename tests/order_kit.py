"""A shop that records orders over HTTP, with promotions as the engine knows them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from regulars.cards.actions.types import create_card_type_with_program
from regulars.cards.queries.cards import CardView
from regulars.cards.rules.types import CardTypeDraft
from regulars.orders.queries import terms as terms_in_memory
from regulars.platform.actor import system_actor
from regulars.platform.database import execute, unit_of_work
from regulars.programs.rules import BalanceTypeDraft, ProgramDraft
from regulars.promotions.queries.running import Running, RunningPromotion
from regulars.promotions.rules.promotion import Promotion, compile_promotions
from tests.contract.chains import Caller, Reply, add_caller
from tests.ledger_kit import Counter
from tests.people import open_shop

BONUS = BalanceTypeDraft(name="Bonus", kind="points", external_id="bonus", decimals=2, money_per_unit=Decimal(1))
STAMPS = BalanceTypeDraft(name="Stamps", kind="stamps", external_id="stamps")
DEPOSIT = BalanceTypeDraft(name="Deposit", kind="deposit", external_id="deposit")

LATTE = {"sku": "latte", "name": "Latte", "category": "coffee", "quantity": "1", "price": "3.90"}
CAKE = {"sku": "cake", "name": "Cake", "category": "cake", "quantity": "2", "price": "4.05"}

_numbers = itertools.count(1)
"""Positions of promotions in the engine."""


@dataclass
class OrderShop:
    """A counter with a program that speaks to the API."""

    counter: Counter
    caller: Caller

    @property
    def chain_id(self) -> UUID:
        return self.counter.chain_id

    def balance_id(self, name: str) -> str:
        """How the engine calls a balance type."""
        return str(next(one.id for one in self.counter.card_type.balance_types if one.external_id == name))

    def order(self, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A body."""
        return {"lines": list(lines or (LATTE, CAKE)), **more}

    def quote(self, body: dict[str, Any]) -> Reply:
        """Price an order."""
        return self.caller.send("POST", "/orders/quote", body)

    def record(self, body: dict[str, Any], **headers: Any) -> Reply:
        """Record an order."""
        return self.caller.post("/orders", body, **headers)

    def balance(self, card: CardView, name: str = "bonus") -> int:
        """What the account of a card says."""
        return self.counter.balance(card, name)


def open_order_shop(*balance_types: BalanceTypeDraft, several: bool = False, name: str = "Café Sonne") -> OrderShop:
    """A shop with one running program."""
    from django.utils import timezone

    shop = open_shop(name=name)
    actor = system_actor(shop.chain_id)
    card_type = create_card_type_with_program(
        actor,
        ProgramDraft(name="Club", balance_types=balance_types or (BONUS, STAMPS, DEPOSIT)),
        CardTypeDraft(name="Club card", several_per_customer=several),
        currency_decimals=2,
        now=timezone.now(),
    )
    return OrderShop(Counter(shop=shop, card_type=card_type, actor=actor), add_caller(shop.chain_id))


class RunningRules:
    """What runs in each chain of a test."""

    def __init__(self) -> None:
        self.rules: dict[UUID, list[RunningPromotion]] = {}

    def run(self, shop: OrderShop, *rules: Promotion, card_type_ids: frozenset[UUID] | None = None) -> list[UUID]:
        """Let promotions run from now on; their ids."""
        program = shop.counter.card_type.program.id
        made = [
            RunningPromotion(UUID(rule.id), 1, f"Promotion {position}", program, card_type_ids, rule)
            for position, rule in enumerate(rules, 1)
        ]
        self.rules.setdefault(shop.chain_id, []).extend(made)
        self.moved(shop)
        return [one.id for one in made]

    def stop(self, shop: OrderShop) -> None:
        """Let nothing run any more."""
        self.rules[shop.chain_id] = []
        self.moved(shop)

    def moved(self, shop: OrderShop) -> None:
        """What a change of a promotion does to the stamp."""
        with unit_of_work(shop.chain_id):
            execute("UPDATE rules_stamps SET stamp = stamp + 1 WHERE chain_id = %s", [shop.chain_id])

    def of(self, cursor: object, chain_id: UUID, stamp: int | None) -> Running:
        """In the place of `running_of`."""
        found = self.rules.get(chain_id, [])
        compiled = compile_promotions(one.rule for one in found)
        return Running(stamp or 0, {one.rule.id: one for one in found}, compiled, {})


assert terms_in_memory
