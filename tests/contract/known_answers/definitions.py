"""Promotions and balances of a case as the JSON that the API takes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.contract.known_answers.reading import NotRead

Json = dict[str, Any]


def read_products(match: Json | None, when: Json | None = None) -> Json:
    """Which lines are meant."""
    match, when = match or {}, when or {}
    unknown = match.keys() - {"sku", "category"}
    if unknown:
        raise NotRead(f"products by {', '.join(sorted(unknown))}")
    products: Json = {}
    if match.get("sku"):
        products["skus"] = match["sku"]
    if match.get("category"):
        products["categories"] = match["category"]
    if when.get("exclude_discounted"):
        products["not_discounted"] = True
    for name, ours in (("unit_price_min", "price_min"), ("unit_price_max", "price_max")):
        if name in when:
            products[ours] = when[name]
    return products


def read_promotion(given: Json, position: int, customers: Callable[[str], str]) -> Json:
    """A promotion; the listed order decides, a product's own priority goes before it."""
    when, stacking, limits = (given.get(name, {}) for name in ("when", "stacking", "limits"))
    benefit = given["benefit"]
    mode = stacking.get("mode", "sequential")
    known = {"sequential", "best_only", "exclusive", "exclusive_group", "units_consumed"}
    if mode not in known:
        raise NotRead(f"stacking {mode}")
    group = {"best_only": "best", "exclusive_group": stacking.get("group", "group")}.get(mode, "")
    definition: Json = {
        "benefits": read_benefits(given["kind"], benefit),
        "conditions": read_conditions(when, limits, customers),
        "products": read_products(when.get("match") or benefit.get("match"), when),
        "priority": stacking.get("priority", 0 if group else -stacking.get("order", position)),
        "group": group,
        "stands_alone": mode == "exclusive",
        "counts_units_once": mode == "units_consumed",
        "limits": read_limits(limits),
    }
    if given.get("code"):
        definition["codes"] = [given["code"]]
    if given["kind"] == "add_free_item":
        definition |= read_free_item(benefit, when)
    return definition


def read_free_item(benefit: Json, when: Json) -> Json:
    """A product that costs nothing where something else is bought; the till puts it into its order."""
    if "costs_points" in benefit:
        raise NotRead("a free product whose price in points grows with its number")
    units = benefit.get("units", benefit.get("units_per_trigger", 1))
    trigger = {"products": read_products(when.get("match")), "units": when.get("min_quantity", 1)}
    return {
        "benefits": [{"kind": "percent_off_lines", "percent": "100", "units_max": units}],
        "products": {"skus": [benefit["sku"]]},
        "conditions": [{"kind": "contains", **trigger}] if when.get("match") else [],
    }


def read_limits(limits: Json) -> Json:
    """How often and how much."""
    names = {
        "per_order": "per_order",
        "total_uses": "total",
        "per_customer": "per_customer",
        "total_units": "units",
        "total_discount": "discount",
    }
    unknown = limits.keys() - names.keys() - {"customer", "used_before", "reusable_after_cancel"}
    if unknown:
        raise NotRead(f"limits {', '.join(sorted(unknown))}")
    if limits.get("reusable_after_cancel") is False:
        raise NotRead("uses that are not given back")
    return {ours: limits[name] for name, ours in names.items() if name in limits}


def read_conditions(when: Json, limits: Json, customers: Callable[[str], str]) -> list[Json]:
    """What must hold."""
    conditions: list[Json] = []
    if "min_subtotal" in when:
        basis = when.get("subtotal_basis", "order")
        conditions.append(
            {
                "kind": "minimum_amount",
                "amount": when["min_subtotal"],
                "of_chosen": basis == "matching_lines",
                "after_discounts": basis == "after_earlier_discounts",
                "with_shipping": basis == "with_shipping",
                "tax": {"excluding_tax": "excluded", "including_tax": "included"}.get(basis, "as_priced"),
                "is_strict": when.get("operator") == "gt",
            }
        )
    if "min_quantity" in when:
        conditions.append({"kind": "minimum_units", "units": when["min_quantity"]})
    if "order_contains" in when:
        conditions.append({"kind": "contains", "products": read_products(when["order_contains"])})
    if "from" in when or "to" in when:
        if when.get("granularity") != "day":
            raise NotRead("dates with hours")
        days = {ours: when[name] for name, ours in (("from", "first"), ("to", "last")) if name in when}
        conditions.append({"kind": "days", **days})
    if "nth_order" in when:
        conditions.append({"kind": "nth_order", "number": when["nth_order"]})
    if "shipping_method" in when:
        conditions.append({"kind": "shipped_by", "methods": when["shipping_method"]})
    if "customer" in limits:
        conditions.append({"kind": "known_as", "customers": [customers(limits["customer"])]})
    return conditions


def read_benefits(kind: str, benefit: Json) -> list[Json]:
    """What it gives."""
    if kind == "add_free_item":
        return []
    if kind not in BENEFITS:
        raise NotRead(f"the benefit {kind}")
    name, fields = BENEFITS[kind](benefit)
    return [{"kind": name, **fields}]


def _cap(benefit: Json) -> Json:
    return {"amount_max": benefit["max_amount"]} if "max_amount" in benefit else {}


def _amount_off_unit(benefit: Json) -> tuple[str, Json]:
    fields: Json = {"amount": benefit.get("further_units", benefit.get("amount"))}
    for name, ours in (
        ("first_unit", "first"),
        ("max_units", "units_max"),
        ("max_units_per_line", "units_max_per_line"),
    ):
        if name in benefit:
            fields[ours] = benefit[name]
    return "amount_off_unit", fields


def _steps(benefit: Json, *, is_percent: bool) -> tuple[str, Json]:
    steps = [{"from": reached, "off": off} for reached, off in benefit["tiers"].items()]
    return "steps", {"steps": steps, "base": benefit.get("base", "0"), "is_percent": is_percent}


def _percent_off_lines(benefit: Json) -> tuple[str, Json]:
    units = {"units_max": benefit["max_units"]} if "max_units" in benefit else {}
    return "percent_off_lines", {"percent": benefit["percent"], **_cap(benefit), **units}


def _buy_get(benefit: Json) -> tuple[str, Json]:
    fields: Json = {
        "buy": benefit["buy"],
        "get": benefit.get("get", 1),
        "within_line": benefit.get("same_sku", False),
        "gives_parts": benefit.get("same_sku", False),
        "dearest_first": benefit.get("get_pick") == "dearest",
    }
    both = benefit.get("match")
    for name, ours in (("buy_match", "buy_products"), ("get_match", "get_products")):
        if benefit.get(name, both):
            fields[ours] = read_products(benefit.get(name, both))
    if "get_fixed" in benefit:
        fields |= {"percent": None, "amount": benefit["get_fixed"]}
    else:
        fields["percent"] = benefit.get("get_percent", "100")
    return "buy_get", fields


BENEFITS: dict[str, Callable[[Json], tuple[str, Json]]] = {
    "percent_order": lambda one: ("percent_off_order", {"percent": one["percent"], **_cap(one)}),
    "percent_lines": _percent_off_lines,
    "fixed_order": lambda one: (
        "amount_off_order",
        {
            "amount": one["amount"],
            "with_shipping": one.get("scope") == "items_and_shipping",
            "by_quantity": one.get("weights") == "quantity",
        },
    ),
    "fixed_per_line": lambda one: ("amount_off_line", {"amount": one["amount"]}),
    "fixed_per_unit": _amount_off_unit,
    "percent_cheapest": lambda one: (
        "cheapest_off",
        {"units": one.get("units", 1), "percent": one["percent"], **_cap(one)},
    ),
    "fixed_cheapest": lambda one: (
        "cheapest_off",
        {"units": one.get("units", 1), "percent": None, "amount": one["amount"], **_cap(one)},
    ),
    "new_price": lambda one: ("fixed_price", {"price": one["price"]}),
    "unit_groups": lambda one: ("unit_groups", {"group": one["group"], "amount": one["amount_per_unit"]}),
    "bundle_price": lambda one: ("bundle_price", {"parts": [{"units": one["units"]}], "price": one["price"]}),
    "bxgy": _buy_get,
    "tiered_fixed": lambda one: _steps(one, is_percent=False),
    "tiered_percent": lambda one: _steps(one, is_percent=True),
    "percent_shipping": lambda one: ("shipping_off", {"percent": one["percent"]}),
    "free_shipping": lambda _: ("shipping_off", {"percent": "100"}),
    "fixed_shipping": lambda one: ("shipping_off", {"percent": None, "amount": one["amount"]}),
    "shipping_price": lambda one: ("shipping_off", {"percent": None, "price": one["price"]}),
}
"""Each kind of benefit of a case, and what it is in a definition."""


def read_balance_type(given: Json, *, has_cents: bool, expires: bool) -> Json:
    """A balance type: money and gift cards are deposits here; what expires are points that are worth as much."""
    kind = {"points": "points", "money": "deposit", "gift_card": "deposit", "stamps": "stamps"}[given["kind"]]
    kind = "points" if expires and kind == "deposit" else kind
    if given.get("acts_as") == "discount":
        raise NotRead("stored value that is a discount")
    made: Json = {"name": given["name"], "external_id": given["name"], "kind": kind}
    if kind == "points":
        made["decimals"] = 2 if has_cents else 0
        if "value_per_unit" in given:
            made["money_per_unit"] = given["value_per_unit"]
    expiry = given.get("expiry")
    if expiry:
        name = "days" if "days" in expiry else "months"
        made["expiry"] = {"kind": name, "value": expiry[name]}
    elif expires:
        made["expiry"] = {"kind": "days", "value": 1}
    return made


def read_tiers(given: Json) -> Json:
    """Tiers by what was paid in all time, the order that reaches one included."""
    if given.get("tier_basis", "spent_before_plus_current") != "spent_before_plus_current":
        raise NotRead(f"tiers by {given['tier_basis']}")
    tiers = sorted(given["tiers"], key=lambda one: Decimal(one["min_spent"]))
    return {
        "name": "Levels",
        "counts": "paid",
        "tiers": [{"name": one["name"], "threshold": one["min_spent"]} for one in tiers],
    }


def read_refund_settings(given: Json) -> Json:
    """What the program says about refunds."""
    refund = given.get("refund", {})
    settings: Json = {}
    if "spent" in refund:
        settings["spent_points"] = refund["spent"]
    if refund.get("order"):
        first = {f"{given['name']}_first": "balances_first", "gift_card_first": "balances_first"}
        settings["spent_points"] = first.get(refund["order"], "money_first")
    if refund.get("negative"):
        settings["not_recovered"] = {"allow": "debt", "floor_at_zero": "cap"}[refund["negative"]]
    return settings


def read_earning(given: Json) -> Json | None:
    """The promotion that a balance type is earned by."""
    earn = given.get("earn")
    if "earn_rules" in given or "earn_choice" in given:
        raise NotRead("rules of earning that are chosen from")
    if not earn:
        return None
    match = dict(earn.get("match") or {})
    if "sku" in earn:
        match["sku"] = earn["sku"]
    name = f"ext:{given['name']}"
    basis = {"after_points": "after_discounts"}.get(earn.get("basis", ""), earn.get("basis", "after_discounts"))
    if "points_per_unit" in earn:
        one = {"kind": "per_unit", "balance_type": name, "units": earn["points_per_unit"]}
    else:
        rate = Fraction(earn.get("points_per_money", "1")) / Fraction(earn.get("per", "1.00"))
        is_whole = "per" in earn and earn.get("round", "floor") == "floor"
        one = {"kind": "per_money", "balance_type": name, "basis": basis}
        if is_whole:
            one |= {"units": earn.get("points_per_money", "1"), "per": earn["per"]}
        else:
            # So many units for so much money, in whole units and cents.
            money = Fraction(rate.denominator, 1)
            one |= {"units": str(rate.numerator), "per": str(Decimal(money.numerator)), "in_parts": True}
    return {"earnings": [one], "products": read_products(match)}


def rounding_of(given: Json) -> str:
    """How a balance type rounds what is earned."""
    return {"ceil": "up", "floor": "down"}.get(given.get("earn", {}).get("round", "floor"), "down")
