"""Customers and cards for tests, made by the actions that the product uses."""

from datetime import date
from typing import Any

from django.utils import timezone

from regulars.cards.actions.issue import IssueCommand, issue_card
from regulars.cards.actions.types import create_card_type_with_program
from regulars.cards.queries.cards import CardView
from regulars.cards.queries.types import CardTypeView
from regulars.cards.rules.types import CardTypeDraft
from regulars.customers.actions import enter_customer
from regulars.customers.queries import CustomerView
from regulars.customers.rules import CustomerDraft
from regulars.kernel.ids import encode
from regulars.programs.rules import BalanceTypeDraft, ProgramDraft
from tests.people import Shop

TODAY = date(2026, 11, 22)


def enter(shop: Shop, name: str = "", phone: str = "", email: str = "", **more: Any) -> CustomerView:
    """A customer of the shop; with an e-mail made of a number where nothing else is given."""
    phones = (phone,) if phone else ()
    if not phone and not email:
        email = f"{abs(hash(name)) % 10**9}@example.com"
    draft = CustomerDraft(name=name, phones=phones, email=email, **more)
    return enter_customer(shop.actor, draft, country="DE", today=TODAY, now=timezone.now())


def stamp_card(shop: Shop, name: str = "Coffee card") -> CardTypeView:
    """A card type with eight stamps."""
    program = ProgramDraft(name=name, balance_types=(BalanceTypeDraft(name="Stamps", kind="stamps"),))
    draft = CardTypeDraft(name=name, goal=8)
    return create_card_type_with_program(shop.actor, program, draft, currency_decimals=2, now=timezone.now())


def issue(
    shop: Shop, card_type: CardTypeView, customer: CustomerView | None = None, phone: str = "", number: str = ""
) -> CardView:
    """A card for a customer, or one that waits for a phone."""
    command = IssueCommand(
        card_type=encode("ctp", card_type.id),
        customer=encode("cus", customer.id) if customer else "",
        phone=phone,
        number=number,
    )
    return issue_card(shop.actor, command, country="DE", now=timezone.now())


def address(customer_id: object, rest: str = "") -> str:
    return f"/customers/{encode('cus', customer_id)}{rest}"  # type: ignore[arg-type]


def text_of(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined, no-any-return]
