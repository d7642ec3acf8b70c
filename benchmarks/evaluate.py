"""The pure engine of promotions alone: evaluations per second on one core, and how its cost grows (issue 3, Figures)."""

import sys
import time
from argparse import ArgumentParser, Namespace
from datetime import datetime
from decimal import Decimal
from statistics import median
from typing import Any, Final

from benchmarks.report import Row, report
from regulars.promotions.rules.benefits.amount import AmountOffOrder
from regulars.promotions.rules.benefits.groups import BuyGet, CheapestOff
from regulars.promotions.rules.benefits.percent import PercentOffLines, PercentOffOrder
from regulars.promotions.rules.conditions.amounts import MinimumAmount
from regulars.promotions.rules.conditions.moments import Hours, WeeklyHours
from regulars.promotions.rules.conditions.people import InTier, NthOrder, Tagged
from regulars.promotions.rules.earnings.kinds import PercentBack, PerMoney
from regulars.promotions.rules.evaluate import evaluate
from regulars.promotions.rules.facts import Customer, Facts, Line
from regulars.promotions.rules.products import Products
from regulars.promotions.rules.promotion import Compiled, Multiplier, Promotion, compile_promotions

PER_SECOND_MIN: Final = 10_000
GROWTH_MAX: Final = 1.5
"""Cost of one promotion on one line at 1,000 × 1,000, beside that at 100 × 100: linear growth with room for caches."""

KINDS: Final[tuple[dict[str, Any], ...]] = (
    {"benefits": (PercentOffLines(Decimal(10)),), "products": Products(categories=frozenset({"coffee"}))},
    {"benefits": (PercentOffOrder(Decimal(5)),), "conditions": (MinimumAmount(5000),)},
    {"benefits": (BuyGet(2, 1),), "products": Products(skus=frozenset({"latte"}))},
    {"earnings": (PercentBack("bonus", Decimal(5)),)},
    {"earnings": (PerMoney("stamps", 1, 1000),)},
    {"benefits": (AmountOffOrder(100),), "codes": frozenset({"autumn"})},
    {
        "benefits": (PercentOffOrder(Decimal(20)),),
        "conditions": (WeeklyHours((Hours(frozenset({1}), datetime.min.time(), datetime.max.time()),)),),
    },
    {"benefits": (PercentOffOrder(Decimal(10)),), "conditions": (InTier(frozenset({"gold"})),)},
    {"benefits": (CheapestOff(1),), "conditions": (NthOrder(10, is_every=True),)},
    {"multipliers": (Multiplier("bonus", Decimal(2)),), "conditions": (Tagged(frozenset({"vip"})),)},
)


def add_arguments(parser: ArgumentParser) -> None:
    """--seconds of each measurement."""
    parser.add_argument("--seconds", type=float, default=3.0, help="length of each measurement")


def run(options: Namespace) -> int:
    small = median(rate(promotions(10), order(3), options.seconds) for _ in range(3))
    middle = rate(promotions(100), order(100), options.seconds) * 100 * 100
    large = rate(promotions(1000), order(1000), options.seconds) * 1000 * 1000
    growth = middle / large
    rows = [
        Row(
            "evaluations per second, 10 promotions of mixed kinds × 3 lines",
            f"{small:,.0f}",
            f"≥ {PER_SECOND_MIN:,}",
            small >= PER_SECOND_MIN,
        ),
        Row("one promotion on one line, at 100 × 100", f"{1e6 / middle:.2f} µs"),
        Row("… at 1,000 × 1,000", f"{1e6 / large:.2f} µs"),
        Row("growth of that cost", f"{growth:.2f} ×", f"≤ {GROWTH_MAX} ×", growth <= GROWTH_MAX),
    ]
    notes = [
        "Processor time of one core, without gathering facts or writing anything; the first is the median of three."
    ]
    return 0 if report("evaluate", rows, notes=notes) else 1


def promotions(count: int) -> Compiled:
    """So many promotions, compiled once as the product does."""
    return compile_promotions(Promotion(id=str(at), **KINDS[at % len(KINDS)]) for at in range(count))


def order(lines: int) -> Facts:
    """An order of so many lines, by a customer whom some of the promotions are for."""
    goods = (("latte", 390, "coffee"), ("croissant", 250, "bakery"), ("beans", 1290, "coffee"))
    return Facts(
        lines=tuple(
            Line(sku, price, 1000 * (1 + at % 2), category=category)
            for at, (sku, price, category) in zip(range(lines), goods * (lines // 3 + 1), strict=False)
        ),
        at=datetime(2026, 11, 27, 13, 0),  # noqa: DTZ001 (local time of the location)
        customer=Customer("anna", orders_before=9, tags=frozenset({"vip"})),
    )


def rate(compiled: Compiled, facts: Facts, seconds: float) -> float:
    """Evaluations per second of processor time."""
    done, began = 0, time.process_time()
    while (spent := time.process_time() - began) < seconds or not done:
        evaluate(facts, compiled)
        done += 1
    sys.stdout.write(f"{len(compiled.promotions)} promotions, {len(facts.lines)} lines: {done / spent:,.1f}/s\n")
    return done / spent
