"""What a change breaks of what people have begun to collect (ORD-13), as a table."""

from typing import Any

import pytest

from regulars.promotions.rules.promised import Rates, Uses, broken_promises, is_as_good
from regulars.promotions.tests.test_definition import read

STAMP = {"kind": "per_unit", "balance_type": "ext:stamps", "units": 1}
CARRY = {"kind": "per_money", "balance_type": "ext:bonus", "units": "1", "per": "10", "carries": True}
FREE = [{"kind": "cheapest_off"}]
TEN = [{"kind": "percent_off_order", "percent": "10"}]
EVERY = {"kind": "nth_order", "number": 5, "is_every": True}
DAYS = {"kind": "days", "first": "2026-01-01", "last": "2026-03-31"}


def cost(amount: int) -> dict[str, Any]:
    return {"benefits": FREE, "cost": {"balance_type": "ext:stamps", "amount": amount}}


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ({"benefits": TEN}, {"benefits": TEN}, []),
        ({"benefits": TEN}, {"benefits": [{"kind": "percent_off_order", "percent": "12"}]}, []),
        ({"benefits": TEN}, {"benefits": [{"kind": "percent_off_order", "percent": "9"}]}, ["orders"]),
        ({"benefits": TEN}, {"benefits": [{"kind": "percent_off_lines", "percent": "10"}]}, ["orders"]),
        ({"benefits": TEN}, None, ["orders"]),
        (
            {"benefits": TEN, "conditions": [DAYS]},
            {"benefits": TEN, "conditions": [{**DAYS, "last": "2026-04-30"}]},
            [],
        ),
        ({"benefits": TEN, "conditions": [DAYS]}, {"benefits": TEN}, []),
        ({"benefits": TEN}, {"benefits": TEN, "conditions": [DAYS]}, ["orders"]),
        ({"benefits": TEN}, {"benefits": TEN, "codes": ["AUTUMN"]}, ["orders"]),
        ({"benefits": TEN, "codes": ["A1"]}, {"benefits": TEN, "codes": ["A1", "B1"]}, []),
        (cost(9), cost(8), []),
        (cost(9), cost(10), ["rewards", "orders"]),
        (cost(9), {"benefits": FREE}, []),
        (cost(9), None, ["rewards", "orders"]),
        ({"earnings": [CARRY]}, {"earnings": [{**CARRY, "per": "8"}]}, []),
        ({"earnings": [CARRY]}, {"earnings": [{**CARRY, "per": "12"}]}, ["rests", "orders"]),
        ({"earnings": [CARRY]}, {"earnings": [{**CARRY, "carries": False}]}, ["rests", "orders"]),
        ({"benefits": FREE, "conditions": [EVERY]}, {"benefits": FREE, "conditions": [EVERY]}, []),
        (
            {"benefits": FREE, "conditions": [EVERY]},
            {"benefits": FREE, "conditions": [{**EVERY, "number": 6}]},
            ["visits", "orders"],
        ),
        ({"benefits": TEN, "limits": {"per_customer": 3}}, {"benefits": TEN, "limits": {"per_customer": 5}}, []),
        ({"benefits": TEN, "limits": {"per_customer": 3}}, {"benefits": TEN, "limits": {"per_customer": 2}}, ["uses"]),
        ({"benefits": TEN}, {"benefits": TEN, "limits": {"per_customer": 2}}, ["uses"]),
        ({"benefits": TEN, "limits": {"per_customer": 3}}, None, ["uses", "orders"]),
        ({"earnings": [STAMP]}, {"earnings": [{**STAMP, "units": 2}]}, []),
    ],
)
def test_what_a_change_breaks(old: dict[str, Any], new: dict[str, Any] | None, kinds: list[str]) -> None:
    broken = broken_promises(read(**old), read(**new) if new is not None else None)
    assert [one.kind for one in broken] == kinds


def test_cards_that_are_left_out_lose_what_they_collect() -> None:
    assert [one.kind for one in broken_promises(read(**cost(9)), read(**cost(9)), drops_cards=True)] == [
        "rewards",
        "orders",
    ]


def test_of_rates_only_the_spans_that_become_lower_are_named() -> None:
    def rates(*steps: tuple[str, str]) -> dict[str, Any]:
        told = [{"reached": reached, "percent": percent} for reached, percent in steps]
        return {"earnings": [{"kind": "accumulative_back", "balance_type": "ext:bonus", "over": "paid", "steps": told}]}

    old = read(**rates(("0", "3"), ("100", "5"), ("500", "8")))
    (lower, _orders) = broken_promises(old, read(**rates(("0", "3"), ("200", "5"), ("500", "10"))))
    assert isinstance(lower, Rates)
    assert lower.spans == ((10_000, 20_000),)
    (gone, _orders) = broken_promises(old, None)
    assert isinstance(gone, Rates)
    assert gone.spans == ((0, 10_000), (10_000, 50_000), (50_000, None))


def test_uses_that_are_left_are_told_with_both_limits() -> None:
    (uses,) = broken_promises(
        read(benefits=TEN, limits={"per_customer": 3}), read(benefits=TEN, limits={"per_customer": 1})
    )
    assert uses == Uses(3, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"kind": "cheapest_off", "percent": "50"}, {"kind": "cheapest_off"}),
        ({"kind": "buy_get", "buy": 3}, {"kind": "buy_get", "buy": 2}),
        ({"kind": "fixed_price", "price": "3"}, {"kind": "fixed_price", "price": "2"}),
        (
            {"kind": "percent_off_lines", "percent": "5", "amount_max": "9"},
            {"kind": "percent_off_lines", "percent": "5"},
        ),
    ],
)
def test_a_better_benefit_is_as_good_and_its_contrary_is_not(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert is_as_good(read(benefits=[old]), read(benefits=[new]))
    assert not is_as_good(read(benefits=[new]), read(benefits=[old]))
