"""Every benefit has its undo: docs/reference/undo.md names them all, and each row names the test that proves it (ORD-13)."""

from __future__ import annotations

import ast
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from regulars.cards.queries.cards import CardView
from regulars.promotions.rules.definition.registry import kinds_of
from tests.contract.test_refunds_api import order, promote, refund
from tests.order_kit import OrderShop, open_order_shop

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/reference/undo.md").read_text()
ROWS = [line.strip().strip("|").split("|") for line in PAGE.splitlines() if "`test_" in line]
TESTS = {
    node.name
    for folder in ("tests", "src")
    for file in (ROOT / folder).rglob("test_*.py")
    for node in ast.walk(ast.parse(file.read_text()))
    if isinstance(node, ast.FunctionDef)
}

LINES = [
    {"sku": "a", "price": "12.35", "quantity": "3"},
    {"sku": "b", "price": "7.77", "quantity": "2"},
    {"sku": "c", "price": "20.00", "quantity": "1"},
]
BENEFITS: dict[str, dict[str, Any]] = {
    "percent_off_lines": {"percent": "10"},
    "percent_off_order": {"percent": "12.5"},
    "amount_off_order": {"amount": "10.00"},
    "amount_off_line": {"amount": "1.11"},
    "amount_off_unit": {"amount": "0.55"},
    "fixed_price": {"price": "5.00"},
    "steps": {"steps": [{"from": "20.00", "off": "2.00"}, {"from": "50.00", "off": "7.00"}], "base": "1.00"},
    "cheapest_off": {"units": 1, "percent": "100"},
    "buy_get": {"buy": 2, "get": 1, "percent": "100"},
    "unit_groups": {"group": 2, "amount": "1.00"},
    "bundle_price": {"parts": [{"units": 3}], "price": "25.00"},
    "shipping_off": {"percent": "100"},
}
EARNINGS: dict[str, dict[str, Any]] = {
    "percent_back": {"balance_type": "ext:bonus", "percent": "7.5"},
    "accumulative_back": {
        "balance_type": "ext:bonus",
        "over": "paid",
        "steps": [{"reached": "0", "percent": "5"}, {"reached": "50.00", "percent": "10"}],
    },
    "per_money": {"balance_type": "ext:stamps", "units": 1, "per": "9.00"},
    "per_order": {"balance_type": "ext:stamps", "units": 2},
    "per_unit": {"balance_type": "ext:stamps", "units": 1},
}


def test_the_page_names_every_benefit_and_earning() -> None:
    named = set(re.findall(r"`([a-z_]+)`", " ".join(cells[0] for cells in ROWS)))
    assert named >= kinds_of("benefit").keys() | kinds_of("earning").keys()


@pytest.mark.parametrize("cells", ROWS, ids=lambda cells: cells[0].strip()[:40])
def test_every_row_names_tests_that_exist(cells: list[str]) -> None:
    names = re.findall(r"`(test_\w+)`", cells[-1])
    assert names
    assert set(names) <= TESTS


def test_every_kind_has_its_sample() -> None:
    assert BENEFITS.keys() == kinds_of("benefit").keys()
    assert EARNINGS.keys() == kinds_of("earning").keys()


@pytest.fixture
def shop(db: None) -> OrderShop:
    return open_order_shop()


@pytest.fixture
def card(shop: OrderShop) -> CardView:
    return shop.counter.issue("+49 151 11111111")


@pytest.mark.django_db
@pytest.mark.parametrize("kind", BENEFITS)
def test_every_benefit_is_undone_to_the_cent(shop: OrderShop, card: CardView, kind: str) -> None:
    promote(shop, benefits=[{"kind": kind, **BENEFITS[kind]}], limits={"total": 1})
    bought = order(shop, card, *LINES, shipping="4.90")
    assert Decimal(bought["discount_total"]) > 0
    back = Decimal(0)
    for body in (
        {"lines": [{"index": 0, "quantity": "1"}]},
        {"amount": "3.33"},
        {"lines": [{"index": 1}, {"index": 2}]},
    ):
        reply = refund(shop, bought, body)
        assert reply.status == 201, reply.body
        assert Decimal(reply.body["money_back"]) >= 0
        back += Decimal(reply.body["money_back"])
        assert back <= Decimal(bought["total"])
    back += Decimal(shop.caller.post(f"/orders/{bought['id']}/cancel").body["money_back"])
    assert back == Decimal(bought["total"])
    assert order(shop, card, *LINES, shipping="4.90")["discount_total"] == bought["discount_total"]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", EARNINGS)
def test_every_earning_is_undone_to_the_unit(shop: OrderShop, card: CardView, kind: str) -> None:
    promote(shop, earnings=[{"kind": kind, **EARNINGS[kind]}])
    name = EARNINGS[kind]["balance_type"].removeprefix("ext:")
    bought = order(shop, card, *LINES)
    earned = shop.balance(card, name)
    assert earned > 0
    refund(shop, bought, {"lines": [{"index": 0, "quantity": "2"}, {"index": 1}]})
    rest = order(shop, shop.counter.issue("+49 151 22222222"), {**LINES[0], "quantity": "1"}, LINES[2])
    deserved = sum(Decimal(one["amount"]) for one in rest["earn"])
    assert shop.balance(card, name) == deserved * (100 if name == "bonus" else 1)
    shop.caller.post(f"/orders/{bought['id']}/cancel")
    assert shop.balance(card, name) == 0
