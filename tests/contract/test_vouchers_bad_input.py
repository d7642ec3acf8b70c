"""What goes wrong around vouchers in a shop: order and till, removed customers, other places, odd typing (RWD-3, RWD-9, RWD-10)."""

from typing import Any

import pytest

from regulars.kernel.ids import decode, encode
from regulars.rewards.tests.reward_kit import RewardShop
from tests.order_kit import OrderShop, open_order_shop
from tests.tokens_kit import Tokens

pytestmark = pytest.mark.django_db

HAT = {"sku": "hat", "name": "Hat", "quantity": "1", "price": "50.00"}
LOOK_ALIKE = str.maketrans({"A": "А", "B": "В", "C": "С", "E": "Е", "H": "Н", "K": "К", "M": "М", "P": "Р", "T": "Т"})


@pytest.fixture
def shop() -> OrderShop:
    return open_order_shop()


@pytest.fixture
def tokens(shop: OrderShop) -> Tokens:
    return Tokens(shop.chain_id)


def undo(shop: OrderShop, voucher: str) -> tuple[int, str | None]:
    reply = shop.caller.post(f"/vouchers/{voucher}/undo-redeem", {})
    return reply.status, reply.code if reply.status != 200 else reply.body["state"]


@pytest.mark.parametrize("way", ["cancel", "refunds"])
def test_a_redemption_cannot_be_undone_once_the_order_gave_it_back(shop: OrderShop, tokens: Tokens, way: str) -> None:
    voucher = tokens.voucher({"amount": "5.00"})
    public = encode("vch", voucher.id)
    order = shop.record(shop.order(HAT, codes=[voucher.code])).body
    assert order["total"] == "45.00"
    assert undo(shop, public) == (409, "redeemed_in_order")
    body: dict[str, Any] | None = {"lines": [{"index": 0, "quantity": "1"}]} if way == "refunds" else None
    done = shop.caller.post(f"/orders/{order['id']}/{way}", body)
    assert done.status in (200, 201), done.body
    assert [one["kind"] for one in done.body["given_back"]] == ["voucher"]
    assert undo(shop, public) == (409, "not_redeemed")
    assert shop.record(shop.order(HAT, codes=[voucher.code])).body["total"] == "45.00"
    # It belongs to the second order now: the first has nothing left to give back.
    assert undo(shop, public) == (409, "redeemed_in_order")
    assert shop.caller.post(f"/orders/{order['id']}/cancel").status == 409
    assert tokens.voucher_now(voucher).state == "redeemed"


def test_a_voucher_that_was_redeemed_by_hand_beside_an_order_stays_with_staff(shop: OrderShop, tokens: Tokens) -> None:
    public = encode("vch", tokens.voucher(None).id)
    order = shop.record(shop.order(HAT)).body
    redeemed = shop.caller.post(f"/vouchers/{public}/redeem", {"order": order["id"]})
    assert (redeemed.status, redeemed.body["redeemed"]["order"]) == (200, order["id"])
    cancelled = shop.caller.post(f"/orders/{order['id']}/cancel").body
    assert cancelled["given_back"] == []
    assert shop.caller.get(f"/vouchers/{public}").body["state"] == "redeemed"
    assert undo(shop, public) == (200, "active")
    assert undo(shop, public) == (409, "not_redeemed")


def test_the_voucher_of_a_removed_customer_is_anybodys_who_has_its_code(shop: OrderShop, tokens: Tokens) -> None:
    anna = shop.caller.post("/customers", {"name": "Anna", "phone": "+4915123456789"}).body["id"]
    voucher = tokens.voucher({"amount": "5.00"}, customer_id=decode("cus", anna))
    ben = shop.caller.post("/customers", {"name": "Ben", "phone": "+4915123456780"}).body["id"]
    body = shop.order(HAT, codes=[voucher.code], customer=ben)
    assert shop.quote(body).body["redemptions"][0]["reason"] == "code_unknown"
    assert shop.caller.delete(f"/customers/{anna}").status == 204
    order = shop.record(body).body
    assert (order["total"], order["redemptions"][0]["state"]) == ("45.00", "used")
    public = encode("vch", voucher.id)
    assert shop.caller.get(f"/vouchers/{public}").body["customer"] is None
    assert shop.caller.post(f"/orders/{order['id']}/cancel").status == 200
    assert shop.caller.get(f"/vouchers/{public}").body["state"] == "active"


def test_a_customer_who_is_removed_while_an_open_order_keeps_their_voucher(shop: OrderShop, tokens: Tokens) -> None:
    anna = shop.caller.post("/customers", {"name": "Anna", "phone": "+4915123456789"}).body["id"]
    voucher = tokens.voucher({"amount": "5.00"}, customer_id=decode("cus", anna))
    body = shop.order(HAT, codes=[voucher.code], customer=anna, state="open", reserve_seconds=600)
    order = shop.record(body).body
    assert order["redemptions"][0]["state"] == "locked"
    assert shop.caller.delete(f"/customers/{anna}").status == 204
    paid = shop.caller.post(f"/orders/{order['id']}/pay")
    assert (paid.status, paid.body["total"]) == (200, "45.00")
    assert tokens.voucher_now(voucher).state == "redeemed"


def test_an_order_in_another_place_goes_without_the_voucher(shop: OrderShop, tokens: Tokens) -> None:
    north = shop.caller.post("/locations", {"name": "North", "external_id": "north"}).body["id"]
    shop.caller.post("/locations", {"name": "South", "external_id": "south"})
    place = decode("loc", north)
    assert place is not None
    voucher = tokens.voucher({"amount": "5.00"}, location_ids=(place,))
    for named in ({"location": "ext:south"}, {}):
        order = shop.record(shop.order(HAT, codes=[voucher.code], **named)).body
        assert (order["total"], order["redemptions"][0]["reason"]) == ("50.00", "code_other_location")
    assert tokens.voucher_now(voucher).state == "active"
    there = shop.record(shop.order(HAT, codes=[voucher.code], location="ext:north")).body
    assert there["total"] == "45.00"


@pytest.mark.parametrize("typed", ["lower", "blanks", "look-alike", "cyrillic", "dashes"])
def test_a_code_is_the_same_however_a_till_types_it(shop: OrderShop, tokens: Tokens, typed: str) -> None:
    voucher = tokens.voucher({"amount": "5.00"})
    written = {
        "lower": voucher.code.lower(),
        "blanks": f"  {voucher.code.replace('-', ' ')} ",
        "look-alike": voucher.code.replace("0", "O").replace("1", "l"),
        "cyrillic": voucher.code.translate(LOOK_ALIKE),
        "dashes": voucher.code.replace("-", "—"),
    }[typed]
    assert shop.caller.post("/vouchers/lookup", {"code": written}).body["id"] == encode("vch", voucher.id)
    assert shop.quote(shop.order(HAT, codes=[written])).body["total"] == "45.00"
    assert shop.record(shop.order(HAT, codes=[voucher.code, written])).body["total"] == "45.00"
    again = shop.record(shop.order(HAT, codes=[written])).body
    assert (again["total"], again["redemptions"][0]["reason"]) == ("50.00", "code_used")


def test_money_returns_to_a_gift_card_that_is_used_up_and_pays_again(shop: OrderShop, tokens: Tokens) -> None:
    gift = tokens.gift_card(5_000)
    public = encode("gcd", gift.id)
    order = shop.record(shop.order(HAT, spend=[{"code": gift.code, "amount": "max"}])).body
    assert (order["to_pay"], shop.caller.get(f"/gift-cards/{public}").body["state"]) == ("0.00", "used_up")
    assert shop.record(shop.order(HAT, spend=[{"code": gift.code, "amount": "1.00"}])).code == "gift_card_used_up"
    back = shop.caller.post(f"/orders/{order['id']}/refunds", {"amount": "20.00"})
    assert back.status == 201, back.body
    now = shop.caller.get(f"/gift-cards/{public}").body
    assert (now["state"], now["balance"]) == ("active", "20.00")
    paid = shop.record(shop.order(HAT, spend=[{"code": gift.code, "amount": "max"}])).body
    assert paid["to_pay"] == "30.00"


def test_what_a_card_got_before_anybody_held_it_waits_for_somebody(shop: OrderShop) -> None:
    caller, card_type = shop.caller, encode("ctp", shop.counter.card_type.id)
    assert caller.post("/card-batches", {"card_type": card_type, "numbers": ["1234567890"]}).status < 300
    blank = caller.get("/cards?number=1234567890").body["items"][0]["id"]
    rewards = RewardShop(shop.counter)
    rewards.goals({1: rewards.award("A biscuit"), 2: rewards.voucher("A coffee")})
    stamped = caller.post(f"/cards/{blank}/stamps", {"count": 2})
    assert stamped.status == 201, stamped.body
    award, voucher = stamped.body["rewards"]
    hat_off = caller.post("/vouchers", {"title": "Five off", "card": blank, "benefit": {"amount": "5.00"}}).body
    doors: list[tuple[str, dict[str, Any]]] = [
        (f"/given-rewards/{award['id']}/hand-over", {}),
        (f"/vouchers/{voucher['voucher']}/redeem", {}),
        (f"/vouchers/{hat_off['id']}/redeem", {}),
    ]
    for path, body in doors:
        refused = caller.post(path, body)
        assert (refused.status, refused.code) == (409, "card_not_assigned"), path
    body = shop.order(HAT, card=blank, codes=[hat_off["code"]])
    order = shop.record(body).body
    assert (order["total"], [one["reason"] for one in order["redemptions"]]) == ("50.00", ["code_card_not_assigned"])
    assert "Nobody holds the card of" in order["redemptions"][0]["explanation"]
    assert caller.post(f"/cards/{blank}/assign", {"phone": "+4915112345678"}).status == 200
    assert [caller.post(path, body).status for path, body in doors[:2]] == [200, 200]
    assert shop.record(body).body["total"] == "45.00"
