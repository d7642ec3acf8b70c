"""Orders that come at odd moments, or to rules that changed since they were quoted, and amounts at the edge (bad input)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from regulars.kernel.ids import encode
from tests.contract.chains import Reply, open_chain
from tests.contract.test_refunds_api import PERCENT_BACK, A, B, execute_in, order, promote, refund
from tests.contract.test_tiers_in_orders import LEVELS
from tests.ledger_kit import dispatcher
from tests.order_kit import LATTE, TEN_OFF, OrderShop, back, open_order_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> OrderShop:
    return open_order_shop()


def reasons(reply: Reply) -> dict[str, Any]:
    """Why each promotion applied or did not."""
    return {one["id"]: one["reason"] for one in reply.body["promotions"]}


def program_of(shop: OrderShop) -> str:
    return encode("prg", shop.counter.card_type.program.id)


# Between quote and commit


def test_a_promotion_that_ends_between_quote_and_commit_is_told(shop: OrderShop) -> None:
    (running,) = shop.run(TEN_OFF)
    quoted = shop.quote(shop.order()).body["total"]
    assert shop.caller.post(f"/promotions/{running}/end").body["state"] == "ended"
    refused = shop.record(shop.order(expected_total=quoted))
    assert (refused.status, refused.code) == (409, "total_changed")
    assert (refused.body["expected"], refused.body["total"]) == ("10.80", "12.00")
    kept = shop.record(shop.order())
    assert (kept.status, kept.body["total"], kept.body["discount_total"]) == (201, "12.00", "0.00")


def test_a_promotion_whose_last_hour_ends_between_quote_and_commit_is_told() -> None:
    caller = open_chain(is_test=True)
    caller.post("/programs", {"name": "Club", "external_id": "club", "state": "active", "balance_types": []})
    made = caller.post(
        "/promotions",
        {
            "name": "Today",
            "program": "ext:club",
            "state": "active",
            **TEN_OFF,
            "conditions": [{"kind": "days", "last": (timezone.localdate() + timedelta(days=1)).isoformat()}],
        },
    )
    assert made.status == 201, made.body
    body = {"lines": [{**LATTE, "price": "10.00"}]}
    assert caller.send("POST", "/orders/quote", body).body["total"] == "9.00"
    caller.post("/clock", {"advance": "P2D"})
    refused = caller.post("/orders", {**body, "expected_total": "9.00"})
    assert (refused.status, refused.code, refused.body["total"]) == (409, "total_changed", "10.00")
    assert reasons(caller.post("/orders", body)) == {made.body["id"]: "over"}


def test_a_promotion_that_ends_does_not_touch_an_order_that_reserved_it(shop: OrderShop) -> None:
    (running,) = shop.run(TEN_OFF)
    opened = shop.record(shop.order(state="open")).body
    shop.caller.post(f"/promotions/{running}/end")
    paid = shop.caller.post(f"/orders/{opened['id']}/pay")
    assert (paid.status, paid.body["total"]) == (200, "10.80")


def test_a_program_that_is_paused_between_quote_and_commit_gives_nothing(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.run(TEN_OFF, back())
    body = shop.order(card=encode("crd", card.id))
    quoted = shop.quote(body)
    assert quoted.body["earn"][0]["amount"] == "0.54"
    opened = shop.record({**body, "state": "open"}).body
    assert shop.caller.patch(f"/programs/{program_of(shop)}", {"state": "paused"}).status == 200
    refused = shop.record({**body, "expected_total": quoted.body["total"]})
    assert (refused.status, refused.code, refused.body["total"]) == (409, "total_changed", "12.00")
    kept = shop.record(body)
    assert (kept.status, kept.body["discount_total"], kept.body["earn"]) == (201, "0.00", [])
    # What was promised to an order that is open already is kept.
    paid = shop.caller.post(f"/orders/{opened['id']}/pay")
    assert (paid.status, paid.body.get("total")) == (200, "10.80"), paid.body
    assert shop.caller.patch(f"/programs/{program_of(shop)}", {"state": "active"}).status == 200
    assert shop.record(body).body["discount_total"] == "1.20"


# Times


@pytest.mark.parametrize(
    ("at", "applies"),
    [
        # On 29 March 2026 clocks in Berlin go from 2 to 3: the hour between is no time there, but the moment is one.
        ("2026-03-29T01:59:59+01:00", False),
        ("2026-03-29T02:30:00+01:00", True),
        ("2026-03-29T02:30:00+02:00", False),
        ("2026-03-29T03:30:00+02:00", True),
        ("2026-03-29T04:00:00+02:00", False),
        # On 25 October 2026 the hour from 2 to 3 comes twice; the one from 3 to 4 comes once.
        ("2026-10-25T02:30:00+02:00", False),
        ("2026-10-25T02:30:00+01:00", False),
        ("2026-10-25T03:30:00+01:00", True),
    ],
)
def test_an_hour_that_clocks_leave_out_or_have_twice_is_told_by_the_clock_of_the_shop(
    shop: OrderShop, at: str, applies: bool
) -> None:
    hours = [{"weekdays": [6], "begins": "03:00", "ends": "04:00"}]
    shop.run({**TEN_OFF, "conditions": [{"kind": "weekly_hours", "hours": hours}]})
    reply = shop.record(shop.order(at=at))
    assert reply.status == 201, reply.body
    assert (reply.body["discount_total"] == "1.20") is applies
    assert shop.caller.get(f"/orders/{reply.body['id']}").status == 200


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "1899-12-31T23:59:59Z", "1970-01-01T00:00:00+14:00"])
def test_an_order_of_long_ago_is_taken_or_refused_never_a_fault(shop: OrderShop, zone: str, at: str) -> None:
    execute_in(shop, "UPDATE chains SET time_zone = %s", [zone])
    hours = [{"weekdays": [0, 1, 2, 3, 4, 5, 6], "begins": "22:00", "ends": "04:00"}]
    shop.run({**TEN_OFF, "conditions": [{"kind": "weekly_hours", "hours": hours}], "limits": {"per_day": 3}}, back())
    card = shop.counter.issue("+49 151 11111111")
    body = shop.order(at=at, card=encode("crd", card.id))
    quoted = shop.quote(body)
    recorded = shop.record(body)
    assert (quoted.status, recorded.status) in ((200, 201), (422, 422)), (quoted.body, recorded.body)
    if recorded.status == 201:
        assert shop.caller.get(f"/orders/{recorded.body['id']}").status == 200
        assert shop.caller.post(f"/orders/{recorded.body['id']}/cancel").status == 200
    assert shop.caller.get("/orders").status == 200


def test_a_till_whose_clock_is_a_little_ahead_is_believed(shop: OrderShop) -> None:
    soon = timezone.now() + timedelta(minutes=9)
    later = timezone.now() + timedelta(minutes=11)
    assert shop.record(shop.order(at=soon.isoformat())).status == 201
    assert shop.record(shop.order(at=later.isoformat())).codes_at() == {"/at": "in_future"}


# Amounts


def test_orders_whose_sum_is_more_than_can_be_counted_are_refused(shop: OrderShop) -> None:
    shop.run(TEN_OFF, back())
    card = shop.counter.issue("+49 151 11111111")
    for price, quantity in (("99999999999.99", "1000000"), ("9999999999999.99", "999.999"), ("9999999999999.99", "1")):
        body = shop.order(*[{"sku": "a", "price": price, "quantity": quantity}] * 1000, card=encode("crd", card.id))
        for reply in (shop.quote(body), shop.record(body)):
            assert reply.status in (200, 201, 409, 422), reply.body
    assert shop.balance(card) >= 0


@pytest.mark.parametrize("price", ["0", "0.00", 0])
def test_an_order_that_costs_nothing_is_an_order(shop: OrderShop, price: object) -> None:
    shop.run(TEN_OFF, back())
    card = shop.counter.issue("+49 151 11111111")
    reply = shop.record(shop.order({"sku": "a", "price": price}, card=encode("crd", card.id)))
    assert (reply.status, reply.body["total"], reply.body["earn"]) == (201, "0.00", [])
    assert shop.caller.post(f"/orders/{reply.body['id']}/cancel").body["money_back"] == "0.00"


def test_conditions_that_can_never_be_met_together_give_nothing_and_say_why(shop: OrderShop) -> None:
    never = [{"kind": "days", "last": "2020-01-01"}, {"kind": "days", "first": "2030-01-01"}]
    body = {"name": "Never", "program": program_of(shop), "state": "active", **TEN_OFF, "conditions": never}
    refused = shop.caller.post("/promotions", body)
    assert (refused.status, refused.codes_at()) == (422, {"/conditions/1": "contradiction"})
    # What contradicts itself only for some orders is no contradiction: it gives nothing to those, and says why.
    first, second = shop.run(
        {
            **TEN_OFF,
            "conditions": [{"kind": "minimum_amount", "amount": "50.00"}, {"kind": "minimum_units", "units": 2}],
        },
        TEN_OFF,
    )
    reply = shop.record(shop.order())
    assert (reply.body["total"], reasons(reply)[first]) == ("10.80", "minimum_amount")
    assert second in reasons(reply)


# Refunds of what was earned under rules that changed


def test_a_refund_after_a_change_of_tier_takes_back_what_the_order_had_earned(shop: OrderShop) -> None:
    assert shop.caller.patch(f"/programs/{program_of(shop)}", {"tier_groups": [LEVELS]}).status == 200
    card = shop.counter.issue("+49 151 11111111")
    promote(shop, **PERCENT_BACK)
    first = order(shop, card, A, B)
    dispatcher().make_round()
    before = shop.balance(card)
    second = order(shop, card, A, B)
    by_tier = shop.balance(card) - before
    assert (before, by_tier > before) == (500, True)
    assert refund(shop, second, {"lines": [{"index": 0}]}).status == 201
    assert shop.caller.post(f"/orders/{first['id']}/cancel").body["taken_back"][0]["amount"] == "5.00"
    dispatcher().make_round()
    # The tier went with the first order; the second is still undone by the multiplier that it had.
    assert shop.caller.post(f"/orders/{second['id']}/cancel").status == 200
    assert shop.balance(card) == 0
