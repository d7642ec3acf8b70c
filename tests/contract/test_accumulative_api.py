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
