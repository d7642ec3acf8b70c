"""What a promotion would have changed on orders that were recorded: the same orders, priced by what runs and with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from msgspec import structs

from regulars.orders.rules.decide import LOYALTY_OFF, NO_CARD
from regulars.orders.rules.terms import PromotionTerms, Terms
from regulars.promotions.rules.evaluate import evaluate
from regulars.promotions.rules.facts import NOT_USED, Facts, Uses
from regulars.promotions.rules.outcome import Applied, NotApplied, Priced, Reason
from regulars.promotions.rules.promotion import Compiled

EXAMPLES: Final = 5


@dataclass(frozen=True, slots=True)
class PastOrder:
    """An order as promotions saw it, with what its buyer's cards were: program and card type of each.

    `holder` is whom limits count, "" where nobody is known.
    """

    id: UUID
    number: str
    at: datetime
    facts: Facts
    paid_with_points: int = 0
    cards: tuple[tuple[UUID, UUID], ...] = ()
    holder: str = ""
    takes_part: bool = True


@dataclass(frozen=True, slots=True)
class Given:
    """What promotions give on one order, or on many: money off, units of each balance type, and what is left to pay."""

    discount: int = 0
    total: int = 0
    earned: Mapping[str, int] = field(default_factory=dict)

    def plus(self, more: "Given") -> "Given":
        """Both together."""
        names = dict.fromkeys((*self.earned, *more.earned))
        return Given(
            self.discount + more.discount,
            self.total + more.total,
            {name: self.earned.get(name, 0) + more.earned.get(name, 0) for name in names},
        )


@dataclass(frozen=True, slots=True)
class Changed:
    """An order that the promotion changes; `own` is what the promotion itself says of it."""

    order: PastOrder
    now: Given
    then: Given
    own: Applied | NotApplied

    @property
    def weight(self) -> tuple[int, int]:
        """How much it changes: money first, then units."""
        names = dict.fromkeys((*self.now.earned, *self.then.earned))
        units = sum(abs(self.then.earned.get(name, 0) - self.now.earned.get(name, 0)) for name in names)
        return abs(self.then.discount - self.now.discount), units


@dataclass(frozen=True, slots=True)
class Effect:
    """What is given on the orders by what runs (`now`) and with the promotion (`then`); the largest changes first."""

    orders: int
    changed: int
    now: Given
    then: Given
    examples: tuple[Changed, ...]


def compare(orders: Sequence[PastOrder], running: Terms, promotion: PromotionTerms) -> Effect:
    """Price every order twice, in the order of time: by what runs, and with the promotion in its place beside it.

    Limits count from what was used when an order was recorded; those of which nothing was known begin at nothing with
    the first of these orders.
    """
    tried = running.trying(promotion)
    name = str(promotion.id)
    now_pass, then_pass = _Pass(running), _Pass(tried)
    now, then = Given(), Given()
    changes: list[Changed] = []
    for order in sorted(orders, key=lambda one: (one.at, one.id)):
        is_now, _ = now_pass.price(order)
        is_then, verdicts = then_pass.price(order)
        now, then = now.plus(is_now), then.plus(is_then)
        if is_now != is_then:
            changes.append(Changed(order, is_now, is_then, verdicts[name]))
    largest = sorted(changes, key=lambda one: one.weight, reverse=True)[:EXAMPLES]
    return Effect(len(orders), len(changes), now, then, tuple(largest))


class _Pass:
    """One way of pricing a row of orders: it remembers what they took of limits."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.all: dict[str, Uses] = {}
        self.of_holder: dict[tuple[str, str], Uses] = {}
        self.of_day: dict[tuple[str, str, date], Uses] = {}

    def price(self, order: PastOrder) -> tuple[Given, dict[str, Applied | NotApplied]]:
        """What an order is given, and the verdict of every promotion."""
        shut_out = {name: why for name, one in self.terms.promotions.items() if (why := _shut_out(one, order))}
        asked = self.terms.compiled
        if shut_out:
            asked = replace(asked, promotions=tuple(one for one in asked.promotions if one.id not in shut_out))
        facts = replace(order.facts, uses=self._uses(order))
        priced = self._priced(facts, asked, order.paid_with_points)
        verdicts: dict[str, Applied | NotApplied] = {one.promotion: one for one in priced.verdicts}
        earned: dict[str, int] = {}
        for verdict in priced.verdicts:
            if isinstance(verdict, Applied):
                self._take(verdict, order)
                for one in verdict.earned:
                    if one.amount:
                        earned[one.balance_type] = earned.get(one.balance_type, 0) + one.amount
        verdicts |= {name: NotApplied(name, why) for name, why in shut_out.items()}
        return Given(priced.discount_total, priced.total, earned), verdicts

    def _priced(self, facts: Facts, asked: Compiled, paid_with_points: int) -> Priced:
        """As `decide` does: what points paid earns only where the program says so."""
        priced = evaluate(facts, asked)
        if not paid_with_points:
            return priced
        again = evaluate(facts, asked, paid_with_points=paid_with_points)
        verdicts = tuple(
            full if self._earns_on_points(full.promotion) else less
            for full, less in zip(priced.verdicts, again.verdicts, strict=True)
        )
        return structs.replace(again, verdicts=verdicts)

    def _earns_on_points(self, name: str) -> bool:
        return self.terms.programs[self.terms.promotions[name].program_id].earns_on_points

    def _uses(self, order: PastOrder) -> dict[str, Uses]:
        known = order.facts.uses
        found = dict(known)
        for counted in self.terms.counted:
            name = str(counted)
            in_all = self.all.get(name, NOT_USED)
            in_life = self.of_holder.get((name, order.holder), NOT_USED) if order.holder else NOT_USED
            on_day = (
                self.of_day.get((name, order.holder, order.facts.at.date()), NOT_USED) if order.holder else NOT_USED
            )
            seen = known.get(name, NOT_USED)
            found[name] = Uses(
                total=max(seen.total, in_all.total),
                by_customer=max(seen.by_customer, in_life.total),
                today=max(seen.today, on_day.total),
                discount=max(seen.discount, in_all.discount),
                units=max(seen.units, in_all.units),
                earned_today=max(seen.earned_today, on_day.earned_today),
            )
        return found

    def _take(self, applied: Applied, order: PastOrder) -> None:
        name = applied.promotion
        if UUID(name) not in self.terms.counted:
            return
        self.all[name] = _more(self.all.get(name, NOT_USED), applied)
        if order.holder:
            of_holder, of_day = (name, order.holder), (name, order.holder, order.facts.at.date())
            self.of_holder[of_holder] = _more(self.of_holder.get(of_holder, NOT_USED), applied)
            self.of_day[of_day] = _more(self.of_day.get(of_day, NOT_USED), applied)


def _more(uses: Uses, applied: Applied) -> Uses:
    return Uses(
        total=uses.total + 1,
        discount=uses.discount + applied.cut.total,
        units=uses.units + sum(applied.cut.units),
        earned_today=uses.earned_today + sum(one.amount for one in applied.earned),
    )


def _shut_out(promotion: PromotionTerms, order: PastOrder) -> Reason | None:
    """Why a promotion that takes a card does not count, or None."""
    if not promotion.needs_card:
        return None
    if not order.takes_part:
        return LOYALTY_OFF
    wanted = promotion.card_type_ids
    fits = any(
        program == promotion.program_id and (wanted is None or card_type in wanted)
        for program, card_type in order.cards
    )
    return None if fits else NO_CARD
