"""Every promise of orders is broken on purpose, behind the back of every guard, and the proof has to name the row."""

from dataclasses import dataclass

import pytest

from regulars.kernel.ids import encode, new_id
from regulars.orders.queries.promises import ORDER_PROMISES
from regulars.platform.embedded import DatabaseUrls
from tests.forgeries import after_forgery, broken
from tests.ledger_kit import dispatcher
from tests.order_kit import LATTE, TEN_OFF, OrderShop, back, open_order_shop
from tests.tokens_kit import Tokens

pytestmark = [pytest.mark.committed, pytest.mark.outside]

FORGERIES = {
    "order_total_is_its_lines": "UPDATE orders SET total = total + 1 WHERE external_id = 'paid'",
    "line_is_what_it_costs": "UPDATE order_lines SET price = price + 1 WHERE order_id = %(paid)s AND position = 0",
    "order_discount_is_its_promotions": "UPDATE order_promotions SET discount = discount + 1 WHERE discount > 0",
    "order_is_paid_by_its_spends": "UPDATE order_effects SET money = money + 1 WHERE kind = 'spend'",
    "gift_card_paid_what_its_order_says": "UPDATE order_redemptions SET money = money + 1 WHERE kind = 'gift_card'",
    "membership_visits_are_what_the_order_says": "UPDATE order_redemptions SET covers = '[]' WHERE kind = 'membership'",
    "code_is_used_by_the_order_that_says_so": "UPDATE vouchers SET order_id = %(new)s WHERE is_of_order",
    "effect_is_its_entries": "UPDATE order_effects SET amount = amount + 1 WHERE kind = 'earn' AND amount > 0",
    "transaction_of_an_order_is_its_effect": "UPDATE transactions SET order_id = %(new)s WHERE kind = 'redeem'",
    "order_has_its_external_id": "UPDATE order_keys SET order_id = %(new)s WHERE external_id = 'paid'",
}


@dataclass(frozen=True, slots=True)
class Sales:
    """A shop in which orders were quoted, recorded, paid and completed."""

    shop: OrderShop
    paid: str


@pytest.fixture
def sales(committed_db: DatabaseUrls) -> Sales:
    shop = open_order_shop()
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "10", balance_type="bonus")
    shop.run(TEN_OFF, back("10"))
    spend = [{"balance_type": "bonus", "amount": "2"}]
    body = shop.order(card=encode("crd", card.id), spend=spend, tips="1.00", shipping="2.50")
    paid = shop.record({**body, "external_id": "paid"})
    assert paid.status == 201, paid.body
    taxed = [{**LATTE, "tax_percent": "19", "quantity": "1.333"}]
    assert shop.record({"lines": taxed, "state": "completed"}).status == 201
    shop.record({**body, "state": "open", "external_id": "open"})
    visit = shop.record(shop.order(state="open", card=encode("crd", card.id))).body["id"]
    assert shop.caller.post(f"/orders/{visit}/pay").status == 200
    assert shop.caller.post(f"/orders/{visit}/complete").status == 200
    missed = shop.record(shop.order(state="open", card=encode("crd", card.id))).body["id"]
    assert shop.caller.post(f"/orders/{missed}/cancel").status == 200
    tokens = Tokens(shop.chain_id)
    voucher, gift = tokens.voucher({"amount": "1.00"}), tokens.gift_card(300)
    paying = {"codes": [voucher.code], "spend": [{"code": gift.code, "amount": "max"}]}
    assert shop.record(shop.order(**paying)).body["to_pay"] == "6.80"
    kind = shop.caller.post("/membership-types", {"name": "Ten", "visits": 10, "price": "30.00"}).body["id"]
    ten = shop.caller.post("/memberships", {"type": kind, "with_code": True}).body["code"]
    drunk = shop.record(shop.order(codes=[ten]))
    assert (drunk.body["to_pay"], drunk.body["redemptions"][0]["visits"]) == ("0.00", 3)
    assert shop.caller.post(f"/orders/{drunk.body['id']}/refunds", {"lines": [{"index": 0}]}).status == 201
    lost = tokens.gift_card(1000)
    bought = shop.record(shop.order(spend=[{"code": lost.code, "amount": "5.00"}])).body["id"]
    assert shop.caller.post(f"/gift-cards/{encode('gcd', lost.id)}/cancel", {"pay_out": True, "note": ""}).status == 201
    assert shop.caller.post(f"/orders/{bought}/refunds", {"amount": "1.00"}).status == 201
    dispatcher().make_round()
    return Sales(shop, paid.body["id"])


def test_an_open_order_that_is_called_off_breaks_no_promise(sales: Sales) -> None:
    card = sales.shop.counter.issue("+49 151 22222222")
    sales.shop.counter.adjust(card, "10", balance_type="bonus")
    body = sales.shop.order(card=encode("crd", card.id), spend=[{"balance_type": "bonus", "amount": "2"}], state="open")
    opened = sales.shop.record(body).body["id"]
    assert sales.shop.caller.post(f"/orders/{opened}/cancel").body["money_back"] == "0.00"
    dispatcher().make_round()
    assert broken() == set()


def test_true_orders_are_sound_and_every_broken_promise_is_found(sales: Sales, committed_db: DatabaseUrls) -> None:
    from regulars.kernel.ids import decode

    assert broken() == set()
    known = {"paid": decode("ord", sales.paid), "new": new_id()}
    for promise, statement in FORGERIES.items():
        assert promise in after_forgery(committed_db, statement, known), promise
    # A gift card that gave up more than its order says has lost money, as one that gave up less has won some.
    less = "UPDATE order_redemptions SET undone = undone + 1 WHERE kind = 'gift_card'"
    assert "gift_card_paid_what_its_order_says" in after_forgery(committed_db, less, known)
    # A use that no order knows, and one that an order says was not given back.
    for statement in (
        "UPDATE membership_uses SET order_id = NULL WHERE undoes_id IS NULL",
        "UPDATE order_redemptions SET covers = jsonb_set(covers, '{0,undone}', '0') WHERE kind = 'membership'",
    ):
        assert "membership_visits_are_what_the_order_says" in after_forgery(committed_db, statement, known)
    assert {promise.name for promise in ORDER_PROMISES} == set(FORGERIES)
    assert broken() == set()
