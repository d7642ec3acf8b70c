"""Cards that come with an order or after it, over HTTP (ORD-3, TYP-2): issued by themselves, taking over what was bought."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from regulars.cards.events import CARD_ASSIGNED, CARD_CLAIMED, CARD_ISSUED
from regulars.kernel.ids import decode, encode, new_id
from regulars.ledger.events import BALANCE_CHANGED
from regulars.orders.actions.take_over import cards_taking_over, take_over_orders
from regulars.orders.events import ORDER_PAID, ORDER_RECORDED
from regulars.orders.jobs import take_over
from regulars.platform.database import unit_of_work
from regulars.platform.dispatch.delivery import NumberedEvent
from tests.contract.chains import Reply
from tests.ledger_kit import dispatcher
from tests.order_kit import CAKE, LATTE, TEN_OFF, OrderShop, back, open_order_shop
from tests.tokens_kit import Tokens

pytestmark = pytest.mark.django_db
PHONE = "+49 151 11111111"


@pytest.fixture
def shop(db: None) -> OrderShop:
    return open_order_shop()


def card_type(shop: OrderShop) -> str:
    return encode("ctp", shop.counter.card_type.id)


def set_type(shop: OrderShop, **changes: Any) -> None:
    reply = shop.caller.patch(f"/card-types/{card_type(shop)}", changes)
    assert reply.status == 200, reply.body


def enter(shop: OrderShop, **more: Any) -> str:
    reply = shop.caller.post("/customers", {"name": "Anna", "phone": PHONE, **more})
    assert reply.status == 201, reply.body
    return str(reply.body["id"])


def issue(shop: OrderShop, **more: Any) -> str:
    reply = shop.caller.post("/cards", {"card_type": card_type(shop), **(more or {"phone": PHONE})})
    assert reply.status == 201, reply.body
    return str(reply.body["id"])


def settle() -> None:
    """What the dispatcher and the worker do."""
    from procrastinate.contrib.django.models import ProcrastinateJob

    while dispatcher().make_round():
        pass
    for job in ProcrastinateJob.objects.filter(task_name="orders.take_over").order_by("id"):
        take_over(**job.args)


def cards_of(shop: OrderShop, customer: str) -> list[dict[str, Any]]:
    return list(shop.caller.get(f"/cards?customer={customer}").body["items"])


def earned(shop: OrderShop, reply: Reply) -> list[tuple[str, str]]:
    found = shop.caller.get(f"/orders/{reply.body['id']}").body
    return [(one["card"], one["amount"]) for one in found["earn"]]


def bonus(shop: OrderShop, card: str) -> str:
    found = shop.caller.get(f"/cards/{card}").body
    return next(str(one["total"]) for one in found["balances"] if one["balance_type"] == "bonus")


# Cards that come with an order


def test_a_known_customer_without_a_card_gets_one_with_an_order_and_earns_on_it(shop: OrderShop) -> None:
    customer = enter(shop)
    shop.run(back())
    set_type(shop, automatic_issue="everywhere")
    reply = shop.record(shop.order(customer=customer))
    assert reply.status == 201, reply.body
    (card,) = cards_of(shop, customer)
    assert [(one["card"], one["amount"]) for one in reply.body["earn"]] == [(card["id"], "0.60")]
    shop.record(shop.order(phone=PHONE))
    assert len(cards_of(shop, customer)) == 1
    assert bonus(shop, card["id"]) == "1.20"


def test_at_chosen_locations_only(shop: OrderShop) -> None:
    customer = enter(shop)
    first = encode("loc", shop.counter.shop.location_id)
    other = shop.caller.post("/locations", {"name": "Nord"}).body["id"]
    set_type(shop, automatic_issue="locations", issue_locations=[other])
    for place in ({}, {"location": first}):
        assert shop.record(shop.order(customer=customer, **place)).status == 201
        assert cards_of(shop, customer) == []
    assert shop.record(shop.order(customer=customer, location=other)).status == 201
    assert len(cards_of(shop, customer)) == 1


@pytest.mark.parametrize("how", ["never", "archived", "off", "deleted", "by_card", "by_email", "anonymous"])
def test_who_gets_none(shop: OrderShop, how: str) -> None:
    customer = enter(shop, email="anna@example.com")
    body = shop.order(customer=customer)
    if how == "deleted":
        assert shop.caller.delete(f"/cards/{issue(shop)}").status in (200, 204)
    if how == "by_email":
        twin = shop.caller.post("/customers", {"name": "Anna", "phone": "0151 22222222", "email": "ANNA@example.com"})
        issue(shop, customer=twin.body["id"])
    if how == "by_card":
        body = shop.order(card=issue(shop, phone="0151 33333333"))
    if how == "anonymous":
        body = shop.order()
    set_type(shop, automatic_issue="never" if how == "never" else "everywhere")
    if how == "archived":
        set_type(shop, state="archived")
    if how == "off":
        assert shop.caller.patch(f"/customers/{customer}", {"loyalty_off": True}).status == 200
    for _ in range(2):
        reply = shop.record(body)
        assert reply.status == 201, reply.body
        assert reply.body["earn"] == []
    assert [one for one in cards_of(shop, customer) if one["status"] != "deleted"] == []


def test_a_card_of_another_type_of_the_program_is_enough(shop: OrderShop) -> None:
    customer = enter(shop)
    program = encode("prg", shop.counter.card_type.program.id)
    made = shop.caller.post("/card-types", {"name": "Basic", "program": program, "automatic_issue": "everywhere"})
    assert made.status == 201, made.body
    issue(shop, customer=customer)
    shop.record(shop.order(customer=customer))
    assert len(cards_of(shop, customer)) == 1


def test_a_batch_issues_them_too(shop: OrderShop) -> None:
    customer = enter(shop)
    shop.run(back())
    set_type(shop, automatic_issue="everywhere")
    orders = [shop.order(customer=customer, external_id=f"b-{at}") for at in range(3)]
    reply = shop.caller.send("POST", "/orders/batch", raw=json.dumps(orders).encode())
    assert reply.status == 200, reply.body
    (card,) = cards_of(shop, customer)
    assert bonus(shop, card["id"]) == "1.80"


def test_the_same_order_again_issues_no_second_card_and_answers_the_same(shop: OrderShop) -> None:
    customer = enter(shop)
    shop.run(back())
    set_type(shop, automatic_issue="everywhere")
    body = shop.order(customer=customer, external_id="till-7")
    first = shop.record(body, key="same")
    assert shop.record(body, key="same").body == first.body
    assert shop.record(body).body["id"] == first.body["id"]
    assert len(cards_of(shop, customer)) == 1


# Cards that come after an order


@pytest.mark.parametrize("days", [0, 366, -1, "many"])
def test_how_many_days_are_taken_over(shop: OrderShop, days: Any) -> None:
    reply = shop.caller.patch(f"/card-types/{card_type(shop)}", {"take_over_days": days})
    assert reply.status == (200 if days == 0 else 422)
    if days != 0:
        assert "/take_over_days" in reply.codes_at()


def test_a_new_card_takes_over_what_was_bought_without_it(shop: OrderShop) -> None:
    customer = enter(shop)
    _ten, five = shop.run(TEN_OFF, back())
    set_type(shop, take_over_days=30)
    reply = shop.record(shop.order(customer=customer, external_id="till-1"))
    assert reply.body["earn"] == []
    # A version that comes later changes nothing about it.
    assert shop.caller.patch(f"/promotions/{five}", back("50")).status == 200
    assert shop.caller.post(f"/promotions/{five}/publish").status == 200
    card = issue(shop)
    settle()
    # 12.00 less 10 % is 10.80, of which 5 % is 0.54.
    assert earned(shop, reply) == [(card, "0.54")]
    assert bonus(shop, card) == "0.54"
    found = shop.caller.get(f"/orders/{reply.body['id']}").body
    told = next(one for one in found["promotions"] if one["id"] == five)
    number = shop.caller.get(f"/cards/{card}").body["number"]
    assert told["applied"]
    assert told["explanation"].startswith(f"Card {number} came later and takes this over.")
    assert found["total"] == reply.body["total"]
    settle()
    assert bonus(shop, card) == "0.54"


@pytest.mark.parametrize("way", ["claimed", "by_phone"])
def test_whatever_way_the_card_comes(shop: OrderShop, way: str) -> None:
    shop.run(back())
    set_type(shop, take_over_days=1)
    customer = enter(shop)
    reply = shop.record(shop.order(customer=customer))
    settle()
    if way == "claimed":
        card = issue(shop, phone="+49 151 99999999")
        phones = {"phones": [PHONE, "+49 151 99999999"]}
        assert shop.caller.patch(f"/customers/{customer}", phones).status == 200
    else:
        card = issue(shop)
    settle()
    assert earned(shop, reply) == [(card, "0.60")]


def test_what_is_not_taken_over(shop: OrderShop) -> None:
    customer = enter(shop)
    other = encode("crd", shop.counter.issue("+49 151 44444444").id)
    (promotion,) = shop.run(back())
    old = (timezone.now() - timedelta(days=8)).isoformat()
    kept = [
        shop.record(shop.order(customer=customer, at=old)),
        shop.record(shop.order(customer=customer, state="open")),
        shop.record(shop.order()),
        shop.record(shop.order(card=other)),
        shop.record(shop.order(customer=customer)),
    ]
    assert shop.caller.post(f"/orders/{kept[-1].body['id']}/cancel").status == 200
    set_type(shop, take_over_days=7)
    card = issue(shop)
    settle()
    assert bonus(shop, card) == "0.00"
    assert earned(shop, kept[3]) == [(other, "0.60")]
    # What waited and is paid after the card came earns by the rules of the moment or is taken over, once.
    paid = shop.caller.post(f"/orders/{kept[1].body['id']}/pay", {})
    assert paid.status == 200, paid.body
    settle()
    assert bonus(shop, card) == "0.60"
    assert promotion


def test_never_where_the_type_says_nothing(shop: OrderShop) -> None:
    customer = enter(shop)
    shop.run(back())
    reply = shop.record(shop.order(customer=customer))
    card = issue(shop)
    settle()
    assert (earned(shop, reply), bonus(shop, card)) == ([], "0.00")


def test_limits_hold(shop: OrderShop) -> None:
    customer = enter(shop)
    limits = {"limits": {"per_customer": 2}}
    shop.run({**back(), **limits})
    set_type(shop, take_over_days=7)
    replies = [shop.record(shop.order(customer=customer)) for _ in range(3)]
    card = issue(shop)
    settle()
    assert [earned(shop, one) for one in replies] == [[(card, "0.60")], [(card, "0.60")], []]
    found = shop.caller.get(f"/orders/{replies[2].body['id']}").body
    assert found["promotions"][0]["reason"] == "limit_per_customer"
    # The next order counts with them.
    assert shop.record(shop.order(card=card)).body["earn"] == []


def test_a_rest_is_carried_from_one_to_the_next(shop: OrderShop) -> None:
    customer = enter(shop)
    shop.run(
        {
            "earnings": [
                {"kind": "per_money", "balance_type": "ext:stamps", "units": "1", "per": "5.00", "carries": True}
            ]
        }
    )
    set_type(shop, take_over_days=7)
    replies = [shop.record(shop.order(LATTE, customer=customer)) for _ in range(3)]
    card = issue(shop)
    settle()
    # 3.90; 7.80: one, 2.80 rests; 6.70: one, 1.70 rests.
    assert [[one[1] for one in earned(shop, reply)] for reply in replies] == [[], ["1"], ["1"]]
    assert shop.record(shop.order(CAKE, card=card)).body["earn"][0]["amount"] == "1"


def test_a_refund_undoes_it_as_usual(shop: OrderShop) -> None:
    customer = enter(shop)
    shop.run(back())
    set_type(shop, take_over_days=7)
    reply = shop.record(shop.order(customer=customer))
    card = issue(shop)
    settle()
    part = shop.caller.post(f"/orders/{reply.body['id']}/refunds", {"lines": [{"index": 0}]})
    assert part.status == 201, part.body
    # 8.10 is left: 5 % of it, rounded down, stays.
    assert bonus(shop, card) == "0.40"
    rest = shop.caller.post(f"/orders/{reply.body['id']}/refunds", {"amount": "8.10"})
    assert rest.status == 201, rest.body
    assert bonus(shop, card) == "0.00"


def test_what_waits_for_completion_waits_with_the_card_too(shop: OrderShop) -> None:
    customer = enter(shop)
    program = encode("prg", shop.counter.card_type.program.id)
    assert shop.caller.patch(f"/programs/{program}", {"earn_when": "completed"}).status == 200
    shop.run(back())
    set_type(shop, take_over_days=7)
    reply = shop.record(shop.order(customer=customer))
    card = issue(shop)
    settle()

    def available() -> str:
        found = shop.caller.get(f"/cards/{card}").body["balances"]
        return next(str(one["available"]) for one in found if one["balance_type"] == "bonus")

    assert (bonus(shop, card), available()) == ("0.60", "0.00")
    assert shop.caller.post(f"/orders/{reply.body['id']}/complete").status == 200
    assert available() == "0.60"


def test_who_holds_a_card_condition_is_met_by_the_new_card_and_loyalty_off_by_none(shop: OrderShop) -> None:
    customer = enter(shop)
    holders = {"conditions": [{"kind": "holds_card", "card_types": [card_type(shop)]}]}
    shop.run({**back(), **holders})
    set_type(shop, take_over_days=7)
    reply = shop.record(shop.order(customer=customer))
    shop.caller.patch(f"/customers/{customer}", {"loyalty_off": True})
    card = issue(shop)
    settle()
    assert earned(shop, reply) == []
    shop.caller.patch(f"/customers/{customer}", {"loyalty_off": False})
    decoded = decode("crd", card)
    assert isinstance(decoded, UUID)
    now = timezone.now()
    assert take_over_orders(shop.chain_id, decoded, at=now, now=now) == 1
    assert take_over_orders(shop.chain_id, decoded, at=now, now=now) == 0
    assert earned(shop, reply) == [(card, "0.60")]


def test_both_journals_tell(shop: OrderShop) -> None:
    customer = enter(shop)
    shop.run(back())
    set_type(shop, take_over_days=7)
    reply = shop.record(shop.order(customer=customer, external_id="till-9"))
    card = issue(shop)
    settle()
    told = shop.counter.read(
        "SELECT e.object_kind, e.verb, d.after ->> 'order' FROM audit_entries e JOIN audit_details d ON d.entry_id = e.id"
        " WHERE e.chain_id = %s AND e.verb IN ('order.taken_over', 'card.took_over') ORDER BY 1",
        [shop.chain_id],
    )
    assert told == [("card", "card.took_over", reply.body["id"]), ("order", "order.taken_over", reply.body["id"])]
    assert card


def test_which_events_bring_cards_that_take_over(shop: OrderShop) -> None:
    customer = enter(shop)
    shop.run(back())
    order = decode("ord", shop.record(shop.order(customer=customer)).body["id"])
    card = decode("crd", issue(shop))
    assert order is not None
    assert card is not None

    def found(event_kind: str, *cards: UUID, **payload: Any) -> list[UUID]:
        event = NumberedEvent(1, new_id(), timezone.now(), event_kind, cards, (), payload)
        with unit_of_work(shop.chain_id):
            return cards_taking_over(shop.chain_id, [event])

    assert found(CARD_ISSUED, card) == []
    set_type(shop, take_over_days=7)
    for kind in (CARD_ISSUED, CARD_CLAIMED, CARD_ASSIGNED):
        assert found(kind, card) == [card]
    assert found(BALANCE_CHANGED, card, kind="import") == [card]
    assert found(BALANCE_CHANGED, card, kind="adjust") == []
    # An order that was recorded while the card was issued saw none, and its event comes after both are there.
    for kind in (ORDER_RECORDED, ORDER_PAID):
        assert found(kind, order_id=str(order)) == [card]
    settle()
    for kind in (CARD_ISSUED, ORDER_RECORDED):
        assert found(kind, card, order_id=str(order)) == []


def test_what_a_voucher_took_off_earns_nothing_on_a_late_card(shop: OrderShop) -> None:
    set_type(shop, take_over_days=7)
    shop.run(back())
    enter(shop)
    voucher = Tokens(shop.chain_id).voucher({"percent": "50"})
    reply = shop.record(shop.order({**LATTE, "price": "50.00"}, phone=PHONE, codes=[voucher.code]))
    assert (reply.status, reply.body["total"], reply.body["earn"]) == (201, "25.00", [])
    card = issue(shop)
    settle()
    assert earned(shop, reply) == [(card, "1.25")]
    assert bonus(shop, card) == "1.25"
