"""Memberships that pay lines of orders: quoted, recorded, kept, given back (RWD-6, ORD-6, ORD-13, RWD-10)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from regulars.kernel.ids import decode, encode
from regulars.memberships.queries.promises import MEMBERSHIP_PROMISES
from regulars.orders.actions.lapsed import release_lapsed_orders
from regulars.orders.queries.promises import ORDER_PROMISES
from regulars.platform.database import rows, unit_of_work
from tests.contract.chains import Reply
from tests.order_kit import OrderShop, back, open_order_shop

pytestmark = pytest.mark.django_db

YOGA = {"sku": "yoga", "name": "Yoga", "category": "courses", "kind": "service", "quantity": "1", "price": "15.00"}
OIL = {"sku": "oil", "name": "Oil", "quantity": "1", "price": "9.00"}
TEN_PERCENT = {"benefits": [{"kind": "percent_off_order", "percent": "10"}]}


OF_TYPE = ("kinds", "period", "every_hours", "locations", "begins", "freezes_max")


class Gym:
    """A shop that sells memberships."""

    def __init__(self) -> None:
        self.shop: OrderShop = open_order_shop()
        self.caller = self.shop.caller

    def sell(self, *, visits: int | None = 10, **values: Any) -> dict[str, Any]:
        terms: dict[str, Any] = {key: values.pop(key) for key in OF_TYPE if key in values}
        body = {"name": "Ten visits", "visits": visits, "price": "90.00", "kinds": ["service"], **terms}
        kind = self.caller.post("/membership-types", body)
        assert kind.status == 201, kind.body
        sold = self.caller.post("/memberships", {"type": kind.body["id"], "with_code": True, **values})
        assert sold.status == 201, sold.body
        return dict(sold.body)

    def set(self, statement: str, **values: Any) -> None:
        """Turn a fact beneath the API, as time would."""
        with unit_of_work(self.shop.chain_id):
            rows(f"{statement} RETURNING id", values)

    def now(self, membership: dict[str, Any]) -> tuple[str, int | None, int]:
        found = self.caller.get(f"/memberships/{membership['id']}").body
        return found["state"], found["remaining"], found["used"]

    def record(self, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        reply = self.shop.record(self.shop.order(*lines, **more))
        assert reply.status == 201, reply.body
        self.is_sound()
        return dict(reply.body)

    def refund(self, order: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        reply = self.caller.post(f"/orders/{order['id']}/refunds", body)
        assert reply.status == 201, reply.body
        self.is_sound()
        return dict(reply.body)

    def cancel(self, order: dict[str, Any]) -> dict[str, Any]:
        reply = self.caller.post(f"/orders/{order['id']}/cancel")
        assert reply.status == 200, reply.body
        self.is_sound()
        return dict(reply.body)

    def is_sound(self) -> None:
        with unit_of_work(self.shop.chain_id):
            for promise in (*ORDER_PROMISES, *MEMBERSHIP_PROMISES):
                assert rows(promise.statement.replace("/*card m*/", "").replace("/*card d*/", "")) == [], promise.name


@pytest.fixture
def gym() -> Gym:
    return Gym()


def only(reply: Reply | dict[str, Any]) -> dict[str, Any]:
    body = reply if isinstance(reply, dict) else reply.body
    (redemption,) = body["redemptions"]
    return dict(redemption)


def told(gym: Gym, *lines: dict[str, Any], **more: Any) -> tuple[str, str | None]:
    redemption = only(gym.record(*lines, **more))
    return redemption["state"], redemption["reason"]


def test_a_visit_pays_a_line_that_the_membership_is_for(gym: Gym) -> None:
    ten = gym.sell()
    quoted = gym.shop.quote(gym.shop.order(YOGA, OIL, codes=[ten["code"].lower()])).body
    assert (quoted["total"], quoted["to_pay"], only(quoted)["state"]) == ("24.00", "9.00", "planned")
    assert gym.now(ten) == ("active", 10, 0)
    order = gym.record(YOGA, OIL, codes=[ten["code"]])
    assert (order["total"], order["to_pay"], order["codes"]) == ("24.00", "9.00", [])
    redemption = only(order)
    assert ten["code"] not in str(order)
    assert redemption == {
        "kind": "membership",
        "id": ten["id"],
        "code": redemption["code"],
        "name": "Ten visits",
        "state": "used",
        "promotions": [],
        "money": "15.00",
        "returned": "0.00",
        "visits": 1,
        "visits_returned": 0,
        "lines": [{"index": 0, "visits": 1, "money": "15.00"}],
        "reason": None,
        "explanation": "It pays 15.00 EUR. Visits taken: 1.",
    }
    (spend,) = order["spend"]
    assert (spend["membership"], spend["gift_card"], spend["amount"], spend["money"]) == (ten["id"], None, "1", "15.00")
    assert gym.now(ten) == ("active", 9, 1)
    (use,) = gym.caller.get(f"/memberships/{ten['id']}/uses").body["items"]
    assert (use["visits"], use["sku"], use["order"]) == (1, "yoga", order["id"])
    assert gym.caller.get(f"/orders/{order['id']}").body["redemptions"] == order["redemptions"]
    undo = gym.caller.post(f"/memberships/{ten['id']}/uses/{use['id']}/undo", {"reason": "x"})
    assert (undo.status, undo.body["code"]) == (409, "use_of_order")


def test_it_pays_what_lines_cost_after_discounts_and_before_anything_else(gym: Gym) -> None:
    ten = gym.sell()
    card = gym.shop.counter.issue("+49 151 11111111")
    gym.shop.counter.adjust(card, "10", balance_type="bonus")
    gym.shop.run(TEN_PERCENT, back("10"))
    spend = [{"balance_type": "bonus", "amount": "max"}]
    body = gym.record(YOGA, OIL, card=encode("crd", card.id), codes=[ten["code"]], spend=spend)
    assert (body["total"], only(body)["money"]) == ("21.60", "13.50")
    by_points = next(one for one in body["spend"] if one["balance_type"] == "bonus")
    # Points pay what is left after the visit.
    assert by_points["money"] == "8.10"
    assert body["to_pay"] == "0.00"


def test_dearest_units_come_first_and_several_memberships_share_a_line(gym: Gym) -> None:
    two, one = gym.sell(visits=2), gym.sell(visits=1)
    spa = {**YOGA, "sku": "spa", "price": "40.00"}
    order = gym.record({**YOGA, "quantity": "2"}, spa, codes=[two["code"], one["code"]])
    assert [redemption["lines"] for redemption in order["redemptions"]] == [
        [{"index": 0, "visits": 1, "money": "15.00"}, {"index": 1, "visits": 1, "money": "40.00"}],
        [{"index": 0, "visits": 1, "money": "15.00"}],
    ]
    assert order["to_pay"] == "0.00"
    assert (gym.now(two), gym.now(one)) == (("used_up", 0, 2), ("used_up", 0, 1))
    parts = gym.record({**YOGA, "quantity": "2.5"}, codes=[gym.sell()["code"]])
    assert (only(parts)["visits"], parts["to_pay"]) == (2, "7.50")


def test_what_cannot_pay_says_why(gym: Gym) -> None:
    used_up = gym.sell(visits=1)
    gym.record(YOGA, codes=[used_up["code"]])
    assert told(gym, YOGA, codes=[used_up["code"]]) == ("refused", "code_used_up")
    assert told(gym, OIL, codes=[gym.sell()["code"]]) == ("refused", "membership_covers_nothing")
    free = {**YOGA, "price": "0.00"}
    assert told(gym, free, OIL, codes=[gym.sell()["code"]]) == ("refused", "membership_covers_nothing")
    prepaid = {**OIL, "kind": "prepaid"}
    assert told(gym, prepaid, codes=[gym.sell(kinds=[])["code"]]) == ("refused", "membership_covers_nothing")
    frozen = gym.sell(period={"unit": "months", "value": 1}, freezes_max=1)
    assert gym.caller.post(f"/memberships/{frozen['id']}/freeze", {"days": 5, "reason": "x"}).status == 200
    assert told(gym, YOGA, codes=[frozen["code"]]) == ("refused", "membership_frozen")
    cancelled = gym.sell()
    assert gym.caller.post(f"/memberships/{cancelled['id']}/cancel", {"reason": "x", "refund": "0.00"}).status == 200
    assert told(gym, YOGA, codes=[cancelled["code"]]) == ("refused", "code_cancelled")
    expired = gym.sell(period={"unit": "days", "value": 1})
    days = "starts_on = '2026-01-01', first_ends_on = '2026-01-02', ends_on = '2026-01-02'"
    gym.set(f"UPDATE memberships SET {days} WHERE id = %(id)s", id=decode("mbr", expired["id"]))
    assert told(gym, YOGA, codes=[expired["code"]]) == ("refused", "code_expired")
    elsewhere = gym.sell(locations=[gym.caller.get("/locations").body["items"][0]["id"]])
    assert told(gym, YOGA, codes=[elsewhere["code"]]) == ("refused", "code_other_location")


def test_somebody_elses_sounds_like_an_unknown_one(gym: Gym) -> None:
    anna, ivan = gym.shop.counter.issue("+49 151 11111111"), gym.shop.counter.issue("+49 151 22222222")
    customer_of(gym, anna.id, "anna")
    theirs = gym.sell(customer=customer_of(gym, ivan.id))
    body = gym.shop.quote(gym.shop.order(YOGA, card=encode("crd", anna.id), codes=[theirs["code"]])).body
    assert (only(body)["kind"], only(body)["id"], only(body)["reason"]) == ("unknown", None, "code_unknown")
    own = gym.shop.quote(gym.shop.order(YOGA, card=encode("crd", ivan.id), codes=[theirs["code"]])).body
    assert own["to_pay"] == "0.00"


def customer_of(gym: Gym, card_id: Any, name: str = "ivan") -> str:
    card = gym.caller.get(f"/cards/{encode('crd', card_id)}").body
    if card["customer"]:
        return str(card["customer"])
    made = gym.caller.post("/customers", {"name": name, "email": f"{name}@example.com"}).body["id"]
    gym.set(
        "UPDATE cards SET customer_id = %(customer)s, phone = NULL WHERE id = %(id)s",
        customer=decode("cus", made),
        id=card_id,
    )
    return str(made)


def test_those_of_the_customer_pay_only_when_asked_for(gym: Gym) -> None:
    card = gym.shop.counter.issue("+49 151 11111111")
    customer = customer_of(gym, card.id)
    later = gym.sell(customer=customer, with_code=False)
    sooner = gym.sell(customer=customer, with_code=False, period={"unit": "months", "value": 1})
    name = {"card": encode("crd", card.id)}
    assert gym.record(YOGA, **name)["redemptions"] == []
    order = gym.record(YOGA, **name, memberships={"of_customer": True})
    assert [(one["id"], one["state"], one["code"], one["reason"]) for one in order["redemptions"]] == [
        (sooner["id"], "used", "", None),
        (later["id"], "refused", "", "membership_covers_nothing"),
    ]
    nobody = gym.record(YOGA, memberships={"of_customer": True})
    assert nobody["redemptions"] == []


def test_a_use_too_soon_is_confirmed(gym: Gym) -> None:
    daily = gym.sell(every_hours=12)
    gym.record(YOGA, codes=[daily["code"]])
    assert told(gym, YOGA, codes=[daily["code"]]) == ("refused", "membership_used_recently")
    opened = gym.record(YOGA, codes=[daily["code"]], memberships={"again": True}, state="open")
    assert only(opened)["state"] == "locked"
    # What was confirmed stays so when the order is changed.
    changed = gym.caller.patch(f"/orders/{opened['id']}", {"tips": "1.00"})
    assert (changed.status, only(changed)["state"]) == (200, "locked")
    assert gym.now(daily) == ("active", 8, 2)


def test_an_open_order_keeps_visits_until_it_is_paid_or_over(gym: Gym) -> None:
    last = gym.sell(visits=1, period={"unit": "months", "value": 1}, begins="first_use")
    assert gym.now(last) == ("sold", 1, 0)
    opened = gym.record(YOGA, codes=[last["code"]], state="open")
    assert (only(opened)["state"], gym.now(last)) == ("locked", ("used_up", 0, 1))
    assert told(gym, YOGA, codes=[last["code"]]) == ("refused", "code_used_up")
    assert gym.caller.post(f"/orders/{opened['id']}/release").status == 200
    gym.is_sound()
    assert gym.now(last) == ("sold", 1, 0)
    again = gym.record(YOGA, codes=[last["code"]], state="open")
    paid = gym.caller.post(f"/orders/{again['id']}/pay", {})
    assert (paid.status, only(paid)["state"], paid.body["to_pay"]) == (200, "used", "0.00")
    gym.is_sound()
    assert gym.cancel(again)["given_back"] == [
        {"kind": "membership", "id": last["id"], "code": only(again)["code"], "amount": "15.00", "visits": 1}
    ]
    assert gym.now(last) == ("sold", 1, 0)
    third = gym.record(YOGA, codes=[last["code"]], state="open")
    assert gym.cancel(third)["given_back"][0]["visits"] == 1
    assert gym.now(last) == ("sold", 1, 0)


def test_what_is_kept_too_long_is_free_for_whoever_comes(gym: Gym) -> None:
    last = gym.sell(visits=1)
    opened = gym.record(YOGA, codes=[last["code"]], state="open", reserve_seconds=60)
    gym.set(
        "UPDATE orders SET reserved_until = %(then)s WHERE state = 'open'", then=timezone.now() - timedelta(minutes=1)
    )
    quoted = gym.shop.quote(gym.shop.order(YOGA, codes=[last["code"]])).body
    assert (only(quoted)["state"], quoted["to_pay"]) == ("planned", "0.00")
    assert only(gym.record(YOGA, codes=[last["code"]]))["state"] == "used"
    late = gym.caller.post(f"/orders/{opened['id']}/pay", {})
    assert (late.status, only(late)["reason"], late.body["to_pay"]) == (200, "code_used_up", "15.00")
    gym.is_sound()
    kept = gym.sell(visits=1)
    gym.record(YOGA, codes=[kept["code"]], state="open", reserve_seconds=60)
    release_lapsed_orders(gym.shop.chain_id, timezone.now() + timedelta(hours=1))
    gym.is_sound()
    assert gym.now(kept) == ("active", 1, 0)


def test_what_visits_paid_comes_back_as_visits_and_nothing_else(gym: Gym) -> None:
    ten = gym.sell()
    order = gym.record({**YOGA, "quantity": "3"}, OIL, codes=[ten["code"]])
    assert (order["to_pay"], gym.now(ten)) == ("9.00", ("active", 7, 3))
    oil = gym.refund(order, {"lines": [{"index": 1}]})
    assert (oil["money_back"], oil["given_back"]) == ("9.00", [])
    half = gym.refund(order, {"lines": [{"index": 0, "quantity": "0.5"}]})
    assert (half["money_back"], half["given_back"]) == ("0.00", [])
    one = gym.refund(order, {"lines": [{"index": 0, "quantity": "0.5"}]})
    assert (one["money_back"], one["given_back"][0]["visits"], one["given_back"][0]["amount"]) == ("0.00", 1, "15.00")
    assert gym.now(ten) == ("active", 8, 2)
    read = only(gym.caller.get(f"/orders/{order['id']}"))
    assert (read["state"], read["returned"], read["visits_returned"]) == ("used", "15.00", 1)
    rest = gym.cancel(order)
    assert (rest["money_back"], rest["given_back"][0]["visits"]) == ("0.00", 2)
    assert gym.now(ten) == ("active", 10, 0)
    assert only(gym.caller.get(f"/orders/{order['id']}"))["state"] == "given_back"


def test_units_that_visits_paid_come_back_before_those_that_money_paid(gym: Gym) -> None:
    two = gym.sell(visits=2)
    order = gym.record({**YOGA, "quantity": "3"}, codes=[two["code"]])
    assert order["to_pay"] == "15.00"
    first = gym.refund(order, {"lines": [{"index": 0, "quantity": "1"}]})
    assert (first["money_back"], first["given_back"][0]["visits"]) == ("0.00", 1)
    second = gym.refund(order, {"lines": [{"index": 0, "quantity": "2"}]})
    assert (second["money_back"], second["given_back"][0]["visits"]) == ("15.00", 1)
    assert gym.now(two) == ("active", 2, 0)


def test_an_amount_is_money_first_and_then_whole_visits(gym: Gym) -> None:
    ten = gym.sell()
    order = gym.record(YOGA, {**OIL, "price": "10.00"}, codes=[ten["code"]])
    money = gym.refund(order, {"amount": "8.00"})
    assert (money["money_back"], money["given_back"]) == ("8.00", [])
    more = gym.refund(order, {"amount": "17.00"})
    assert (more["money_back"], more["given_back"][0]["visits"]) == ("2.00", 1)
    assert gym.now(ten) == ("active", 10, 0)


def test_visits_go_back_to_what_was_cancelled_and_stay_there(gym: Gym) -> None:
    ten = gym.sell()
    order = gym.record(YOGA, codes=[ten["code"]])
    assert gym.caller.post(f"/memberships/{ten['id']}/cancel", {"reason": "x", "refund": "0.00"}).status == 200
    assert gym.cancel(order)["money_back"] == "0.00"
    assert gym.now(ten) == ("cancelled", 10, 0)
