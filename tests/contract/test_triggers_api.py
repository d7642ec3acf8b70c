"""Units that come or go without an order: sent by a program, for a birthday, a registration, a long absence (ORD-10, RWD-8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from regulars.kernel.ids import decode, encode
from regulars.promotions.actions.triggers import run_triggers
from tests.ledger_kit import dispatcher
from tests.order_kit import OrderShop, open_order_shop
from tests.order_rows import put_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> OrderShop:
    return open_order_shop()


def trigger(event: str, **more: Any) -> dict[str, Any]:
    return {"trigger": {"event": event, "balance_type": "ext:bonus", **more}}


def anna(shop: OrderShop, **more: Any) -> str:
    body = {"name": "Anna", "phone": "+49 151 11111111", **more}
    return str(shop.caller.post("/customers", body).body["id"])


def test_units_are_given_and_taken_by_name(shop: OrderShop) -> None:
    held = shop.counter.issue("+49 151 11111111")
    card = encode("crd", held.id)
    body = {
        "balance_type": "ext:bonus",
        "amount": "5.00",
        "external_id": "form-1",
        "expires_at": "2099-01-01T00:00:00Z",
    }
    reply = shop.caller.post(f"/cards/{card}/earn", body, key="once")
    assert reply.status == 201, reply.body
    assert (reply.body["kind"], reply.body["amount"], reply.body["balance_after"]) == ("earn", "5.00", "5.00")
    assert reply.body["expires_at"] == "2099-01-01T00:00:00Z"
    again = shop.caller.post(f"/cards/{card}/earn", body, key="once")
    assert (again.body, shop.balance(held)) == (reply.body, 500)
    assert shop.caller.post(f"/cards/{card}/earn", body).code == "external_id_taken"
    taken = shop.caller.post(f"/cards/{card}/redeem", {"balance_type": "bonus", "amount": "2"})
    assert (taken.status, taken.body["kind"], taken.body["amount"]) == (201, "redeem", "-2.00")
    short = shop.caller.post(f"/cards/{card}/redeem", {"balance_type": "bonus", "amount": "9"})
    assert (short.status, short.code, short.body["available"]) == (409, "insufficient_balance", "3.00")
    told = shop.caller.get(f"/cards/{card}/transactions").body["items"]
    assert [one["kind"] for one in told] == ["redeem", "earn"]


@pytest.mark.parametrize(
    ("action", "body", "code"),
    [
        ("earn", {}, "invalid_request"),
        ("earn", {"balance_type": "bonus"}, "invalid_request"),
        ("earn", {"balance_type": "bonus", "amount": "-1"}, "invalid_request"),
        ("earn", {"balance_type": "bonus", "amount": "0"}, "zero_amount"),
        ("earn", {"balance_type": "bonus", "amount": "0.001"}, "invalid_request"),
        ("earn", {"balance_type": "none", "amount": "1"}, "no_such_balance"),
        ("earn", {"balance_type": "bonus", "amount": "1", "expires_at": "2001-01-01T00:00:00Z"}, "invalid_request"),
        ("redeem", {"balance_type": "bonus", "amount": "1", "expires_at": "2099-01-01T00:00:00Z"}, "invalid_request"),
        ("earn", {"promotion": "prm_none", "amount": "1"}, "no_such_trigger"),
        ("earn", {"promotion": "ext:none"}, "no_such_trigger"),
    ],
)
def test_what_cannot_be_sent_is_refused(shop: OrderShop, action: str, body: dict[str, Any], code: str) -> None:
    held = shop.counter.issue("+49 151 11111111")
    reply = shop.caller.post(f"/cards/{encode('crd', held.id)}/{action}", body)
    assert reply.status in (409, 422), reply.body
    assert reply.code == code
    assert shop.balance(held) == 0


def test_a_promotion_that_waits_to_be_sent_keeps_its_bounds_conditions_and_limits(shop: OrderShop) -> None:
    (open_amount,) = shop.run(
        trigger("form", minimum="1", maximum="3")
        | {"conditions": [{"kind": "tagged", "tags": ["vip"]}], "limits": {"per_customer": 2}}
    )
    (taking,) = shop.run(trigger("api", action="redeem", amount="1.50"))
    customer = anna(shop)
    held = shop.counter.issue("+49 151 11111111")
    url = f"/cards/{encode('crd', held.id)}"
    refused = shop.caller.post(f"{url}/earn", {"promotion": open_amount, "amount": "2"})
    assert (refused.status, refused.code, refused.body["reason"]) == (409, "not_triggered", "tagged")
    assert "vip" in refused.body["detail"]
    shop.caller.patch(f"/customers/{customer}", {"tags": ["vip"]})
    for wrong in ("0.99", "3.01"):
        reply = shop.caller.post(f"{url}/earn", {"promotion": open_amount, "amount": wrong})
        assert (reply.status, set(reply.codes_at())) == (422, {"/amount"})
    assert shop.caller.post(f"{url}/earn", {"promotion": open_amount}).codes_at() == {"/amount": "required"}
    for amount in ("2", "3"):
        reply = shop.caller.post(f"{url}/earn", {"promotion": open_amount, "amount": amount})
        assert (reply.status, reply.body["promotion"]) == (201, open_amount)
    reply = shop.caller.post(f"{url}/earn", {"promotion": open_amount, "amount": "1"})
    assert (reply.code, reply.body["reason"]) == ("not_triggered", "limit_per_customer")
    assert shop.caller.post(f"{url}/earn", {"promotion": taking}).code == "no_such_trigger"
    assert shop.caller.post(f"{url}/redeem", {"promotion": taking}).body["amount"] == "-1.50"
    assert shop.balance(held) == 350
    shop.pause(taking)
    assert shop.caller.post(f"{url}/redeem", {"promotion": taking}).code == "no_such_trigger"


def test_neither_a_paused_program_nor_a_blocked_card_nor_loyalty_off(shop: OrderShop) -> None:
    customer = anna(shop)
    held = shop.counter.issue("+49 151 11111111")
    url, body = f"/cards/{encode('crd', held.id)}", {"balance_type": "bonus", "amount": "1"}
    shop.caller.patch(f"/customers/{customer}", {"loyalty_off": True})
    assert shop.caller.post(f"{url}/earn", body).code == "loyalty_off"
    shop.caller.patch(f"/customers/{customer}", {"loyalty_off": False})
    shop.caller.post(f"{url}/block", {"reason": "Lost"})
    assert shop.caller.post(f"{url}/earn", body).code == "card_not_active"
    shop.caller.post(f"{url}/unblock")
    program = encode("prg", shop.counter.card_type.program.id)
    shop.caller.patch(f"/programs/{program}", {"state": "paused"})
    assert shop.caller.post(f"{url}/earn", body).code == "program_not_active"
    assert shop.balance(held) == 0


def test_a_birthday_is_given_once_a_year_around_the_day(shop: OrderShop) -> None:
    shop.run(trigger("birthday", amount="5", days_before=3, days_after=1))
    held = shop.counter.issue("+49 151 11111111")
    anna(shop, birthday="1990-01-02")
    shop.caller.post("/customers", {"name": "Ben", "phone": "+49 151 22222222", "birthday": "1990-01-02"})

    def night(year: int, month: int, day: int) -> int:
        run_triggers(shop.chain_id, datetime(year, month, day, 12, tzinfo=UTC))
        return shop.balance(held)

    assert night(2029, 12, 29) == 0
    assert night(2029, 12, 30) == 500
    assert night(2029, 12, 31) == night(2030, 1, 3) == 500
    assert night(2030, 12, 31) == 1000
    told = shop.caller.get(f"/cards/{encode('crd', held.id)}/transactions").body["items"]
    assert [(one["kind"], one["amount"]) for one in told] == [("earn", "5.00"), ("earn", "5.00")]
    assert told[0]["promotion"]


def test_who_leaves_and_comes_back_has_had_their_birthday(shop: OrderShop) -> None:
    shop.run(trigger("birthday", amount="5"))
    held = shop.counter.issue("+49 151 11111111")
    first = anna(shop, birthday="1990-05-09")
    now = datetime(2030, 5, 9, 12, tzinfo=UTC)
    assert run_triggers(shop.chain_id, now) == 1
    shop.caller.patch(f"/customers/{first}", {"phone": None, "email": "anna@example.com"})
    anna(shop, name="Anna again", birthday="1990-05-09")
    shop.counter.issue("+49 151 11111111")
    assert run_triggers(shop.chain_id, now) == 0
    assert shop.balance(held) == 500


def test_newcomers_are_welcomed_once_ever_as_soon_as_they_hold_a_card(shop: OrderShop) -> None:
    before = anna(shop)
    shop.counter.issue("+49 151 11111111")
    dispatcher().make_round()
    shop.run(trigger("registered", amount="2"))
    ben = shop.caller.post("/customers", {"name": "Ben", "phone": "+49 151 22222222"}).body["id"]
    dispatcher().make_round()
    held = shop.counter.issue("+49 151 22222222")
    dispatcher().make_round()
    assert shop.balance(held) == 200
    shop.caller.patch(f"/customers/{ben}", {"name": "Benjamin"})
    shop.caller.patch(f"/customers/{before}", {"name": "Anna B."})
    dispatcher().make_round()
    assert shop.balance(held) == 200
    old = shop.caller.get(f"/cards?customer={before}").body["items"][0]
    assert {one["total"] for one in old["balances"]} <= {"0", "0.00"}


def test_who_stayed_away_is_won_back_once_for_each_absence(shop: OrderShop) -> None:
    shop.run(trigger("win_back", amount="3", after_days=60))
    customer = decode("cus", anna(shop))
    held = shop.counter.issue("+49 151 11111111")
    start = timezone.now()
    put_order(shop.chain_id, at=start, sold=1000, customer=customer)
    dispatcher().make_round()

    def after(days: int) -> int:
        run_triggers(shop.chain_id, start + timedelta(days=days, minutes=1))
        return shop.balance(held)

    assert after(59) == 0
    assert after(60) == after(61) == after(300) == 300
    put_order(shop.chain_id, at=start + timedelta(days=301), sold=1000, customer=customer)
    dispatcher().make_round()
    assert after(302) == 300
    assert after(361) == 600


def test_nothing_of_another_chain(shop: OrderShop) -> None:
    (promotion,) = shop.run(trigger("api", amount="1"))
    stranger = open_order_shop(name="Salon Fremd")
    held = stranger.counter.issue("+49 151 33333333")
    assert stranger.caller.post(f"/cards/{encode('crd', held.id)}/earn", {"promotion": promotion}).code == (
        "no_such_trigger"
    )
    assert shop.caller.post(f"/cards/{encode('crd', held.id)}/earn", {"promotion": promotion}).status == 404


def test_a_blank_card_may_earn_and_not_spend_until_it_is_somebodys(shop: OrderShop) -> None:
    card_type = encode("ctp", shop.counter.card_type.id)
    assert shop.caller.post("/card-batches", {"card_type": card_type, "count": 1}).status in (201, 202)
    (blank,) = shop.caller.get("/cards").body["items"]
    body = {"balance_type": "bonus", "amount": "1"}
    assert shop.caller.post(f"/cards/{blank['id']}/earn", body).status == 201
    reply = shop.caller.post(f"/cards/{blank['id']}/redeem", body)
    assert (reply.status, reply.code) == (409, "card_not_assigned")
