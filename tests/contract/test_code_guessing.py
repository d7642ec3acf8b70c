"""No door of orders tells whether codes exist: each wrong one is counted, and whoever guesses is not heard (RWD-9)."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from regulars.platform.database import rows, unit_of_work
from tests.contract.chains import Reply, add_caller
from tests.contract.test_redemptions_api import HAT, TEN_PERCENT, only, record
from tests.order_kit import OrderShop, open_order_shop
from tests.tokens_kit import Tokens, pool_id

pytestmark = pytest.mark.django_db
WRONG = [f"7K3M9PQX2WRTAB{at:02}" for at in range(40)]


@pytest.fixture
def shop() -> OrderShop:
    return open_order_shop()


@pytest.fixture
def tokens(shop: OrderShop) -> Tokens:
    return Tokens(shop.chain_id)


def counted(shop: OrderShop, kind: str = "codes_source") -> int:
    with unit_of_work(shop.chain_id):
        return sum(row[0] for row in rows("SELECT failures FROM attempt_counters WHERE kind = %s", [kind]))


def test_whoever_gives_many_wrong_codes_is_heard_in_slogans_only(shop: OrderShop, tokens: Tokens) -> None:
    voucher, gift = tokens.voucher({"amount": "5.00"}), tokens.gift_card(2000)
    for at in range(10):
        assert shop.quote(shop.order(HAT, codes=WRONG[at * 2 : at * 2 + 2])).status == 200
    shop.run({**TEN_PERCENT, "codes": ["AUTUMN"]})
    body = shop.order(HAT, codes=["autumn", voucher.code])
    for reply in (shop.quote(body), shop.record(body), shop.record({**body, "state": "open"})):
        told = only(reply)
        assert (reply.body["total"], told["kind"], told["reason"]) == ("45.00", "unknown", "too_many_attempts")
        assert "Try again later" in told["explanation"]
        assert voucher.code not in str(reply.body)
    assert record(shop, HAT, codes=["autumn"])["redemptions"] == []
    paying = shop.order(HAT, spend=[{"code": gift.code, "amount": "max"}])
    for reply in (shop.quote(paying), shop.record(paying)):
        assert (reply.status, reply.body["code"]) == (429, "too_many_attempts")
    assert (tokens.voucher_now(voucher).state, tokens.gift_card_now(gift).balance) == ("active", 2000)


Door = Callable[[OrderShop, dict[str, Any]], Reply]


def _open_order(shop: OrderShop) -> str:
    return str(record(shop, HAT, state="open")["id"])


def _quote(shop: OrderShop, body: dict[str, Any]) -> Reply:
    return shop.quote(shop.order(HAT, **body))


def _quote_with_another_total(shop: OrderShop, body: dict[str, Any]) -> Reply:
    return shop.quote(shop.order(HAT, expected_total="0.01", **body))


def _record_with_another_total(shop: OrderShop, body: dict[str, Any]) -> Reply:
    return shop.record(shop.order(HAT, expected_total="0.01", **body))


def _change(shop: OrderShop, body: dict[str, Any]) -> Reply:
    return shop.caller.patch(f"/orders/{_open_order(shop)}", body)


def _pay(shop: OrderShop, body: dict[str, Any]) -> Reply:
    return shop.caller.post(f"/orders/{_open_order(shop)}/pay", body)


def _batch(shop: OrderShop, body: dict[str, Any]) -> Reply:
    items = [shop.order(HAT, external_id=f"till-{uuid4()}", **body)]
    (item,) = shop.caller.send("POST", "/orders/batch", raw=json.dumps(items).encode()).body["items"]
    return shop.caller.get(f"/orders/{item['id']}") if item["status"] == 201 else Reply(item["status"], item, {})


def _try_promotion(shop: OrderShop, body: dict[str, Any]) -> Reply:
    (promotion,) = shop.run(TEN_PERCENT)
    return shop.caller.send("POST", f"/promotions/{promotion}/test", shop.order(HAT, **body))


CODES: dict[str, Any] = {"codes": WRONG[:25]}
GIFT_CARDS: dict[str, Any] = {"spend": [{"code": code, "amount": "max"} for code in WRONG[:20]]}


@pytest.mark.parametrize(
    ("door", "body"),
    [
        (_quote, CODES),
        (_quote, GIFT_CARDS),
        (_quote_with_another_total, CODES),
        (_record_with_another_total, CODES),
        (_change, CODES),
        (_change, GIFT_CARDS),
        (_pay, GIFT_CARDS),
        (_batch, CODES),
        (_batch, GIFT_CARDS),
        (_try_promotion, CODES),
    ],
)
def test_every_door_counts_each_wrong_code_and_hears_no_guesser(
    shop: OrderShop, tokens: Tokens, door: Door, body: dict[str, Any]
) -> None:
    voucher, gift = tokens.voucher({"amount": "5.00"}), tokens.gift_card(2000)
    door(shop, body)
    assert counted(shop) == 20
    assert counted(shop, "codes_total") == len(body.get("codes") or body["spend"])
    with unit_of_work(shop.chain_id):
        assert rows("SELECT count(*) FROM audit_entries WHERE verb = 'codes.guessed'") == [(1,)]
    paying: dict[str, Any] = {"spend": [{"code": gift.code, "amount": "1.00"}]}
    heard = door(shop, {"codes": [voucher.code]} if "codes" in body else paying)
    text = str(heard.body)
    assert "too_many_attempts" in text or heard.body.get("code") == "total_changed", text
    assert (tokens.voucher_now(voucher).state, tokens.gift_card_now(gift).balance) == ("active", 2000)


def test_slogans_with_a_slip_hold_up_nobody(shop: OrderShop, tokens: Tokens) -> None:
    voucher = tokens.voucher({"amount": "5.00"})
    for at in range(25):
        assert only(shop.quote(shop.order(HAT, codes=[f"AUTUM{at}"])))["reason"] == "code_unknown"
    assert (counted(shop), counted(shop, "codes_total")) == (0, 25)
    assert shop.quote(shop.order(HAT, codes=[voucher.code])).body["total"] == "45.00"


def test_an_order_that_is_sent_again_counts_its_wrong_codes_once(shop: OrderShop) -> None:
    body = shop.order(HAT, codes=WRONG[:3], external_id="till-1")
    first, second = shop.record(body), shop.record(body)
    assert (first.status, second.status, counted(shop)) == (201, 201, 3)


def test_whoever_may_not_see_rewards_looks_no_code_up(shop: OrderShop, tokens: Tokens) -> None:
    voucher, gift = tokens.voucher({"amount": "5.00"}), tokens.gift_card(2000)
    shop.run({**TEN_PERCENT, "codes": ["AUTUMN"]})
    reader = add_caller(shop.chain_id, scopes=frozenset({"orders:read"}))
    quoted = reader.send("POST", "/orders/quote", shop.order(HAT, codes=["autumn", voucher.code]))
    assert (quoted.body["total"], only(quoted)["reason"]) == ("45.00", "code_not_looked_at")
    assert (only(quoted)["kind"], only(quoted)["id"]) == ("unknown", None)
    refused = reader.send("POST", "/orders/quote", shop.order(HAT, spend=[{"code": gift.code, "amount": "1.00"}]))
    assert (refused.status, refused.body["code"]) == (403, "forbidden")
    for right in ("rewards:read", "orders:write"):
        looking = add_caller(shop.chain_id, scopes=frozenset({"orders:read", right}))
        assert looking.send("POST", "/orders/quote", shop.order(HAT, codes=[voucher.code])).body["total"] == "45.00"


def test_a_short_personal_code_is_told_by_a_third_of_it(shop: OrderShop, tokens: Tokens) -> None:
    pool = tokens.pool()
    code = tokens.code(pool, text="QX7KM2")
    shop.run({**TEN_PERCENT, "code_pools": [pool_id(pool)]})
    told = only(record(shop, HAT, codes=[code.text]))
    assert (told["state"], told["code"]) == ("used", "…M2")
