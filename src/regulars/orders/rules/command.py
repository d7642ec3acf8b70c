"""An order as somebody sent it, and the same once it is read: every amount a whole number of smallest units."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from msgspec import Struct

from regulars.promotions.rules.facts import Line

Amount = str | int | Decimal

LINES_MAX: Final = 1_000
CODES_MAX: Final = 50
SPENDS_MAX: Final = 20
STATES: Final = ("open", "paid", "completed")


class LineDraft(Struct, frozen=True):
    """A line as it was sent; None is what a product, or the usual, fills in."""

    quantity: Amount = "1"
    sku: str = ""
    price: Amount | None = None
    name: str | None = None
    category: str | None = None
    tags: tuple[str, ...] | None = None
    kind: str | None = None
    discount: Amount = "0"
    excluded: bool | None = None
    price_min: Amount = "0"
    tax_percent: Amount | None = None


class SpendDraft(Struct, frozen=True):
    """What is to be paid with a balance: an amount of it, or `max`. `card` names one of several cards.

    With `code` it is a gift card that pays, and there is no balance.
    """

    balance_type: str
    amount: Amount
    card: str | None = None
    code: str | None = None
    owner_id: UUID | None = None
    """The gift card itself, where an order that was open knows it already, and how its code is told (`shown`)."""
    shown: str = ""

    @property
    def is_gift_card(self) -> bool:
        """Whether a gift card is to pay, and no balance."""
        return self.code is not None or self.owner_id is not None


class OrderDraft(Struct, frozen=True):
    """An order as it was sent. At most one of card, customer and phone says whose it is."""

    lines: tuple[LineDraft, ...]
    external_id: str | None = None
    card: str | None = None
    customer: str | None = None
    phone: str | None = None
    location: str | None = None
    channel: str = ""
    contact_point: str = ""
    at: datetime | None = None
    starts_at: datetime | None = None
    state: str = "paid"
    currency: str | None = None
    shipping: Amount = "0"
    shipping_method: str = ""
    tips: Amount = "0"
    codes: tuple[str, ...] = ()
    known: tuple[tuple[str, UUID], ...] = ()
    """Codes, vouchers and memberships that an open order presented before, by kind and id: the codes themselves are not kept."""
    spend: tuple[SpendDraft, ...] = ()
    expected_total: Amount | None = None
    reserve_seconds: int = 600
    referred_by: str | None = None
    content_hash: bytes = b""
    """What tells another content under the same external id."""
    uses_memberships: bool = False
    """Whether the memberships of whoever buys pay as well, although no code of theirs is shown."""
    uses_again: bool = False
    """Whether a membership pays sooner after its last use than its type has it."""
    hears_slogans_only: str = ""
    """Why codes are left alone that promotions do not know by themselves, as a reason that is told; "" where they are not."""


class Wish(Struct, frozen=True):
    """What is to be paid with a balance; `units` None is as much as may be."""

    balance_type_id: UUID
    units: int | None
    card_id: UUID | None


class GiftWish(Struct, frozen=True):
    """What is to be paid with a gift card; `money` None is as much as may be. `position` is where `spend` names it."""

    key: str
    money: int | None
    position: int
    owner_id: UUID | None = None
    shown: str = ""


class Purchase(Struct, frozen=True):
    """An order that was read: whose it is by one of three names, money in smallest units."""

    lines: tuple[Line, ...]
    at: datetime
    state: str
    external_id: str | None = None
    card_id: UUID | None = None
    customer_id: UUID | None = None
    customer_key: str | None = None
    """External id of the customer, where that was given."""
    phone: str | None = None
    location_id: UUID | None = None
    channel: str = ""
    contact_point: str = ""
    starts_at: datetime | None = None
    shipping: int = 0
    shipping_method: str = ""
    tips: int = 0
    codes: tuple[str, ...] = ()
    unheard: tuple[str, ...] = ()
    """Codes that nobody looks at, and why not."""
    unheard_because: str = ""
    known: tuple[tuple[str, UUID], ...] = ()
    wishes: tuple[Wish, ...] = ()
    gifts: tuple[GiftWish, ...] = ()
    uses_memberships: bool = False
    uses_again: bool = False
    expected_total: int | None = None
    reserve_seconds: int = 0
    referred_by: str | None = None
    content_hash: bytes = b""

    @property
    def moment(self) -> datetime:
        """By whose clock promotions go: a visit's beginning, else the time of the order."""
        return self.starts_at or self.at

    def keys(self, slogans: Collection[str]) -> Iterator[str]:
        """The codes of it that belong to something, or may."""
        if self.codes:
            yield from (one for one in self.codes if one not in slogans)
        if self.gifts:
            yield from (one.key for one in self.gifts if one.key)

    def presents(self, slogans: Collection[str]) -> bool:
        """Whether it comes with codes that belong to something, or may; `slogans` unlock promotions by themselves."""
        return bool(self.gifts or self.known or self.unheard or self.uses_memberships) or any(
            one not in slogans for one in self.codes
        )

    @property
    def names_nobody(self) -> bool:
        """Whether it does not say whose order it is."""
        return not (self.card_id or self.customer_id or self.customer_key or self.phone)


@dataclass(frozen=True, slots=True)
class ProductDefaults:
    """What a product of the chain fills in where a line leaves it out."""

    name: str = ""
    category: str = ""
    tags: frozenset[str] = frozenset()
    kind: str = "goods"
    price: int | None = None
    price_min: int = 0
    tax_percent: Decimal | None = None
    is_excluded: bool = False


NO_PRODUCT: Final = ProductDefaults()
Products = Mapping[str, ProductDefaults]
