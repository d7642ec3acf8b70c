"""What open orders keep of codes, vouchers and gift cards, and let go (RWD-10)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from regulars.giftcards.queries.promises import GIFT_CARD_PROMISES
from regulars.kernel.ids import decode, encode
from regulars.orders.actions.lapsed import release_lapsed_orders
from regulars.orders.actions.proceed import change_order
from regulars.orders.queries.promises import ORDER_PROMISES
from regulars.orders.rules.command import SpendDraft
from regulars.platform.database import execute, rows, unit_of_work
from tests.contract.test_redemptions_api import HAT, TEN_PERCENT, only, record
from tests.order_kit import OrderShop, open_order_shop
from tests.tokens_kit import Tokens, pool_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> OrderShop:
    return open_order_shop()


@pytest.fixture
def tokens(shop: OrderShop) -> Tokens:
    return Tokens(shop.chain_id)


def test_an_open_order_keeps_what_it_presents_until_it_is_paid(shop: OrderShop, tokens: Tokens) -> None:
    pool = tokens.pool()
    code, voucher, gift = tokens.code(pool), tokens.voucher({"amount": "5.00"}), tokens.gift_card(2000)
    shop.run({**TEN_PERCENT, "code_pools": [pool_id(pool)]})
    order = record(
        shop,
        HAT,
        codes=[code.text, voucher.code],
        spend=[{"code": gift.code, "amount": "20.00"}],
        state="open",
        reserve_seconds=600,
    )
    assert order["total"] == "40.00"
    assert [one["state"] for one in order["redemptions"]] == ["locked"] * 3
    other = shop.quote(shop.order(HAT, codes=[code.text, voucher.code])).body
    assert [one["reason"] for one in other["redemptions"]] == ["code_used", "code_used"]
    assert shop.record(shop.order(HAT, spend=[{"code": gift.code, "amount": "1.00"}])).status == 409
    paid = shop.caller.post(f"/orders/{order['id']}/pay")
    assert (paid.status, paid.body["total"], paid.body["to_pay"]) == (200, "40.00", "20.00")
    assert [one["state"] for one in paid.body["redemptions"]] == ["used"] * 3
    assert (tokens.code_now(code).state, tokens.voucher_now(voucher).state) == ("used", "redeemed")
    assert tokens.gift_card_now(gift).balance == 0


@pytest.mark.parametrize("how", ["cancel", "time", "changed"])
def test_an_open_order_gives_back_what_it_kept(shop: OrderShop, tokens: Tokens, how: str) -> None:
    pool = tokens.pool()
    code, voucher, gift = tokens.code(pool), tokens.voucher({"amount": "5.00"}), tokens.gift_card(2000)
    shop.run({**TEN_PERCENT, "code_pools": [pool_id(pool)]})
    order = record(
        shop,
        HAT,
        codes=[code.text, voucher.code],
        spend=[{"code": gift.code, "amount": "20.00"}],
        state="open",
        reserve_seconds=600,
    )
    match how:
        case "cancel":
            body = shop.caller.post(f"/orders/{order['id']}/cancel").body
            assert {one["kind"] for one in body["given_back"]} == {"code", "voucher", "gift_card"}
        case "time":
            release_lapsed_orders(shop.chain_id, timezone.now() + timedelta(minutes=11))
            read = shop.caller.get(f"/orders/{order['id']}").body
            assert [one["state"] for one in read["redemptions"]] == ["released"] * 3
        case _:
            changed = shop.caller.patch(f"/orders/{order['id']}", {"codes": [], "spend": []})
            assert (changed.status, changed.body["total"]) == (200, "50.00")
    assert (tokens.code_now(code).state, tokens.voucher_now(voucher).state) == ("free", "active")
    assert tokens.gift_card_now(gift).balance == 2000


def test_after_its_time_an_open_order_is_decided_by_what_is_left(shop: OrderShop, tokens: Tokens) -> None:
    voucher, gift = tokens.voucher({"amount": "5.00"}), tokens.gift_card(2000)
    order = record(
        shop,
        HAT,
        codes=[voucher.code],
        spend=[{"code": gift.code, "amount": "20.00"}],
        state="open",
        reserve_seconds=600,
    )
    with unit_of_work(shop.chain_id):
        rows("UPDATE orders SET reserved_until = now() - interval '1 minute' RETURNING 1")
    # Another order takes the voucher: what is kept too long is free, for whoever asks and for whoever buys.
    assert shop.quote(shop.order(HAT, codes=[voucher.code])).body["total"] == "45.00"
    assert record(shop, HAT, codes=[voucher.code])["total"] == "45.00"
    paid = shop.caller.post(f"/orders/{order['id']}/pay")
    assert paid.status == 200, paid.body
    assert (paid.body["total"], paid.body["to_pay"]) == ("50.00", "30.00")
    assert {one["kind"]: one["state"] for one in paid.body["redemptions"]} == {
        "voucher": "refused",
        "gift_card": "used",
    }
    assert tokens.gift_card_now(gift).balance == 0


def test_an_open_order_that_reserves_nothing_keeps_nothing(shop: OrderShop, tokens: Tokens) -> None:
    voucher = tokens.voucher({"amount": "5.00"})
    order = record(shop, HAT, codes=[voucher.code], state="open", reserve_seconds=0)
    assert only(order)["state"] == "planned"
    assert tokens.voucher_now(voucher).state == "active"
    paid = shop.caller.post(f"/orders/{order['id']}/pay").body
    assert (paid["total"], only(paid)["state"]) == ("45.00", "used")
    assert tokens.voucher_now(voucher).state == "redeemed"


def test_staff_let_go_what_an_open_order_keeps(shop: OrderShop, tokens: Tokens) -> None:
    voucher = tokens.voucher({"amount": "5.00"})
    order = record(shop, HAT, codes=[voucher.code], state="open")
    released = shop.caller.post(f"/orders/{order['id']}/release")
    assert (released.status, released.body["reserved_until"], only(released)["state"]) == (200, None, "released")
    assert tokens.voucher_now(voucher).state == "active"
    again = shop.caller.post(f"/orders/{order['id']}/release")
    assert (again.status, again.body["code"]) == (409, "nothing_kept")
    paid = shop.caller.post(f"/orders/{order['id']}/pay").body
    assert (paid["total"], only(paid)["state"]) == ("45.00", "used")


@pytest.mark.parametrize("kind", ["gift card", "code"])
def test_the_limit_of_an_order_whose_time_is_over_comes_with_what_else_it_kept(
    shop: OrderShop, tokens: Tokens, kind: str
) -> None:
    pool = tokens.pool(kind="universal")
    code, gift = tokens.code(pool), tokens.gift_card(2000)
    shop.run({**TEN_PERCENT, "limits": {"total": 1}}, {**TEN_PERCENT, "code_pools": [pool_id(pool)]})
    known: dict[str, dict[str, Any]] = {
        "gift card": {"spend": [{"code": gift.code, "amount": "9.00"}]},
        "code": {"codes": [code.text]},
    }
    brings = known[kind]
    first = record(shop, HAT, **brings, state="open", reserve_seconds=600)
    with unit_of_work(shop.chain_id):
        rows("UPDATE orders SET reserved_until = now() - interval '1 minute' RETURNING 1")
    second = record(shop, HAT, **brings)
    assert (second["total"], only(second)["state"]) == (first["total"], "used")
    assert shop.caller.get(f"/orders/{first['id']}").body["redemptions"][0]["state"] == "released"
    assert tokens.gift_card_now(gift).balance == (1100 if kind == "gift card" else 2000)
    assert tokens.code_now(code).uses == (kind == "code")


@pytest.mark.parametrize("is_paid_out", [True, False])
@pytest.mark.parametrize("how", ["time", "release", "cancel"])
def test_what_a_cancelled_gift_card_had_in_an_open_order_goes_where_its_money_went(
    shop: OrderShop, tokens: Tokens, how: str, is_paid_out: bool
) -> None:
    gift = tokens.gift_card(5000)
    order = record(shop, HAT, spend=[{"code": gift.code, "amount": "20.00"}], state="open", reserve_seconds=600)
    url = f"/gift-cards/{encode('gcd', gift.id)}"
    done = shop.caller.post(f"{url}/cancel", {"pay_out": is_paid_out, "note": "lost"})
    assert (done.status, done.body["amount"]) == (201, "-30.00"), done.body
    match how:
        case "time":
            release_lapsed_orders(shop.chain_id, timezone.now() + timedelta(minutes=11))
        case "release":
            assert shop.caller.post(f"/orders/{order['id']}/release").status == 200
        case _:
            told = shop.caller.post(f"/orders/{order['id']}/cancel").body
            assert (told["money_back"], told["given_back"]) == ("20.00" if is_paid_out else "0.00", [])
    now = tokens.gift_card_now(gift)
    assert (now.state, now.balance) == ("cancelled", 0)
    verb = "pay_out" if is_paid_out else "cancel"
    with unit_of_work(shop.chain_id):
        found = rows("SELECT kind, amount FROM gift_card_entries WHERE gift_card_id = %s ORDER BY number", [gift.id])
        told_to = rows("SELECT payload ->> 'paid_out' FROM events WHERE kind = 'gift_card.given_back'")
    assert found[2:] == [(verb, -3000), ("give_back", 2000), (verb, -2000)]
    assert told_to == [("2000" if is_paid_out else None,)]
    sound(shop)


@pytest.mark.parametrize("spends", ["20.00", "50.00"])
@pytest.mark.parametrize("how", ["time", "release", "cancel"])
def test_keeping_a_gift_card_for_an_open_order_makes_it_live_no_longer(
    shop: OrderShop, tokens: Tokens, how: str, spends: str
) -> None:
    gift = tokens.gift_card(5000, expires_at=timezone.now() + timedelta(minutes=1))
    order = record(shop, HAT, spend=[{"code": gift.code, "amount": spends}], state="open", reserve_seconds=600)
    with unit_of_work(shop.chain_id):
        ended = timezone.now() - timedelta(minutes=1)
        rows("UPDATE gift_cards SET expires_at = %s WHERE id = %s RETURNING 1", [ended, gift.id])
    match how:
        case "time":
            release_lapsed_orders(shop.chain_id, timezone.now() + timedelta(minutes=11))
        case verb:
            assert shop.caller.post(f"/orders/{order['id']}/{verb}").status == 200
    now = tokens.gift_card_now(gift)
    assert (now.state, now.balance, now.expires_at) == ("expired", 0, ended)
    sound(shop)


def sound(shop: OrderShop) -> None:
    with unit_of_work(shop.chain_id):
        for promise in (*ORDER_PROMISES, *GIFT_CARD_PROMISES):
            assert rows(promise.statement) == [], promise.name


def test_what_others_may_hold_in_the_hand_is_kept_for_a_short_time(shop: OrderShop, tokens: Tokens) -> None:
    voucher = tokens.voucher({"amount": "5.00"})
    began = timezone.now()
    order = record(shop, HAT, codes=[voucher.code], state="open", reserve_seconds=86_400)
    until = datetime.fromisoformat(order["reserved_until"])
    assert timedelta(minutes=29) < until - began < timedelta(minutes=31)
    # Changed again and again, it keeps it no longer than two hours in all.
    with unit_of_work(shop.chain_id):
        execute("UPDATE orders SET recorded_at = recorded_at - interval '110 minutes'")
    changed = shop.caller.patch(f"/orders/{order['id']}", {"reserve_seconds": 86_400}).body
    until = datetime.fromisoformat(changed["reserved_until"])
    assert timedelta(minutes=9) < until - began < timedelta(minutes=11)
    with unit_of_work(shop.chain_id):
        execute("UPDATE orders SET recorded_at = recorded_at - interval '20 minutes'")
    changed = shop.caller.patch(f"/orders/{order['id']}", {"reserve_seconds": 86_400}).body
    assert (changed["reserved_until"], only(changed)["state"]) == (None, "planned")
    assert tokens.voucher_now(voucher).state == "active"
    # What nobody else can have, an order reserves as long as it asks.
    shop.run({**TEN_PERCENT, "codes": ["AUTUMN"]})
    plain = record(shop, HAT, codes=["autumn"], state="open", reserve_seconds=86_400)
    assert datetime.fromisoformat(plain["reserved_until"]) - began > timedelta(hours=23)


def test_a_gift_card_that_is_kept_and_named_again_pays_once(shop: OrderShop, tokens: Tokens) -> None:
    gift = tokens.gift_card(2000)
    spend = [{"code": gift.code, "amount": "5.00"}]
    order = record(shop, HAT, spend=spend, state="open")
    owner = decode("gcd", only(order)["id"])
    kept = SpendDraft("", "5.00", owner_id=owner, shown="…")
    changes = {"spend": (kept, SpendDraft("", "12.00", code=gift.code))}
    changed = change_order(shop.counter.actor, order["id"], changes, now=timezone.now())
    assert [(one.kind, one.money) for one in changed.redemptions] == [("gift_card", 1700)]
    assert tokens.gift_card_now(gift).balance == 300
    changes = {"spend": (kept, SpendDraft("", "max", code=gift.code))}
    changed = change_order(shop.counter.actor, order["id"], changes, now=timezone.now())
    assert [(one.kind, one.money) for one in changed.redemptions] == [("gift_card", 2000)]
    paid = shop.caller.post(f"/orders/{order['id']}/pay")
    assert (paid.status, paid.body["to_pay"]) == (200, "30.00")
