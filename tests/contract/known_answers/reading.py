"""A case of `cases.json` as facts and promotions: money in cents, quantities in thousandths, codes as their keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from regulars.kernel.codes import code_key
from regulars.promotions.rules.benefits import Benefit
from regulars.promotions.rules.benefits.amount import AmountOffLine, AmountOffOrder, AmountOffUnit, FixedPrice, Steps
from regulars.promotions.rules.benefits.groups import BundlePart, BundlePrice, BuyGet, CheapestOff, UnitGroups
from regulars.promotions.rules.benefits.percent import PercentOffLines, PercentOffOrder
from regulars.promotions.rules.benefits.shipping import ShippingOff
from regulars.promotions.rules.conditions import Condition
from regulars.promotions.rules.conditions.amounts import MinimumAmount, MinimumUnits
from regulars.promotions.rules.conditions.content import Contains, ShippedBy
from regulars.promotions.rules.conditions.moments import Days
from regulars.promotions.rules.conditions.people import KnownAs, NthOrder
from regulars.promotions.rules.facts import QUANTITY_UNIT, Customer, Facts, Line, Uses
from regulars.promotions.rules.products import EVERYTHING, Products
from regulars.promotions.rules.promotion import Limits, Promotion

WHEN = datetime(2026, 11, 24, 12, 0)  # noqa: DTZ001 (local time of the order's location)

TAX_OF_BASIS: dict[str, Literal["excluded", "included"]] = {"excluding_tax": "excluded", "including_tax": "included"}


class NotRead(Exception):
    """The case asks for something that these rules leave out; the text says what."""


def cents(text: str | float) -> int:
    """An amount of a case in cents."""
    return int(Decimal(str(text)) * 100)


def read_line(line: dict[str, Any]) -> Line:
    """A line of an order."""
    if "fixed_tax" in line or "tax_amount" in line or "line_gross" in line:
        raise NotRead("tax that is given as an amount")
    return Line(
        sku=line["sku"],
        price=cents(line["price"]),
        quantity=int(Decimal(str(line["quantity"])) * QUANTITY_UNIT),
        category=line.get("category", ""),
        is_excluded=line.get("excluded", False),
        price_min=cents(line.get("min_price", 0)),
        tax_percent=Decimal(line["tax_percent"]) if "tax_percent" in line else None,
    )


def read_order(order: dict[str, Any], config: dict[str, Any], uses: dict[str, Uses]) -> Facts:
    """The facts of an order."""
    left_out = {"manual_discount", "shipping_lines", "tax_added"} & {name for name in order if order[name] != "0.00"}
    if left_out or config.get("discount_basis") == "including_tax":
        raise NotRead(", ".join(sorted(left_out)) or "discounts on prices with tax that is added")
    customer = order.get("customer", "somebody")
    return Facts(
        lines=tuple(read_line(line) for line in order["lines"]),
        at=datetime.fromisoformat(order["at"]) if "at" in order else WHEN,
        shipping=cents(order.get("shipping", 0)),
        shipping_method=order.get("shipping_method", ""),
        codes=frozenset(code_key(code) for code in order.get("codes", ())),
        customer=None if customer is None else Customer(customer, orders_before=order.get("orders_before", 0)),
        prices_include_tax=config.get("prices_include_tax", True),
        uses=uses,
    )


def read_products(match: dict[str, Any] | None, when: dict[str, Any] | None = None) -> Products:
    """Which lines are meant."""
    match, when = match or {}, when or {}
    if not match and not {"exclude_discounted", "unit_price_min", "unit_price_max"} & set(when):
        return EVERYTHING
    return Products(
        skus=frozenset(match.get("sku", ())),
        categories=frozenset(match.get("category", ())),
        not_discounted=when.get("exclude_discounted", False),
        price_min=cents(when["unit_price_min"]) if "unit_price_min" in when else None,
        price_max=cents(when["unit_price_max"]) if "unit_price_max" in when else None,
    )


def read_promotion(given: dict[str, Any], position: int) -> Promotion:
    """A promotion; its id is its own, its code, or where it stands in the case."""
    when, stacking, limits = (given.get(name, {}) for name in ("when", "stacking", "limits"))
    if "costs_points" in given["benefit"]:
        raise NotRead("rewards that cost points")
    code = given.get("code", "")
    group = {"best_only": "best", "exclusive_group": stacking.get("group", "group")}.get(stacking.get("mode", ""), "")
    return Promotion(
        id=given.get("id") or code or f"#{position}",
        benefits=(read_benefit(given["kind"], given["benefit"]),),
        conditions=read_conditions(when, limits),
        products=read_products(when.get("match") or given["benefit"].get("match"), when),
        codes=frozenset({code_key(code)}) if code else frozenset(),
        # The listed order decides; a product's own priority goes before it.
        priority=stacking.get("priority", 0 if group else -stacking.get("order", position)),
        group=group,
        stands_alone=stacking.get("mode") == "exclusive",
        counts_units_once=stacking.get("mode") == "units_consumed",
        limits=Limits(
            total=limits.get("total_uses"),
            per_customer=limits.get("per_customer"),
            per_order=limits.get("per_order"),
            discount=cents(limits["total_discount"]) if "total_discount" in limits else None,
            units=limits.get("total_units"),
        ),
    )


def read_conditions(when: dict[str, Any], limits: dict[str, Any]) -> tuple[Condition, ...]:
    """What must hold."""
    conditions: list[Condition] = []
    if "min_subtotal" in when:
        basis = when.get("subtotal_basis", "order")
        conditions.append(
            MinimumAmount(
                amount=cents(when["min_subtotal"]),
                of_chosen=basis == "matching_lines",
                after_discounts=basis == "after_earlier_discounts",
                with_shipping=basis == "with_shipping",
                tax=TAX_OF_BASIS.get(basis, "as_priced"),
                is_strict=when.get("operator") == "gt",
            )
        )
    if "min_quantity" in when:
        conditions.append(MinimumUnits(when["min_quantity"]))
    if "order_contains" in when:
        conditions.append(Contains(read_products(when["order_contains"])))
    if "from" in when or "to" in when:
        if when.get("granularity") != "day":
            raise NotRead("dates with hours")
        first, last = (date.fromisoformat(when[name]) if name in when else None for name in ("from", "to"))
        conditions.append(Days(first, last))
    if "nth_order" in when:
        conditions.append(NthOrder(when["nth_order"]))
    if "shipping_method" in when:
        conditions.append(ShippedBy(frozenset(when["shipping_method"])))
    if "customer" in limits:
        conditions.append(KnownAs(frozenset({limits["customer"]})))
    return tuple(conditions)


def read_benefit(kind: str, benefit: dict[str, Any]) -> Benefit:
    """What it gives."""
    if kind not in BENEFITS:
        raise NotRead(f"the benefit {kind}")
    return BENEFITS[kind](benefit)


def percent_of(benefit: dict[str, Any]) -> Decimal:
    """The percentage of a benefit."""
    return Decimal(benefit["percent"])


def amount_of(benefit: dict[str, Any], name: str = "amount") -> int:
    """An amount of a benefit in cents; nothing where it has none."""
    return cents(benefit.get(name, 0))


def cap_of(benefit: dict[str, Any]) -> int | None:
    """What a benefit gives at most, in cents."""
    return cents(benefit["max_amount"]) if "max_amount" in benefit else None


def read_amount_off_unit(benefit: dict[str, Any]) -> AmountOffUnit:
    """An amount off each unit, the first one perhaps another."""
    return AmountOffUnit(
        amount_of(benefit, "further_units" if "further_units" in benefit else "amount"),
        cents(benefit["first_unit"]) if "first_unit" in benefit else None,
        benefit.get("max_units"),
        benefit.get("max_units_per_line"),
    )


def read_steps(benefit: dict[str, Any], *, is_percent: bool) -> Steps:
    """Steps by what is bought; a percentage is hundredths of a percent, as an amount is cents."""
    steps = tuple((cents(reached), cents(value)) for reached, value in benefit["tiers"].items())
    return Steps(steps, cents(benefit["base"]), is_percent=is_percent)


def read_buy_get(benefit: dict[str, Any]) -> BuyGet:
    """Buy X get Y."""
    if benefit.get("mode") == "add":
        raise NotRead("goods that are put on top of an order")
    both = read_products(benefit["match"]) if "match" in benefit else None
    return BuyGet(
        buy=benefit["buy"],
        get=benefit.get("get", 1),
        buy_products=read_products(benefit["buy_match"]) if "buy_match" in benefit else both,
        get_products=read_products(benefit["get_match"]) if "get_match" in benefit else both,
        percent=None if "get_fixed" in benefit else Decimal(benefit.get("get_percent", "100")),
        amount=cents(benefit.get("get_fixed", 0)),
        within_line=benefit.get("same_sku", False),
        gives_parts=benefit.get("same_sku", False),
        dearest_first=benefit.get("get_pick") == "dearest",
    )


BENEFITS: dict[str, Callable[[dict[str, Any]], Benefit]] = {
    "percent_order": lambda one: PercentOffOrder(percent_of(one), cap_of(one)),
    "percent_lines": lambda one: PercentOffLines(percent_of(one), cap_of(one), one.get("max_units")),
    "fixed_order": lambda one: AmountOffOrder(
        amount_of(one),
        with_shipping=one.get("scope") == "items_and_shipping",
        by_quantity=one.get("weights") == "quantity",
    ),
    "fixed_per_line": lambda one: AmountOffLine(amount_of(one)),
    "fixed_per_unit": read_amount_off_unit,
    "percent_cheapest": lambda one: CheapestOff(one.get("units", 1), percent_of(one), amount_max=cap_of(one)),
    "fixed_cheapest": lambda one: CheapestOff(one.get("units", 1), None, amount_of(one), cap_of(one)),
    "new_price": lambda one: FixedPrice(amount_of(one, "price")),
    "unit_groups": lambda one: UnitGroups(one["group"], amount_of(one, "amount_per_unit")),
    "bundle_price": lambda one: BundlePrice((BundlePart(one["units"]),), amount_of(one, "price")),
    "bxgy": read_buy_get,
    "tiered_fixed": lambda one: read_steps(one, is_percent=False),
    "tiered_percent": lambda one: read_steps(one, is_percent=True),
    "percent_shipping": lambda one: ShippingOff(percent=percent_of(one)),
    "free_shipping": lambda one: ShippingOff(percent=Decimal(100)),
    "fixed_shipping": lambda one: ShippingOff(amount=amount_of(one)),
    "shipping_price": lambda one: ShippingOff(price=amount_of(one, "price")),
}
"""Each kind of benefit of a case, and what it is here."""
