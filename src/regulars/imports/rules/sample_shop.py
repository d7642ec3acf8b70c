"""The shop of the sample: what it sells, what it promises, and sixty days of people who came (UX 8)."""

import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec import structs

from regulars.orders.rules.command import LineDraft, OrderDraft, SpendDraft
from regulars.programs.rules.tier_drafts import TierDraft, TierGroupDraft
from regulars.promotions.rules.presets import find_preset

DAYS: Final = 60
STARTED: Final = timedelta(days=DAYS + 1)
"""How long before it comes the sample's cards were imported and its shop was opened."""
ORDERS: Final = 300
SEED: Final = 20261122


@dataclass(frozen=True, slots=True)
class SampleProduct:
    """Something that is sold; the price in hundredths."""

    sku: str
    name: str
    category: str
    price: int
    kind: str = "goods"


PRODUCTS: Final = (
    SampleProduct("flat-white", "Flat white", "Coffee", 390),
    SampleProduct("cappuccino", "Cappuccino", "Coffee", 360),
    SampleProduct("espresso", "Espresso", "Coffee", 240),
    SampleProduct("croissant", "Croissant", "Cake", 280),
    SampleProduct("cheesecake", "Cheesecake", "Cake", 450),
    SampleProduct("carrot-cake", "Carrot cake", "Cake", 420),
    SampleProduct("haircut", "Haircut", "Hair", 3800, "service"),
    SampleProduct("beard-trim", "Beard trim", "Hair", 1900, "service"),
    SampleProduct("colouring", "Colouring", "Hair", 7200, "service"),
    SampleProduct("shampoo", "Shampoo", "Care", 1490),
    SampleProduct("balm", "Balm", "Care", 1850),
    SampleProduct("gift-card-25", "Gift card 25", "Gift cards", 2500),
)
CAFE: Final = PRODUCTS[:6]
SALON: Final = PRODUCTS[6:]
SALON_WEIGHTS: Final = (8, 4, 2, 3, 3, 1)


@dataclass(frozen=True, slots=True)
class SamplePromotion:
    """A promotion of the sample: `name` is a sentence of the presets; `key` becomes its external id."""

    key: str
    program: str
    name: str
    content: Mapping[str, Any]
    state: str = "active"


def money_text(hundredths: int, decimals: int) -> str:
    """A price in a currency of so many decimals: 390 is 3.90, or 390 where there are none."""
    return f"{hundredths // 100}.{hundredths % 100:02}" if decimals >= 2 else str(hundredths)


def tier_group(decimals: int) -> TierGroupDraft:
    """Silver and gold, by what somebody paid in a year."""
    silver = TierDraft(name="Silver", threshold=money_text(10_000, decimals), background="#8c8f94")
    gold = TierDraft(name="Gold", threshold=money_text(25_000, decimals), background="#a9812c")
    return TierGroupDraft(name="Status", counts="paid", period="months", months=12, tiers=(silver, gold))


def promotions_of(balances: Mapping[str, str], gold: str, decimals: int) -> tuple[SamplePromotion, ...]:
    """What the shop promises. `balances` are the balance types by the sample's own names, `gold` its highest tier."""
    afternoons = [{"weekdays": [0, 1, 2, 3, 4], "begins": "15:00", "ends": "17:00"}]
    tuesdays = [{"weekdays": [1], "begins": "00:00", "ends": "00:00"}]
    not_vouchers = {"without_categories": ["Gift cards"]}
    back = {"kind": "percent_back", "balance_type": balances["bonus"], "percent": "5"}
    piece = {"kind": "per_unit", "balance_type": balances["stamps"], "units": "1", "only_paid": True}
    return (
        _promotion("cashback", "club", {"products": not_vouchers, "earnings": [back]}),
        _promotion(
            "happy_hour",
            "club",
            {
                "products": {"categories": ["Care"]},
                "conditions": [{"kind": "weekly_hours", "hours": afternoons}],
                "benefits": [{"kind": "percent_off_lines", "percent": "20"}],
            },
        ),
        _promotion(
            "double",
            "club",
            {
                "conditions": [
                    {"kind": "weekly_hours", "hours": tuesdays},
                    {"kind": "in_tier", "tiers": [gold]},
                ],
                "multipliers": [{"balance_type": balances["bonus"], "factor": "2"}],
            },
        ),
        _promotion(
            "buy_get",
            "coffee",
            {"products": {"categories": ["Cake"]}, "benefits": [{"kind": "buy_get", "buy": 2, "get": 1}]},
        ),
        _promotion("stamps", "coffee", {"products": {"categories": ["Coffee"]}, "earnings": [piece]}),
        _promotion(
            "stamps",
            "coffee",
            {
                "products": {"categories": ["Coffee"]},
                "benefits": [{"kind": "cheapest_off"}],
                "cost": {"balance_type": balances["stamps"], "amount": "9"},
            },
            part=1,
        ),
        _promotion(
            "first_order",
            "club",
            {
                "conditions": [{"kind": "nth_order", "number": 1}],
                "benefits": [{"kind": "percent_off_order", "percent": "10"}],
            },
            state="ended",
        ),
        _promotion(
            "shipping",
            "club",
            {
                "conditions": [{"kind": "minimum_amount", "amount": money_text(5_000, decimals)}],
                "benefits": [{"kind": "shipping_off", "percent": "100"}],
            },
            state="draft",
        ),
    )


def _promotion(
    preset: str, program: str, content: Mapping[str, Any], *, part: int = 0, state: str = "active"
) -> SamplePromotion:
    found = find_preset(preset)
    assert found is not None
    name = found.makes[part].name if len(found.makes) > 1 else found.name
    key = f"{preset.replace('_', '-')}{f'-{part + 1}' if part else ''}"
    return SamplePromotion(key, program, name, content, state)


@dataclass(frozen=True, slots=True)
class Regulars:
    """Who comes: the cards of the salon, the best customers first, and those of the café, as public ids."""

    club: Sequence[str]
    coffee: Sequence[str]


@dataclass(frozen=True, slots=True)
class SampleOrder:
    """An order of the sample, on which day it came, and what came back of it: nothing, one line, or all of it."""

    draft: OrderDraft
    day: date
    comes_back: str = ""


def order_keys(mark: str) -> list[str]:
    """The external ids of all that may have been recorded."""
    return [f"{mark}-{number:04}" for number in range(1, ORDERS + 3)]


def plan_orders(
    regulars: Regulars, *, mark: str, bonus: str, last: date, zone: ZoneInfo, decimals: int, location: str | None
) -> Iterator[SampleOrder]:
    """The orders of sixty days, the last of them on `last`, in the order of time: the same for the same arguments."""
    chance = random.Random(SEED)  # noqa: S311 (a sample should look the same every time)
    number = 0
    for past in range(DAYS - 1, -1, -1):
        day = last - timedelta(days=past)
        due = ORDERS * (DAYS - past) // DAYS
        minutes = sorted(chance.randrange(8 * 60, 19 * 60) for _ in range(due - number))
        for minute in minutes:
            number += 1
            at = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
            draft = _draft(chance, regulars, at, bonus=bonus if past < DAYS - 10 else "", decimals=decimals)
            key = f"{mark}-{number:04}"
            draft = marked(draft, key, location)
            comes_back = "all" if number % 60 == 30 else "line" if number % 25 == 10 else ""
            yield SampleOrder(draft, day, comes_back)


def marked(draft: OrderDraft, key: str, location: str | None) -> OrderDraft:
    """The order under its external id: who runs this twice records it once."""
    content_hash = hashlib.sha256(f"sample {key}".encode()).digest()
    return structs.replace(draft, external_id=key, location=location, content_hash=content_hash)


def _draft(chance: random.Random, regulars: Regulars, at: datetime, *, bonus: str, decimals: int) -> OrderDraft:
    is_cafe = chance.random() < 0.4
    cards = regulars.coffee if is_cafe else regulars.club
    card = None
    if cards and chance.random() < 0.92:
        # A few come often, most now and then.
        card = cards[min(int(chance.paretovariate(0.7)) - 1, len(cards) - 1)]
    if is_cafe:
        chosen = chance.sample(CAFE, chance.choice((1, 2, 2, 3)))
        lines = [(one, chance.choice(("1", "1", "2", "3"))) for one in chosen]
    else:
        lines = [(one, "1") for one in dict.fromkeys(chance.choices(SALON, SALON_WEIGHTS, k=chance.choice((1, 1, 2))))]
    spends = bool(card and bonus and not is_cafe and chance.random() < 0.12)
    return OrderDraft(
        lines=tuple(line_of(one, quantity, decimals) for one, quantity in lines),
        card=card,
        at=at,
        channel="pos" if chance.random() < 0.85 else "web",
        state="completed",
        spend=(SpendDraft(bonus, "max"),) if spends else (),
    )


def line_of(product: SampleProduct, quantity: str, decimals: int) -> LineDraft:
    """A line of an order; it says what the product says, so that it stays when the products go."""
    return LineDraft(
        sku=product.sku,
        name=product.name,
        category=product.category,
        kind=product.kind,
        quantity=quantity,
        price=money_text(product.price, decimals),
    )
