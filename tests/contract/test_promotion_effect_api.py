"""What a promotion would have changed on the orders of a day (ORD-13): priced again as they were seen, nothing stored."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from regulars.chains.queries import get_chain
from regulars.kernel.ids import encode, new_id
from regulars.orders.actions import effect as effects
from regulars.orders.queries import day as days
from regulars.platform.database import rows, unit_of_work
from tests.contract.chains import Reply, add_caller
from tests.order_kit import LATTE, TEN_OFF, OrderShop, back, open_order_shop

pytestmark = pytest.mark.committed


@pytest.fixture
def shop(committed_db: Any) -> OrderShop:
    return open_order_shop()


def yesterday(shop: OrderShop, hour: int = 10, minute: int = 0) -> str:
    with unit_of_work(shop.chain_id):
        zone: ZoneInfo = get_chain(shop.chain_id).zone
    day = timezone.now().astimezone(zone).date() - timedelta(days=1)
    return datetime.combine(day, time(hour, minute), zone).astimezone(UTC).isoformat()


def write(shop: OrderShop, **definition: Any) -> str:
    program = encode("prg", shop.counter.card_type.program.id)
    reply = shop.caller.post("/promotions", {"name": "Five back", "program": program, **definition})
    assert reply.status == 201, reply.body
    return str(reply.body["id"])


def effect(shop: OrderShop, promotion: str, **body: Any) -> Reply:
    return shop.caller.post(f"/promotions/{promotion}/effect", body, key=None)


def bought(shop: OrderShop, hour: int, **more: Any) -> dict[str, Any]:
    reply = shop.record(shop.order(at=yesterday(shop, hour), state="completed", **more))
    assert reply.status == 201, reply.body
    return dict(reply.body)


def test_a_draft_is_asked_about_yesterdays_orders(shop: OrderShop) -> None:
    shop.run(TEN_OFF)
    card = encode("crd", shop.counter.issue("+49 151 11111111").id)
    first = bought(shop, 9, card=card)
    bought(shop, 10)
    voucher = {"sku": "gift", "name": "Gift card", "category": "Gift cards", "quantity": "1", "price": "500.00"}
    large = shop.record({"lines": [LATTE, voucher], "card": card, "at": yesterday(shop, 11), "state": "paid"})
    assert large.status == 201, large.body
    # Neither an order of another day nor one that nobody paid.
    assert shop.record(shop.order(card=card)).status == 201
    assert shop.record(shop.order(card=card, state="open", starts_at=yesterday(shop, 12))).status == 201
    before = _everything(shop)
    draft = write(shop, **back("5"), products={"without_categories": ["Gift cards"]}, limits={"earned_per_day": "0.60"})
    reply = effect(shop, draft)
    assert reply.status == 200, reply.body
    told = reply.body
    assert (told["orders"], told["looked_at"], told["changed"]) == (3, 3, 2)
    assert told["now"]["earn"] == []
    # 5 % of 10.80 is 0.54; of the second order 0.06 is left of the day, without the gift card.
    assert told["then"]["earn"] == [{"balance_type": "bonus", "amount": "0.60"}]
    assert told["then"]["discount"] == told["now"]["discount"]
    assert [one["order"] for one in told["examples"]] == [first["id"], large.body["id"]]
    assert told["examples"][0]["then"]["earn"] == [{"balance_type": "bonus", "amount": "0.54"}]
    assert told["examples"][0]["explanation"] == "5% of 10.80 EUR comes back."
    assert told["examples"][1]["explanation"].endswith("At most 0.60 Bonus in a day.")
    assert _everything(shop) == before


def test_what_runs_is_compared_with_what_is_written_of_it(shop: OrderShop) -> None:
    (running,) = shop.run({**TEN_OFF, "limits": {"total": 2}})
    for hour in (9, 10, 11):
        bought(shop, hour)
    shop.caller.patch(f"/promotions/{running}", {"benefits": [{"kind": "percent_off_order", "percent": "50"}]})
    told = effect(shop, running).body
    assert (told["orders"], told["changed"]) == (3, 2)
    # The third order found the limit used up, and does so now.
    assert (told["now"]["discount"], told["then"]["discount"]) == ("2.40", "12.00")


def test_conditions_that_nobody_asked_before_are_answered(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    for hour in (9, 10):
        bought(shop, hour, card=encode("crd", card.id))
    second = write(shop, **TEN_OFF, conditions=[{"kind": "nth_order", "number": 2}])
    told = effect(shop, second).body
    assert (told["changed"], told["then"]["discount"]) == (1, "1.20")
    grown = write(
        shop,
        earnings=[
            {
                "kind": "accumulative_back",
                "balance_type": "ext:bonus",
                "over": "sold",
                "steps": [{"reached": "12", "percent": "10"}],
            }
        ],
    )
    told = effect(shop, grown).body
    assert (told["changed"], told["then"]["earn"]) == (1, [{"balance_type": "bonus", "amount": "1.20"}])


def test_a_day_with_more_orders_than_are_looked_at_says_so(shop: OrderShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(days, "ORDERS_MAX", 2)
    for hour in (9, 10, 11):
        bought(shop, hour)
    told = effect(shop, write(shop, **TEN_OFF)).body
    assert (told["orders"], told["looked_at"], told["changed"]) == (3, 2, 2)


def test_what_cannot_be_asked_is_refused(shop: OrderShop) -> None:
    draft = write(shop, **TEN_OFF)
    tomorrow = (timezone.now() + timedelta(days=2)).date().isoformat()
    assert effect(shop, draft, day=tomorrow).codes_at() == {"/day": "out_of_range"}
    assert effect(shop, draft, day="1850-01-01").codes_at() == {"/day": "out_of_range"}
    assert effect(shop, draft, day="soon").status == 422
    assert effect(shop, draft, hour=3).status == 422
    assert effect(shop, encode("prm", new_id())).status == 404
    empty = effect(shop, draft, day=(timezone.now() - timedelta(days=90)).date().isoformat()).body
    assert (empty["orders"], empty["changed"], empty["examples"]) == (0, 0, [])
    trigger = {"event": "birthday", "balance_type": "ext:bonus", "amount": "5"}
    assert effect(shop, write(shop, trigger=trigger)).code == "invalid_request"
    for scopes in ({"promotions:read"}, {"orders:read"}):
        other = add_caller(shop.chain_id, scopes=frozenset(scopes))
        assert other.post(f"/promotions/{draft}/effect", {}, key=None).status == 403
    assert timedelta(days=365) < effects.PAST_MAX


def _everything(shop: OrderShop) -> list[tuple[Any, ...]]:
    with unit_of_work(shop.chain_id):
        return rows(
            "SELECT (SELECT count(*) FROM transactions), (SELECT count(*) FROM orders),"
            " (SELECT coalesce(sum(uses), 0) FROM promotion_uses), (SELECT sum(balance) FROM accounts)"
        )
