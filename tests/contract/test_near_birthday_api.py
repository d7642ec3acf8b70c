"""A promotion around the birthday: asked where it runs, kept with the order, told in three languages (ORD-8, RWD-8)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from regulars.kernel.ids import encode
from tests.order_kit import TEN_OFF, OrderShop, open_order_shop

pytestmark = pytest.mark.committed
NEAR = {"kind": "near_birthday", "days_before": 3, "days_after": 3}


@pytest.fixture
def shop(committed_db: Any) -> OrderShop:
    return open_order_shop()


def born(shop: OrderShop, phone: str, birthday: date | None) -> str:
    body = {"phone": phone, "name": "Anna", **({"birthday": birthday.isoformat()} if birthday else {})}
    reply = shop.caller.post("/customers", body)
    assert reply.status == 201, reply.body
    return str(reply.body["id"])


def verdict(shop: OrderShop, **whose: Any) -> tuple[bool, str]:
    reply = shop.quote(shop.order(**whose))
    assert reply.status == 200, reply.body
    (one,) = reply.body["promotions"]
    return one["applied"], one["reason"]


def test_near_the_birthday_it_holds_and_a_refund_decides_on_the_same_ground(shop: OrderShop) -> None:
    today = timezone.now().date()
    near = born(shop, "+49 151 11111111", (today + timedelta(days=2)).replace(year=1984))
    far = born(shop, "+49 151 22222222", (today + timedelta(days=60)).replace(year=1984))
    unknown = born(shop, "+49 151 33333333", None)
    shop.run({**TEN_OFF, "conditions": [NEAR]})
    assert verdict(shop, customer=near) == (True, "applied")
    assert verdict(shop, customer=far) == (False, "birthday_far")
    assert verdict(shop, customer=unknown) == (False, "birthday_unknown")
    assert verdict(shop) == (False, "customer_required")
    card = encode("crd", shop.counter.issue("+49 151 44444444").id)
    assert verdict(shop, card=card) == (False, "birthday_unknown")
    made = shop.record(shop.order(customer=near))
    assert made.body["discount_total"] == "1.20"
    # Their birthday is corrected afterwards: the order keeps what it was decided on.
    assert shop.caller.patch(f"/customers/{near}", {"birthday": "1984-01-01"}).status == 200
    refund = shop.caller.post(f"/orders/{made.body['id']}/refunds", {"lines": [{"index": 1, "quantity": "1"}]})
    assert refund.status == 201, refund.body
    batch = shop.caller.post("/orders/batch", [shop.order(customer=far, state="paid", external_id="batch-1")])
    assert batch.body["items"][0]["discount_total"] == "0.00"


@pytest.mark.parametrize("wrong", [{"days_before": -1}, {"days_before": 181}, {"days_after": "soon"}, {"until": 3}])
def test_what_is_no_number_of_days_is_refused(shop: OrderShop, wrong: dict[str, Any]) -> None:
    program = encode("prg", shop.counter.card_type.program.id)
    body = {"name": "Birthday", "program": program, **TEN_OFF, "conditions": [{"kind": "near_birthday", **wrong}]}
    reply = shop.caller.post("/promotions", body)
    assert reply.status == 422
    assert next(iter(reply.codes_at())).startswith("/conditions/0")


def test_it_is_told_in_words(shop: OrderShop) -> None:
    (made,) = shop.run({**TEN_OFF, "conditions": [NEAR]})
    told = [one["text"] for one in shop.caller.get(f"/promotions/{made}/words").body["sentences"]]
    assert "Around the customer’s birthday: days before 3, days after 3." in told
