"""Customers who invite others: a code, a discount for the invited, a bonus for the inviter, and what comes back (RWD-7)."""

from __future__ import annotations

from typing import Any

import pytest

from regulars.kernel.ids import encode
from tests.contract.chains import Reply
from tests.ledger_kit import dispatcher
from tests.order_kit import LATTE, OrderShop, open_order_shop

pytestmark = pytest.mark.django_db

ANNA, BORIS, CLARA = "+4915100000001", "+4915100000002", "+4915100000003"


@pytest.fixture
def shop(db: None) -> OrderShop:
    return open_order_shop()


def person(shop: OrderShop, phone: str, **fields: Any) -> dict[str, Any]:
    made = shop.caller.post("/customers", {"phone": phone, "name": phone[-1], **fields})
    assert made.status == 201, made.body
    return dict(made.body)


def code_of(shop: OrderShop, customer: dict[str, Any]) -> str:
    made = shop.caller.post(f"/customers/{customer['id']}/referral", {})
    assert made.status == 200, made.body
    return str(made.body["code"])


BONUS_FIRST = {"trigger": {"event": "invited_order", "balance_type": "ext:bonus", "amount": "5.00"}}
BONUS_EVERY = {"trigger": {"event": "invited_order", "balance_type": "ext:bonus", "amount": "1.00", "is_every": True}}
FOR_INVITED = {
    "conditions": [{"kind": "invited"}, {"kind": "nth_order", "number": 1}],
    "benefits": [{"kind": "percent_off_order", "percent": "10"}],
}


def buy(shop: OrderShop, phone: str, *, price: str = "10.00", **more: Any) -> Reply:
    return shop.record({"phone": phone, "lines": [{**LATTE, "price": price}], **more})


def bought(shop: OrderShop, phone: str, **more: Any) -> dict[str, Any]:
    reply = buy(shop, phone, **more)
    assert reply.status == 201, reply.body
    return dict(reply.body)


def referral(shop: OrderShop, customer: dict[str, Any]) -> dict[str, Any]:
    return dict(shop.caller.get(f"/customers/{customer['id']}/referral").body)


def test_who_was_invited_saves_and_the_inviter_gets_a_bonus_once(shop: OrderShop) -> None:
    shop.run(FOR_INVITED, BONUS_FIRST)
    card = shop.counter.issue(ANNA)
    anna = person(shop, ANNA)
    code = code_of(shop, anna)
    assert code_of(shop, anna) == code, "it is made once"
    boris = person(shop, BORIS, referred_by=f"{code[:4].lower()}-{code[4:]}")

    first, second = bought(shop, BORIS), bought(shop, BORIS)
    dispatcher().make_round()
    dispatcher().make_round()

    assert (first["total"], second["total"]) == ("9.00", "10.00")
    assert shop.balance(card) == 500
    told = referral(shop, anna)
    assert [one["customer"] for one in told["invited"]] == [boris["id"]]
    assert [(one["order"], one["amount"], one["explanation"]) for one in told["bonuses"]] == [(first["id"], "5.00", "")]
    assert referral(shop, boris)["invited_by"]["customer"] == anna["id"]


def test_who_was_not_invited_is_told_why(shop: OrderShop) -> None:
    shop.run(FOR_INVITED)
    person(shop, ANNA)

    (verdict,) = bought(shop, ANNA)["promotions"]

    assert (verdict["applied"], verdict["reason"], verdict["explanation"]) == (
        False, "not_invited", "Nobody invited the customer.",
    )  # fmt: skip


def test_an_unknown_phone_may_come_with_its_inviter(shop: OrderShop) -> None:
    shop.run(FOR_INVITED, BONUS_FIRST)
    card = shop.counter.issue(ANNA)
    anna = person(shop, ANNA)
    code = code_of(shop, anna)

    quote = shop.quote({"phone": BORIS, "lines": [LATTE], "referred_by": code})
    order = bought(shop, BORIS, referred_by=code)
    dispatcher().make_round()

    assert quote.status == 200, quote.body
    assert order["total"] == "9.00"
    assert shop.balance(card) == 500


def test_every_order_may_count(shop: OrderShop) -> None:
    shop.run(BONUS_EVERY | {"limits": {"per_customer": 2}})
    card = shop.counter.issue(ANNA)
    anna = person(shop, ANNA)
    person(shop, BORIS, referred_by=anna["id"])

    for _ in range(3):
        bought(shop, BORIS)
    dispatcher().make_round()

    assert shop.balance(card) == 200
    explained = [one["explanation"] for one in referral(shop, anna)["bonuses"] if one["explanation"]]
    assert explained == ["The customer has used it 2 times, which is all."]


@pytest.mark.parametrize("how", ["customer", "order", "later"])
def test_what_is_no_invitation_is_refused(shop: OrderShop, how: str) -> None:
    anna = person(shop, ANNA, email="anna@example.com")
    boris = person(shop, BORIS, referred_by=anna["id"])
    clara = person(shop, CLARA, referred_by=boris["id"])

    def claim(customer: dict[str, Any], named: str) -> tuple[int, str | None]:
        if how == "order":
            reply = shop.record({"customer": customer["id"], "lines": [LATTE], "referred_by": named})
        else:
            reply = shop.caller.post(f"/customers/{customer['id']}/referral", {"referred_by": named})
        return reply.status, reply.code

    assert claim(anna, anna["id"]) == (409, "own_invitation")
    assert claim(anna, boris["id"]) == (409, "invitation_in_circle")
    assert claim(anna, clara["id"]) == (409, "invitation_in_circle")
    assert claim(clara, anna["id"]) == (409, "invited_already")
    if how != "order":
        assert claim(anna, "NOBODY22") == (422, "unknown_inviter")
    twin = person(shop, "+4915100000009", email="Anna@Example.com")
    assert claim(twin, anna["id"]) == (409, "own_invitation")
    dora = person(shop, "+4915100000008")
    bought(shop, "+4915100000008")
    assert claim(dora, anna["id"]) == (409, "invited_too_late")


def test_a_customer_is_not_entered_with_an_inviter_who_cannot_be(shop: OrderShop) -> None:
    made = shop.caller.post("/customers", {"phone": ANNA, "referred_by": "NOBODY22"})

    assert (made.status, made.code) == (422, "unknown_inviter")
    assert shop.caller.get("/customers").body["items"] == []


@pytest.mark.parametrize(
    ("refunds", "left", "back"),
    [([{"amount": "4.00"}], 300, "2.00"), ([{"amount": "4.00"}, {"amount": "6.00"}], 0, "5.00"), ([None], 0, "5.00")],
)
def test_what_comes_back_takes_the_bonus_back(
    shop: OrderShop, refunds: list[dict[str, Any] | None], left: int, back: str
) -> None:
    shop.run(BONUS_FIRST)
    card = shop.counter.issue(ANNA)
    anna = person(shop, ANNA)
    person(shop, BORIS, referred_by=anna["id"])
    order = bought(shop, BORIS)
    dispatcher().make_round()

    for refund in refunds:
        path = f"/orders/{order['id']}/{'refunds' if refund else 'cancel'}"
        reply = shop.caller.post(path, refund)
        assert reply.status in (200, 201), reply.body
        dispatcher().make_round()

    assert shop.balance(card) == left
    (bonus,) = referral(shop, anna)["bonuses"]
    assert (bonus["amount"], bonus["taken_back"]) == ("5.00", back)


def test_a_bonus_that_is_spent_is_owed(shop: OrderShop) -> None:
    shop.run(BONUS_FIRST)
    card = shop.counter.issue(ANNA)
    anna = person(shop, ANNA)
    person(shop, BORIS, referred_by=anna["id"])
    order = bought(shop, BORIS)
    dispatcher().make_round()
    shop.caller.post(f"/cards/{encode('crd', card.id)}/redeem", {"balance_type": "bonus", "amount": "4.00"})

    shop.caller.post(f"/orders/{order['id']}/cancel")
    dispatcher().make_round()

    assert shop.balance(card) == -400


def test_a_bonus_that_may_not_be_owed_is_taken_as_far_as_it_is_there(shop: OrderShop) -> None:
    shop.run(BONUS_FIRST)
    program = encode("prg", shop.counter.card_type.program.id)
    changed = shop.caller.patch(f"/programs/{program}", {"refunds": {"not_recovered": "cap"}})
    assert changed.status == 200, changed.body
    card = shop.counter.issue(ANNA)
    anna = person(shop, ANNA)
    person(shop, BORIS, referred_by=anna["id"])
    order = bought(shop, BORIS)
    dispatcher().make_round()
    shop.caller.post(f"/cards/{encode('crd', card.id)}/redeem", {"balance_type": "bonus", "amount": "4.00"})

    shop.caller.post(f"/orders/{order['id']}/cancel")
    dispatcher().make_round()
    dispatcher().make_round()

    assert shop.balance(card) == 0
    (bonus,) = referral(shop, anna)["bonuses"]
    assert (bonus["taken_back"], bonus["not_recovered"]) == ("1.00", "4.00")


def test_an_order_that_came_back_at_once_brings_nothing(shop: OrderShop) -> None:
    shop.run(BONUS_FIRST)
    card = shop.counter.issue(ANNA)
    anna = person(shop, ANNA)
    person(shop, BORIS, referred_by=anna["id"])
    order = bought(shop, BORIS)
    shop.caller.post(f"/orders/{order['id']}/cancel")
    again = bought(shop, BORIS)

    dispatcher().make_round()

    assert shop.balance(card) == 500, "the first order that stands counts"
    assert [one["order"] for one in referral(shop, anna)["bonuses"]] == [again["id"]]


def test_an_inviter_without_a_card_gets_nothing_and_it_says_why(shop: OrderShop) -> None:
    shop.run(BONUS_FIRST)
    anna = person(shop, ANNA)
    person(shop, BORIS, referred_by=anna["id"])
    bought(shop, BORIS)

    dispatcher().make_round()

    (bonus,) = referral(shop, anna)["bonuses"]
    assert (bonus["amount"], bonus["explanation"]) == ("0.00", "There is no card for it.")


def test_a_preset_makes_both_promotions(shop: OrderShop) -> None:
    program = encode("prg", shop.counter.card_type.program.id)
    made = shop.caller.post(
        "/promotion-presets/referral", {"program": program, "answers": {"balance_type": "ext:bonus"}}
    )
    assert made.status in (200, 201), made.body


def test_the_web_card_shows_the_code_to_its_holder(shop: OrderShop) -> None:
    card = shop.counter.issue(ANNA)
    anna = person(shop, ANNA)
    link = shop.caller.get(f"/cards/{encode('crd', card.id)}").body["link"].split("/", 3)[3]
    before = shop.caller.client.get(f"/{link}").content.decode()
    code = code_of(shop, anna)

    after = shop.caller.client.get(f"/{link}").content.decode()

    assert code not in before
    assert code in after
