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
from regulars.kernel.ids import encode
from regulars.platform.actor import system_actor
from regulars.programs.rules import BalanceTypeDraft, ProgramDraft
from tests.contract.chains import Caller, Reply, add_caller
from tests.ledger_kit import Counter
from tests.people import open_shop

BONUS = BalanceTypeDraft(name="Bonus", kind="points", external_id="bonus", decimals=2, money_per_unit=Decimal(1))
STAMPS = BalanceTypeDraft(name="Stamps", kind="stamps", external_id="stamps")
DEPOSIT = BalanceTypeDraft(name="Deposit", kind="deposit", external_id="deposit")

LATTE = {"sku": "latte", "name": "Latte", "category": "coffee", "quantity": "1", "price": "3.90"}
CAKE = {"sku": "cake", "name": "Cake", "category": "cake", "quantity": "2", "price": "4.05"}

TEN_OFF = {"benefits": [{"kind": "percent_off_order", "percent": "10"}]}

_numbers = itertools.count(1)


def back(percent: str = "5") -> dict[str, Any]:
    """So much percent back in bonus."""
    return {"earnings": [{"kind": "percent_back", "balance_type": "ext:bonus", "percent": percent}]}


@dataclass
class OrderShop:
    """A counter with a program that speaks to the API."""

    counter: Counter
    caller: Caller

    @property
    def chain_id(self) -> UUID:
        return self.counter.chain_id

    def run(self, *definitions: dict[str, Any]) -> list[str]:
        """Let promotions run from now on; their ids."""
        program = encode("prg", self.counter.card_type.program.id)
        made = []
        for definition in definitions:
            body = {"name": f"Promotion {next(_numbers)}", "program": program, "state": "active", **definition}
            reply = self.caller.post("/promotions", body)
            assert reply.status == 201, reply.body
            made.append(reply.body["id"])
        return made

    def pause(self, *promotions: str) -> None:
        """Let them run no more for now."""
        for promotion in promotions:
            reply = self.caller.post(f"/promotions/{promotion}/pause")
            assert reply.status == 200, reply.body

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


def open_order_shop(
    *balance_types: BalanceTypeDraft, several: bool = False, name: str = "Café Sonne", language: str = "en"
) -> OrderShop:
    """A shop with one running program."""
    from django.utils import timezone

    shop = open_shop(name=name, language=language)
    actor = system_actor(shop.chain_id)
    card_type = create_card_type_with_program(
        actor,
        ProgramDraft(name="Club", balance_types=balance_types or (BONUS, STAMPS, DEPOSIT)),
        CardTypeDraft(name="Club card", several_per_customer=several),
        currency_decimals=2,
        now=timezone.now(),
    )
    return OrderShop(Counter(shop=shop, card_type=card_type, actor=actor), add_caller(shop.chain_id))
