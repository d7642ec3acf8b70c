"""What a decision about promotions depends on: the order, its customer, the moment, and how much of each limit is used.

Amounts are whole numbers of the currency's smallest unit. Whoever asks gathers the facts that the promotions declare in
their `needs`, and no rule looks anything up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from msgspec import Struct

from regulars.kernel.shares import half_up

QUANTITY_UNIT = 1000
"""Quantities are whole thousandths: 1.250 kg is 1250."""
PREPAID = "prepaid"
"""The kind of a line that sells or tops up a gift card or a deposit: money for later, which no promotion touches (ORD-6)."""


class Need(Enum):
    """A kind of fact that costs a query; a condition declares those it asks for."""

    CUSTOMER = "customer"
    """Tags and fields of the customer."""
    BIRTHDAY = "birthday"
    TIERS = "tiers"
    HOLDINGS = "holdings"
    """Which card types the customer holds."""
    HISTORY = "history"
    """How many orders came before, and what was sold and paid."""
    REFERRAL = "referral"
    """Whether somebody invited them."""
    USES = "uses"
    """How often the promotion was used: in all, by this customer, today."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order. `price` is per unit, `discount` what the till had already taken off the line."""

    sku: str
    price: int
    quantity: int = QUANTITY_UNIT
    name: str = ""
    category: str = ""
    tags: frozenset[str] = frozenset()
    kind: str = "goods"
    discount: int = 0
    is_excluded: bool = False
    price_min: int = 0
    """Below this price of a unit no promotion takes the line."""
    tax_percent: Decimal | None = None
    list_value: int = field(init=False)
    """Quantity times price, rounded half up."""
    total: int = field(init=False)
    """What the line costs before promotions."""
    units: int = field(init=False)
    """Whole units: what "the third one free" counts."""

    def __post_init__(self) -> None:
        # Reckoned once: every promotion asks for them.
        list_value = half_up(self.price * self.quantity, QUANTITY_UNIT)
        object.__setattr__(self, "list_value", list_value)
        object.__setattr__(self, "total", max(0, list_value - self.discount))
        object.__setattr__(self, "units", self.quantity // QUANTITY_UNIT)


@dataclass(frozen=True, slots=True)
class HistoryScope:
    """Which earlier orders count: from a day on, at some locations; None and empty is all."""

    since: date | None = None
    locations: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class History:
    """What earlier orders of somebody add up to; refunds reduce it."""

    sold: int = 0
    paid: int = 0
    visits: int = 0


@dataclass(frozen=True, slots=True)
class Customer:
    """Who buys, as far as promotions ask."""

    id: str
    tags: frozenset[str] = frozenset()
    fields: Mapping[str, object] = field(default_factory=dict)
    card_types: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    orders_before: int = 0
    sold_before: int = 0
    paid_before: int = 0
    is_invited: bool = False
    histories: Mapping[HistoryScope, History] = field(default_factory=dict)
    """The scopes that some earning asks for (`Compiled.histories`)."""
    birthday: tuple[int, int] | None = None
    """Month and day; the year is nobody's business here."""


@dataclass(frozen=True, slots=True)
class Uses:
    """How much of a promotion's limits is used up before this order."""

    total: int = 0
    by_customer: int = 0
    today: int = 0
    discount: int = 0
    units: int = 0
    earned_today: int = 0


NOT_USED = Uses()


@dataclass(frozen=True, slots=True)
class Facts:
    """An order and everything around it that decides what it gets. `at` is local time of the order's location."""

    lines: tuple[Line, ...]
    at: datetime
    shipping: int = 0
    shipping_method: str = ""
    tips: int = 0
    location: str = ""
    channel: str = ""
    contact_point: str = ""
    codes: frozenset[str] = frozenset()
    """Codes as they are compared: see `kernel.codes.code_key`."""
    customer: Customer | None = None
    prices_include_tax: bool = True
    uses: Mapping[str, Uses] = field(default_factory=dict)
    """By id of the promotion; one that is not here was never used."""
    balances: Mapping[str, int] = field(default_factory=dict)
    """What of each balance type can be spent."""
    carried: Mapping[str, int] = field(default_factory=dict)
    """By id of the promotion: money of earlier orders that waits for the next full block."""
    included: tuple[int, ...] = field(init=False)
    """Positions of the lines that the till did not exclude."""
    is_taxed: bool = field(init=False)
    untouched: "Left" = field(init=False)
    """The order before any promotion."""

    def __post_init__(self) -> None:
        # Reckoned once: every promotion asks for them.
        object.__setattr__(self, "included", tuple([at for at, one in enumerate(self.lines) if not one.is_excluded]))
        start = Left(tuple([one.total for one in self.lines]), self.shipping, tuple([one.units for one in self.lines]))
        object.__setattr__(self, "untouched", start)
        object.__setattr__(self, "is_taxed", any(line.tax_percent for line in self.lines))


class Left(Struct, frozen=True):
    """What earlier promotions left of an order: money per line and of shipping, and units not yet spoken for."""

    lines: tuple[int, ...]
    shipping: int
    units: tuple[int, ...]

    @property
    def items(self) -> int:
        """What is left of all lines together."""
        return sum(self.lines)
