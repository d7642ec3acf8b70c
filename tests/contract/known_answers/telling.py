"""What a till was told, under the names that cases expect."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.contract.known_answers.over_http import CENT
from tests.contract.known_answers.steps import Till

Json = dict[str, Any]
NOTHING = Decimal(0)


def money(till: Till, name: str) -> Decimal:
    """An amount of the order."""
    return Decimal(till.told.order[name])


def by_line(till: Till, name: str) -> list[Decimal]:
    """An amount of every line that the case has: what the till put in stands behind."""
    return [Decimal(line[name]) for line in till.told.order["lines"]]


def balances(rows: list[Json], wanted: Any) -> Any:
    """Sums by balance type, or the only sum."""
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[row["balance_type"]] = sums.get(row["balance_type"], NOTHING) + Decimal(row["amount"])
    return sums if isinstance(wanted, dict) else sum(sums.values(), NOTHING)


def named(till: Till, found: Any, wanted: Any) -> Any:
    """The same under the names that the case uses; one that nothing was said of is nothing."""
    if not isinstance(wanted, dict):
        return found
    return {name: found.get(till.name_of(name), NOTHING) for name in wanted}


def discount_of(till: Till, *, with_code: bool) -> Decimal:
    """What promotions with, or without, a code take off."""
    coded = {identifier for identifier, given in till.promotions if bool(given.get("code")) == with_code}
    return sum((Decimal(one["discount"]) for one in till.told.order["promotions"] if one["id"] in coded), NOTHING)


def in_turn(till: Till) -> list[Decimal]:
    """What is left after each promotion of the case, in its order."""
    left, running = sum(by_line(till, "total"), NOTHING) + sum(by_line(till, "discount"), NOTHING), []
    taken = {one["id"]: Decimal(one["discount"]) for one in till.told.order["promotions"]}
    for identifier, given in till.promotions:
        if given:
            left -= taken.get(identifier, NOTHING)
            running.append(left)
    return running


def unit_prices(till: Till, wanted: Any) -> dict[str, Decimal]:
    """What one of each product costs after promotions."""
    return {
        line["sku"]: (Decimal(line["total"]) / Decimal(line["quantity"])).quantize(CENT)
        for line in till.told.order["lines"]
    }


def discounted_units(till: Till, wanted: Any) -> Decimal:
    """How many units a percentage took."""
    given = next(given for _, given in till.promotions if given)
    line = till.told.order["lines"][0]
    each = Decimal(line["price"]) * Decimal(given["benefit"]["percent"]) / 100
    return money(till, "discount_total") / each


def by_promotion(till: Till, wanted: Any) -> dict[str, Decimal]:
    """What each promotion takes off, all lines together."""
    taken = {one["name"]: Decimal(one["discount"]) for one in till.told.order["promotions"]}
    return {name: taken[name] for name in wanted}


def total_discount(till: Till, wanted: Any) -> Decimal:
    """What promotions take off; where the case has none, what points pay stands in its place."""
    paid = sum((Decimal(one["money"]) for one in till.told.order["spend"]), NOTHING)
    return money(till, "discount_total") if till.given["promotions"] else paid


def spends(till: Till, wanted: Any) -> Any:
    """What the order took from balances."""
    return named(till, balances(till.told.order["spend"], wanted), wanted)


def earns(till: Till, wanted: Any) -> Any:
    """What the order brought."""
    return named(till, balances(till.told.order["earn"], wanted), wanted)


def left_on_card(till: Till, wanted: Any) -> Any:
    """What is on the card."""
    if isinstance(wanted, dict):
        return {name: till.balance(till.name_of(name)) for name in wanted}
    return till.balance(till.name_of(""))


def refunded(till: Till, name: str) -> Callable[[Any], Any]:
    """A list of the last refund, summed."""
    return lambda wanted: named(till, balances(till.told.refund.get(name, []), wanted), wanted)


def money_back(till: Till, wanted: Any) -> Decimal:
    """What all refunds gave back; of one step, what that one did."""
    if till.is_over:
        return sum((Decimal(one["money_back"]) for one in till.told.refunds), NOTHING)
    return Decimal(till.told.refund["money_back"])


def refund_split(till: Till, wanted: Any) -> dict[str, Decimal]:
    """Which way the last refund went."""
    back = till.told.refund
    paid = sum((Decimal(one["money"]) for one in back["returned"]), NOTHING)
    return {name: Decimal(back["money_back"]) if name == "cash" else paid for name in wanted}


def refused(till: Till, wanted: Any) -> bool:
    """Whether something was asked for that was not given."""
    asked = [one for one in till.told.order.get("promotions", []) if not one["applied"]]
    return bool(till.told.refusal) or bool(asked)


def applied_percent(till: Till, wanted: Any) -> Decimal:
    """The percentage of the promotion that applies."""
    applied = {one["id"] for one in till.told.order["promotions"] if one["applied"]}
    return sum((Decimal(given["benefit"]["percent"]) for one, given in till.promotions if one in applied), NOTHING)


def the_promotion(till: Till) -> str:
    """The only promotion of a case."""
    return next(identifier for identifier, given in till.promotions if given)


TELLERS: dict[str, Callable[[Till, Any], Any]] = {
    "discount_total": total_discount,
    "total": lambda till, _: money(till, "total"),
    "final_total": lambda till, _: money(till, "total"),
    "to_pay": lambda till, _: money(till, "to_pay"),
    "paid": lambda till, _: money(till, "to_pay"),
    "tax": lambda till, _: money(till, "tax"),
    "shipping": lambda till, _: money(till, "shipping"),
    "shipping_discount": lambda till, _: money(till, "discount_total") - sum(by_line(till, "discount"), NOTHING),
    "total_before": lambda till, _: money(till, "total_before"),
    "total_before_gross": lambda till, _: money(till, "total_before"),
    "total_before_net": lambda till, _: sum(by_line(till, "total"), NOTHING) + sum(by_line(till, "discount"), NOTHING),
    "total_net": lambda till, _: sum(by_line(till, "total"), NOTHING),
    "subtotal": lambda till, _: till.subtotal(),
    "items_total": lambda till, _: sum(by_line(till, "total"), NOTHING) + sum(by_line(till, "discount"), NOTHING),
    "discount_net": lambda till, _: money(till, "discount_total"),
    "discount_gross": lambda till, _: money(till, "total_before") - money(till, "total"),
    "line_discounts": lambda till, _: by_line(till, "discount"),
    "line_totals": lambda till, _: by_line(till, "total"),
    "line_discounts_any_order": lambda till, _: sorted(by_line(till, "discount")),
    "line_totals_any_order": lambda till, _: sorted(by_line(till, "total")),
    "by_promotion": by_promotion,
    "running_totals": lambda till, _: in_turn(till),
    "after_fixed": lambda till, _: in_turn(till)[0],
    "unit_prices": unit_prices,
    "unit_price_after_promotion": lambda till, _: (
        (sum(by_line(till, "total"), NOTHING) + discount_of(till, with_code=True))
        / sum((Decimal(line["quantity"]) for line in till.told.order["lines"]), NOTHING)
    ),
    "voucher_discount": lambda till, _: discount_of(till, with_code=True),
    "applied_percent": applied_percent,
    "applies": lambda till, _: any(one["applied"] for one in till.told.order["promotions"]),
    "discounted_units": discounted_units,
    "refused": refused,
    "spent": spends,
    "earned": earns,
    "balance": left_on_card,
    "balance_after": left_on_card,
    "reversed": lambda till, wanted: refunded(till, "taken_back")(wanted),
    "returned": lambda till, wanted: refunded(till, "returned")(wanted),
    "balance_spent_returned": lambda till, wanted: refunded(till, "returned")(wanted),
    "money_back": money_back,
    "refund_split": refund_split,
    "tier": lambda till, _: till.tier()["tier"]["name"],
    "tier_spend": lambda till, _: Decimal(till.tier()["counted"]),
    "expired": lambda till, _: till.told.expired,
    "uses": lambda till, _: Decimal(till.uses(the_promotion(till))),
    "uses_after": lambda till, _: Decimal(till.uses(the_promotion(till))),
    "used_after": lambda till, _: till.used(the_promotion(till)),
    "free_items": lambda till, _: {sku: Decimal(units) for sku, units in till.told.added.items()},
    "free_units": lambda till, _: Decimal(sum(till.told.added.values())),
}
"""By the name of an expectation: what this till was told."""


def read(wanted: Any) -> Any:
    """An expectation as numbers, so that 5 and 5.00 are the same."""
    match wanted:
        case bool():
            return wanted
        case list():
            return [read(one) for one in wanted]
        case dict():
            return {name: read(one) for name, one in wanted.items()}
        case _:
            return Decimal(str(wanted))


def expected(name: str, wanted: Any) -> Any:
    """What a name is to be."""
    match name:
        case "refused":
            return True
        case "tier":
            return wanted
        case "by_promotion":
            return {
                promotion: sum(read(parts), NOTHING) if isinstance(parts, list) else read(parts)
                for promotion, parts in wanted.items()
            }
        case "line_discounts_any_order" | "line_totals_any_order":
            return sorted(read(wanted))
        case _:
            return read(wanted)
