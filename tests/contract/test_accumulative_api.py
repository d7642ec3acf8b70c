"""A rate that grows with earlier orders, over HTTP (ORD-4)."""

from typing import Any

import pytest

from regulars.kernel.ids import encode
from tests.order_kit import OrderShop, open_order_shop

pytestmark = pytest.mark.committed


@pytest.fixture
def shop(committed_db: Any) -> OrderShop:
    return open_order_shop()


def test_the_next_order_is_rated_by_those_before_it_where_they_count(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    steps = [{"reached": "0", "percent": "1"}, {"reached": "100", "percent": "5"}]
    rate = {"kind": "accumulative_back", "balance_type": "ext:bonus", "over": "paid", "steps": steps}
    here = shop.counter.read("SELECT id FROM locations")[0][0]
    shop.run(
        {"earnings": [rate]},
        {"earnings": [{**rate, "locations": [encode("loc", here)]}]},
        {"earnings": [{**rate, "since": "2030-01-01"}]},
    )
    body = {"card": encode("crd", card.id), "lines": [{"sku": "tea", "price": "100"}]}

    def earns() -> list[str]:
        quote = shop.caller.post("/orders/quote", body, key=None)
        assert quote.status == 200, quote.body
        return [one["earn"][0]["amount"] for one in quote.body["promotions"]]

    assert earns() == ["1.00", "1.00", "1.00"]
    assert shop.caller.post("/orders", {**body, "external_id": "o-1"}).status == 201
    assert earns() == ["5.00", "1.00", "1.00"]
    assert shop.caller.post("/orders", {**body, "external_id": "o-2", "location": encode("loc", here)}).status == 201
    assert earns() == ["5.00", "5.00", "1.00"]


@pytest.mark.parametrize("earns_on_points", [True, False])
def test_what_points_paid_earns_by_setting_and_never_counts_as_paid_before(earns_on_points: bool) -> None:
    shop = open_order_shop()
    card = shop.counter.issue("+49 151 11111111")
    program = encode("prg", shop.counter.card_type.program.id)
    shop.caller.patch(f"/programs/{program}", {"earns_on_points": earns_on_points})
    steps = [{"reached": "0", "percent": "10"}, {"reached": "100.00", "percent": "50"}]
    rate = {"kind": "accumulative_back", "balance_type": "ext:bonus", "over": "paid", "steps": steps}
    shop.run({"earnings": [rate]})
    shop.counter.adjust(card, "60.00", balance_type="bonus")
    line = {"sku": "a", "price": "100.00"}
    half = [{"balance_type": "bonus", "amount": "60.00"}]
    first = shop.record(shop.order(line, card=encode("crd", card.id), spend=half)).body
    assert first["earn"][0]["amount"] == ("10.00" if earns_on_points else "4.00")
    # 40 were paid so far, whatever the setting: the next order still earns by the first step.
    assert shop.record(shop.order(line, card=encode("crd", card.id))).body["earn"][0]["amount"] == "10.00"
    assert shop.record(shop.order(line, card=encode("crd", card.id))).body["earn"][0]["amount"] == "50.00"
