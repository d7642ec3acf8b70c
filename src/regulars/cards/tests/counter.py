"""A shop with three card types, some people and cards, for tests of the pages of cards."""

from dataclasses import dataclass

from django.test import Client
from django.utils import timezone

from regulars.cards.actions.balances import AdjustCommand, adjust_balance
from regulars.cards.actions.issue import IssueCommand, issue_card
from regulars.cards.actions.types import create_card_type_with_program
from regulars.cards.queries.cards import CardView, find_card
from regulars.cards.queries.types import CardTypeView
from regulars.cards.rules.types import CardTypeDraft
from regulars.customers.actions import enter_customer
from regulars.customers.queries import CustomerView
from regulars.customers.rules import CustomerDraft
from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from regulars.programs.rules import BalanceTypeDraft, ProgramDraft
from tests.people import Shop, open_shop, sign_in_client


@dataclass(frozen=True)
class Counter:
    """A shop and what stands on its counter."""

    shop: Shop
    stamps: CardTypeView
    points: CardTypeView
    deposit: CardTypeView

    def person(self, name: str = "", phone: str = "", email: str = "") -> CustomerView:
        now = timezone.now()
        draft = CustomerDraft(name=name, phones=(phone,) if phone else (), email=email)
        return enter_customer(self.shop.actor, draft, country="DE", today=now.date(), now=now)

    def card(
        self, card_type: CardTypeView, *, customer: CustomerView | None = None, phone: str = "", number: str = ""
    ) -> CardView:
        command = IssueCommand(
            card_type=encode("ctp", card_type.id),
            customer=encode("cus", customer.id) if customer else "",
            phone=phone,
            number=number,
        )
        return issue_card(self.shop.actor, command, country="DE", now=timezone.now())

    def adjust(self, card: CardView, amount: str, *, reason: str = "Because") -> None:
        assert card.shown
        command = AdjustCommand(card=card_id(card), balance_type=card.shown.external_id, amount=amount, reason=reason)
        adjust_balance(self.shop.actor, command, now=timezone.now())

    def now(self, card: CardView) -> CardView:
        with unit_of_work(self.shop.chain_id):
            found = find_card(self.shop.chain_id, card.id, now=timezone.now())
        assert found
        return found

    def total(self, card: CardView, kind: str) -> int:
        return next(balance.total for balance in self.now(card).balances if balance.kind == kind)

    def client(self) -> Client:
        return sign_in_client(Client(), self.shop)


def card_id(card: CardView) -> str:
    return encode("crd", card.id)


def type_id(card_type: CardTypeView) -> str:
    return encode("ctp", card_type.id)


def open_counter(
    *,
    name: str = "Kaffeehaus Nord",
    language: str = "en",
    email: str = "",
    is_sample: bool = False,
    is_test: bool = False,
) -> Counter:
    """A shop with a stamp card of eight, a points card with 50 for a start, and a prepaid card."""
    shop = open_shop(name=name, language=language, email=email, is_sample=is_sample, is_test=is_test)

    def make(draft: CardTypeDraft, *balances: BalanceTypeDraft) -> CardTypeView:
        program = ProgramDraft(name=draft.name, balance_types=balances)
        return create_card_type_with_program(shop.actor, program, draft, currency_decimals=2, now=timezone.now())

    return Counter(
        shop=shop,
        stamps=make(
            CardTypeDraft(name="Coffee card", goal=8),
            BalanceTypeDraft(name="Stamps", kind="stamps"),
            BalanceTypeDraft(name="Bonus", kind="points", decimals=2),
        ),
        points=make(
            CardTypeDraft(name="Bonus card"), BalanceTypeDraft(name="Points", kind="points", initial_balance="50")
        ),
        deposit=make(
            CardTypeDraft(name="Prepaid card", several_per_customer=True),
            BalanceTypeDraft(name="Deposit", kind="deposit"),
        ),
    )
