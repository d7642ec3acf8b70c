"""What pays for an order: points first, then gift cards, then deposits, within their limits (ORD-6, TYP-3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_FLOOR
from uuid import UUID

from regulars.giftcards.errors import GiftCardLimited, GiftCardShort
from regulars.kernel.amount import format_amount
from regulars.kernel.refusal import Refusal
from regulars.ledger.errors import InsufficientBalance
from regulars.orders.errors import SpendLimited, SpendNeedsCard
from regulars.orders.rules.command import Wish
from regulars.orders.rules.terms import BalanceTerms, CardTypeTerms, SpendLimits
from regulars.promotions.rules.facts import PREPAID, Facts
from regulars.promotions.rules.outcome import Priced


@dataclass(frozen=True, slots=True)
class Purse:
    """One balance of one card that could pay: what is available of it now."""

    card_id: UUID
    account_id: UUID
    card_type: CardTypeTerms
    balance: BalanceTerms
    available: int

    def in_blocks(self, units: int) -> int:
        """The most of so many units that can be spent: points go in blocks where their card type says so."""
        if self.balance.kind != "points" or self.card_type.spend.block == 1:
            return units
        block = int(self.card_type.spend.block * 10**self.balance.decimals)
        return units // block * block


@dataclass(frozen=True, slots=True)
class Spend:
    """What one balance of one card pays: units of it, and what they are worth."""

    card_id: UUID
    account_id: UUID
    balance_type_id: UUID
    units: int
    money: int


@dataclass(frozen=True, slots=True)
class GiftPurse:
    """A gift card that could pay; `wish` is how much of it is asked for, None is as much as may be."""

    owner_id: UUID
    available: int
    limits: SpendLimits
    wish: int | None

    def and_wish(self, wish: int | None) -> "GiftPurse":
        """The same gift card asked for this as well."""
        return replace(self, wish=None if wish is None or self.wish is None else self.wish + wish)


@dataclass(frozen=True, slots=True)
class GiftSpend:
    """What a gift card pays."""

    owner_id: UUID
    money: int


@dataclass(frozen=True, slots=True)
class Payment:
    """What pays for an order beside money."""

    spends: tuple[Spend, ...] = ()
    gifts: tuple[GiftSpend, ...] = ()


@dataclass(frozen=True, slots=True)
class Bill:
    """What is to be paid: each line with its tax, shipping, tips."""

    lines: tuple[int, ...]
    kinds: tuple[tuple[str, str], ...]
    """Kind and category of each line."""
    shipping: int
    tips: int

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.lines) + self.shipping + self.tips

    @property
    def without_tips(self) -> int:
        """What a share of the bill is reckoned on."""
        return sum(self.lines) + self.shipping

    def for_points(self, limits: SpendLimits) -> int:
        """The most that points under these limits may pay; tips are for those who served."""
        if self.without_tips < limits.minimum_order:
            return 0
        most = self.within(limits)
        if limits.percent is not None:
            share = (self.without_tips * limits.percent / 100).to_integral_value(ROUND_FLOOR)
            most = min(most, int(share))
        return most if limits.amount is None else min(most, limits.amount)

    def within(self, limits: SpendLimits) -> int:
        """What may be paid by kind and category, tips apart; shipping where every line may. What is prepaid never is."""
        paired = zip(self.lines, self.kinds, strict=True)
        lines = sum(amount for amount, kind in paired if kind[0] != PREPAID and limits.takes(*kind))
        return lines + self.shipping if limits.is_for_everything else lines

    def parts(self) -> list[int]:
        """What points and gift cards may pay, part by part: shipping, tips, each line; what is prepaid is not among it."""
        paired = zip(self.lines, self.kinds, strict=True)
        return [self.shipping, self.tips, *(0 if kind[0] == PREPAID else amount for amount, kind in paired)]

    def takes(self, limits: SpendLimits) -> list[bool]:
        """Which of these parts a gift card under such limits may pay."""
        whole = limits.is_for_everything
        return [whole, whole, *(kind[0] != PREPAID and limits.takes(*kind) for kind in self.kinds)]


def bill_of(facts: Facts, priced: Priced) -> Bill:
    """The bill of an order that is priced."""
    added = priced.line_taxes if not facts.prices_include_tax else (0,) * len(facts.lines)
    return Bill(
        lines=tuple(amount + tax for amount, tax in zip(priced.line_totals, added, strict=True)),
        kinds=tuple((line.kind, line.category) for line in facts.lines),
        shipping=priced.shipping,
        tips=priced.tips,
    )


@dataclass(slots=True)
class _Till:
    """What is paid so far, while wishes are planned one after another."""

    bill: Bill
    currency_decimals: int
    left: int
    by_points: int = 0
    by_type: dict[UUID, int] = field(default_factory=dict)
    drawn: dict[UUID, int] = field(default_factory=dict)
    spends: list[Spend] = field(default_factory=list)
    gifts: list[GiftSpend] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    """What is left of each part of the bill that points and gift cards may pay."""
    wanted: list[int] = field(default_factory=list)
    """How many gift cards of this order may pay each part: what few may pay is paid first."""

    def expect(self, gifts: Sequence[GiftPurse]) -> None:
        """Begin, with these gift cards to come."""
        self.parts = self.bill.parts()
        fits = [self.bill.takes(one.limits) for one in gifts]
        self.wanted = [sum(column) for column in zip(*fits, strict=True)]

    def room_of_gift(self, purse: GiftPurse) -> int:
        """The most that this gift card may still pay, were there enough on it."""
        fits = self.bill.takes(purse.limits)
        return min(self.left, sum(part for part, fit in zip(self.parts, fits, strict=True) if fit))

    def draw(self, money: int, limits: SpendLimits, *, tips: bool) -> None:
        """Take what is paid off the parts that it may pay; where that is less, off any. Nothing where no gift card comes."""
        if not self.parts:
            return
        fits = self.bill.takes(limits)
        fits[1] = fits[1] and tips
        order = sorted(range(len(self.parts)), key=lambda at: (not fits[at], self.wanted[at]))
        for at in order:
            part = min(money, self.parts[at])
            self.parts[at] -= part
            money -= part

    def room(self, purse: Purse) -> int:
        """The most units that this purse may still pay with."""
        return purse.in_blocks(min(self.room_by_limits(purse), purse.available - self.drawn.get(purse.account_id, 0)))

    def room_by_limits(self, purse: Purse) -> int:
        """The same, were the purse full."""
        money = self.left
        if purse.balance.kind == "points":
            within = self.bill.for_points(purse.card_type.spend) - self.by_type.get(purse.card_type.id, 0)
            money = max(0, min(money, within, self.bill.without_tips - self.by_points))
        return purse.balance.units_within(money, self.currency_decimals)

    def pay(self, purse: Purse, units: int) -> None:
        """Pay so many units out of a purse."""
        money = min(purse.balance.money_of(units, self.currency_decimals), self.left)
        self.left -= money
        if purse.balance.kind == "points":
            self.by_points += money
            self.by_type[purse.card_type.id] = self.by_type.get(purse.card_type.id, 0) + money
            self.draw(money, purse.card_type.spend, tips=False)
        self.drawn[purse.account_id] = self.drawn.get(purse.account_id, 0) + units
        self.spends.append(Spend(purse.card_id, purse.account_id, purse.balance.id, units, money))


def plan_spends(
    bill: Bill,
    wishes: Iterable[Wish],
    purses: Mapping[UUID, Sequence[Purse]],
    balances: Mapping[UUID, BalanceTerms],
    *,
    gifts: Sequence[GiftPurse] = (),
    currency_decimals: int,
) -> Payment | Refusal:
    """Plan what balances and gift cards pay, each on what the ones before left; `purses` are those of each balance type.

    An amount that is named is paid in full or refused: InsufficientBalance, SpendLimited, SpendNeedsCard, GiftCardShort,
    GiftCardLimited. `max` pays what it can, which may be nothing.
    """
    till = _Till(bill, currency_decimals, left=bill.total)
    if gifts:
        till.expect(gifts)
    asked = list(wishes)
    deposits = [one for one in asked if balances[one.balance_type_id].kind == "deposit"]
    # Points come before gift cards, and these before deposits, whatever the order of the wishes (ORD-6).
    for wish in (one for one in asked if one not in deposits):
        if (refusal := _pay_wish(till, wish, purses, balances)) is not None:
            return refusal
    for gift in gifts:
        if (refusal := _pay_gift(till, gift)) is not None:
            return refusal
    for wish in deposits:
        if (refusal := _pay_wish(till, wish, purses, balances)) is not None:
            return refusal
    return Payment(tuple(till.spends), tuple(till.gifts))


def _pay_wish(
    till: _Till, wish: Wish, purses: Mapping[UUID, Sequence[Purse]], balances: Mapping[UUID, BalanceTerms]
) -> Refusal | None:
    balance = balances[wish.balance_type_id]
    meant = [one for one in purses.get(balance.id, ()) if wish.card_id in (None, one.card_id)]
    if not meant:
        return SpendNeedsCard(balance_type=balance.external_id)
    if wish.units is not None:
        return _pay_all(till, wish.units, meant)
    for purse in meant:
        if (units := till.room(purse)) > 0:
            till.pay(purse, units)
    return None


def _pay_gift(till: _Till, purse: GiftPurse) -> Refusal | None:
    """Pay with a gift card, or say what stands against it."""

    def text(money: int) -> str:
        return format_amount(money, till.currency_decimals)

    room = till.room_of_gift(purse)
    money = min(room, purse.available) if purse.wish is None else purse.wish
    if money > purse.available:
        return GiftCardShort(available=text(max(0, purse.available)), wanted=text(money))
    if money > room:
        return GiftCardLimited(max=text(room))
    if money > 0:
        till.left -= money
        till.draw(money, purse.limits, tips=True)
        till.gifts.append(GiftSpend(purse.owner_id, money))
    return None


def _pay_all(till: _Till, wanted: int, purses: Sequence[Purse]) -> Refusal | None:
    """Pay an amount out of purses one after another, or say what stands against it."""
    balance = purses[0].balance

    def text(units: int) -> str:
        return format_amount(units, balance.decimals)

    available = sum(max(0, one.available - till.drawn.get(one.account_id, 0)) for one in purses)
    if wanted > available:
        return InsufficientBalance(available=text(available), wanted=text(wanted))
    left = wanted
    for purse in purses:
        units = purse.in_blocks(min(left, till.room(purse)))
        if units > 0:
            till.pay(purse, units)
            left -= units
    if left:
        most = wanted - left
        money = balance.money_of(most, till.currency_decimals)
        return SpendLimited(
            balance_type=balance.external_id, max=text(most), money=format_amount(money, till.currency_decimals)
        )
    return None


def spendable_of(bill: Bill, purses: Iterable[Purse], *, currency_decimals: int) -> tuple[Spend, ...]:
    """The most that each purse could pay by itself; one that could pay nothing is left out."""
    found = []
    for purse in purses:
        till = _Till(bill, currency_decimals, left=bill.total)
        units = till.room(purse)
        if units > 0:
            till.pay(purse, units)
            found += till.spends
    return tuple(found)
