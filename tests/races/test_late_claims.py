"""A card and its holder that two transactions made at the same instant find each other afterwards (CUS-3)."""

from typing import Any

import pytest
from django.utils import timezone

from regulars.customers.events import CUSTOMER_CHANGED, CUSTOMER_ENTERED
from regulars.customers.models import Customer, CustomerPhone
from regulars.kernel.ids import encode
from regulars.ledger.events import BALANCE_CHANGED
from regulars.platform.database import row, unit_of_work
from regulars.platform.embedded import DatabaseUrls
from regulars.platform.events import announce
from tests.ledger_kit import Counter, dispatcher, open_counter

pytestmark = pytest.mark.committed

PHONE = "+4915112345678"


@pytest.fixture
def missed(committed_db: DatabaseUrls) -> Any:
    """A shop, an unclaimed card, and a customer with its phone: as two transactions leave them that did not see each other."""
    shop = open_counter()
    card = shop.issue(PHONE)
    settle()
    with unit_of_work(shop.chain_id):
        customer = Customer.objects.create(chain_id=shop.chain_id, name="Anna", search_name="anna").id
        CustomerPhone.objects.create(chain_id=shop.chain_id, phone=PHONE, customer_id=customer, position=0)
    return shop, card, customer


def settle() -> None:
    """Hand out every event that is there."""
    giver = dispatcher()
    while giver.make_round():
        pass


def holder(shop: Counter, card: Any) -> Any:
    with unit_of_work(shop.chain_id):
        found = row("SELECT customer_id FROM cards WHERE id = %s", [card.id])
    assert found
    return found[0]


@pytest.mark.parametrize("kind", [CUSTOMER_ENTERED, CUSTOMER_CHANGED])
def test_by_the_customers_that_an_import_entered(missed: Any, kind: str) -> None:
    shop, card, customer = missed
    with unit_of_work(shop.chain_id):
        announce(shop.chain_id, kind, now=timezone.now(), payload={"customers": [encode("cus", customer)]})
    settle()
    assert holder(shop, card) == customer


def test_by_the_cards_that_an_import_made(missed: Any) -> None:
    shop, card, customer = missed
    with unit_of_work(shop.chain_id):
        announce(shop.chain_id, BALANCE_CHANGED, now=timezone.now(), card_ids=[card.id], payload={"kind": "adjust"})
    settle()
    assert holder(shop, card) is None
    with unit_of_work(shop.chain_id):
        announce(shop.chain_id, BALANCE_CHANGED, now=timezone.now(), card_ids=[card.id], payload={"kind": "import"})
    settle()
    assert holder(shop, card) == customer
