"""The order that "Try it" tries: lines, a person, a moment, as they are typed beside the editor."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from regulars.kernel.amount import AmountProblem, parse_amount
from regulars.kernel.codes import code_key
from regulars.platform.pages.typed import typed_amount
from regulars.promotions.pages.form.typed import Typed, split_texts
from regulars.promotions.rules.facts import QUANTITY_UNIT, Customer, Facts, Line

LINES_MAX: Final = 20
SAMPLE: Final = "sample"
# Where a coffee costs hundreds.
DEAR: Final = frozenset(
    [
        "RUB",
        "INR",
        "JPY",
        "KZT",
        "UAH",
        "RSD",
        "HUF",
        "CZK",
        "THB",
        "PHP",
        "TWD",
        "ISK",
        "KES",
        "NGN",
        "PKR",
        "LKR",
        "NPR",
        "BDT",
        "AMD",
    ]
)
DEARER: Final = frozenset(
    ["IDR", "VND", "KRW", "UZS", "IRR", "COP", "CLP", "LBP", "PYG", "UGX", "TZS", "MMK", "KHR", "LAK", "MNT"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLine:
    """A line as it was typed."""

    name: str = ""
    category: str = ""
    quantity: str = "1"
    price: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An order to try with, as it was typed; `problems` are fields that cannot be read, by name."""

    lines: tuple[SampleLine, ...]
    day: str
    hour: str
    who: str = "known"
    tier: str = ""
    tags: str = ""
    orders_before: str = ""
    location: str = ""
    channel: str = ""
    delivery: str = ""
    codes: str = ""
    number: str = ""
    birthday: str = ""
    person: str = ""
    """What was typed of a name, a phone or the number of a card."""
    buyer: str = ""
    """The customer or card that was chosen, by its id."""


def usual_sample(currency: str, decimals: int, at: datetime) -> Sample:
    """The order that stands there at first: something bought twice, and a gift card."""
    scale = 10_000 if currency in DEARER else 100 if currency in DEAR or decimals == 0 else 1
    prices = (4.5 * scale, 25 * scale)
    written = [f"{price:.{decimals}f}" for price in prices]
    return Sample(
        lines=(
            SampleLine(name=pgettext("a product", "Coffee"), category=_("Drinks"), quantity="2", price=written[0]),
            SampleLine(name=_("Gift card"), category=_("Gift cards"), quantity="1", price=written[1]),
        ),
        day=at.date().isoformat(),
        hour=at.strftime("%H:%M"),
    )


def read_sample(typed: Typed, usual: Sample) -> Sample:
    """The sample that was typed; the usual one where none was sent."""
    if not typed.has(f"{SAMPLE}.day"):
        return usual
    lines = tuple(
        SampleLine(**{field: typed.text(f"{at}.{field}")[:200] for field in ("name", "category", "quantity", "price")})
        for at in typed.rows(f"{SAMPLE}.lines")[:LINES_MAX]
    )
    rest = (
        "day", "hour", "who", "tier", "tags", "orders_before", "birthday", "location", "channel", "delivery", "codes",
        "number", "person", "buyer",
    )  # fmt: skip
    return Sample(lines=lines, **{field: typed.text(f"{SAMPLE}.{field}")[:200] for field in rest})


@dataclass(frozen=True, slots=True)
class Unclear:
    """A sample that cannot be tried: the fields that are to blame, by name, each with a sentence."""

    problems: Mapping[str, str]


def facts_of(
    sample: Sample, *, currency_decimals: int, zone: ZoneInfo, ids: "SampleIds", card_types: frozenset[str]
) -> Facts | Unclear:
    """The facts of the sample, or what cannot be read in it."""
    problems: dict[str, str] = {}
    lines = [_line(one, f"{SAMPLE}.lines.{at}", currency_decimals, problems) for at, one in enumerate(sample.lines)]
    found = [line for line in lines if line is not None]
    moment = _moment(sample, zone, problems)
    before = sample.orders_before or "0"
    if not (before.isdecimal() and len(before) < 7):
        problems[f"{SAMPLE}.orders_before"] = _("A whole number is wanted.")
    if not found and not problems:
        problems[f"{SAMPLE}.lines.0.price"] = _("Say what is bought.")
    if problems or moment is None:
        return Unclear(problems)
    birthday = _birthday(sample, problems)
    if problems:
        return Unclear(problems)
    customer = None
    if sample.who != "nobody":
        customer = Customer(
            id="sample",
            tags=frozenset(split_texts(sample.tags)),
            tiers=frozenset({ids.tier}) if ids.tier else frozenset(),
            card_types=card_types,
            orders_before=int(before),
            birthday=birthday,
        )
    return Facts(
        lines=tuple(found),
        at=moment,
        customer=customer,
        location=ids.location,
        channel=sample.channel,
        shipping_method=sample.delivery,
        codes=frozenset(code_key(one) for one in split_texts(sample.codes)),
    )


@dataclass(frozen=True, slots=True)
class SampleIds:
    """What the sample names, under the names of the engine; "" where it names nothing."""

    tier: str = ""
    location: str = ""


def _line(one: SampleLine, at: str, decimals: int, problems: dict[str, str]) -> Line | None:
    if not (one.name or one.price):
        return None
    price = _amount(one.price, decimals, f"{at}.price", problems)
    quantity = _amount(one.quantity or "1", 3, f"{at}.quantity", problems)
    if price is None or quantity is None:
        return None
    if quantity == 0:
        problems[f"{at}.quantity"] = _("A number above zero is wanted.")
    return Line(sku=one.name, name=one.name, category=one.category, price=price, quantity=quantity)


def _amount(text: str, decimals: int, name: str, problems: dict[str, str]) -> int | None:
    try:
        units = parse_amount(typed_amount(text), decimals)
    except AmountProblem:
        problems[name] = _("A number is wanted.")
        return None
    if not 0 <= units < QUANTITY_UNIT * 10**9:
        problems[name] = _("A number is wanted.")
        return None
    return units


def _moment(sample: Sample, zone: ZoneInfo, problems: dict[str, str]) -> datetime | None:
    try:
        day = date.fromisoformat(sample.day)
        hour = time.fromisoformat(sample.hour)
    except ValueError:
        problems[f"{SAMPLE}.day"] = _("A day and an hour are wanted.")
        return None
    if hour.tzinfo is not None or not 1900 < day.year < 2400:
        problems[f"{SAMPLE}.day"] = _("A day and an hour are wanted.")
        return None
    return datetime.combine(day, hour, zone)


def _birthday(sample: Sample, problems: dict[str, str]) -> tuple[int, int] | None:
    if not sample.birthday:
        return None
    try:
        day = date.fromisoformat(sample.birthday)
    except ValueError:
        problems[f"{SAMPLE}.birthday"] = _("A day is wanted.")
        return None
    return day.month, day.day


def as_context(sample: Sample) -> dict[str, Any]:
    """The lines with their names on the page."""
    rows = [(f"{SAMPLE}.lines.{at}", line) for at, line in enumerate(sample.lines)]
    return {"sample": sample, "sample_lines": rows, "may_add_line": len(rows) < LINES_MAX}
