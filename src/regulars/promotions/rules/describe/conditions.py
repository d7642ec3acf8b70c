"""Conditions in plain sentences."""

from collections.abc import Sequence
from datetime import date

from regulars.promotions.rules.conditions.amounts import AmountBetween, MinimumAmount, MinimumUnits, UnitsBetween
from regulars.promotions.rules.conditions.content import Contains, ShippedBy
from regulars.promotions.rules.conditions.groups import AllOf, AnyOf, NoneOf
from regulars.promotions.rules.conditions.moments import Days, Hours, WeeklyHours
from regulars.promotions.rules.conditions.people import (
    HasField,
    HoldsCard,
    InTier,
    Invited,
    KnownAs,
    NearBirthday,
    NthOrder,
    Tagged,
)
from regulars.promotions.rules.conditions.places import AtPlaces
from regulars.promotions.rules.conditions.segments import InOrderSegment
from regulars.promotions.rules.definition.registry import kind_of
from regulars.promotions.rules.describe.speech import Teller, Texts


class Conditions(Teller):
    """When it holds, and for whom."""

    def codes(self, codes: Sequence[str]) -> Texts:
        """The codes that unlock it."""
        if codes:
            yield self.say("with_code", codes=self._speech.listed(codes))

    def unlocked(self, pools: Sequence[str], *, by_voucher: bool) -> Texts:
        """The pools whose codes unlock it, and whether a voucher does."""
        if pools:
            yield self.say("with_pool", pools=self._names(frozenset(pools)))
        if by_voucher:
            yield self.say("with_voucher")

    def condition(self, one: object) -> Texts:
        """One condition."""
        match one:
            case Days():
                yield from self._days(one)
            case WeeklyHours(hours=hours):
                yield self.say("weekly_hours", hours="; ".join(self._stretch(stretch) for stretch in hours))
            case AtPlaces():
                for name in ("locations", "channels", "contact_points"):
                    if getattr(one, name):
                        yield self.say(f"at_{name}", **{name: self._names(getattr(one, name))})
            case ShippedBy(methods=methods):
                yield self.say("shipped_by", methods=self._names(methods))
            case InOrderSegment(segment=segment):
                yield self.say("in_order_segment", segment=self._speech.name(segment))
            case AllOf(conditions=parts) | AnyOf(conditions=parts) | NoneOf(conditions=parts):
                inner = " · ".join(text for part in parts for text in self.condition(part))
                yield self.say(kind_of(type(one)), conditions=inner)
            case _:
                yield from self._amounts(one)

    def _amounts(self, one: object) -> Texts:
        match one:
            case MinimumAmount():
                yield from self._minimum(one)
            case MinimumUnits(units=units):
                yield self.say("minimum_units", units=units)
            case Contains(units=units, products=products):
                yield self.say("contains", units=units, products=self.products(products))
            case AmountBetween() | UnitsBetween():
                yield from self._between(one)
            case _:
                yield from self._person(one)

    def _days(self, one: Days) -> Texts:
        day = self._speech.day
        match one:
            case Days(first=None, last=date() as last):
                yield self.say("days_until", last=day(last))
            case Days(first=date() as first, last=None):
                yield self.say("days_from", first=day(first))
            case Days(first=date() as first, last=date() as last):
                yield self.say("days", first=day(first), last=day(last))

    def _between(self, one: AmountBetween | UnitsBetween) -> Texts:
        def written(value: int | None) -> object:
            return self._speech.money(value or 0) if isinstance(one, AmountBetween) else value

        ends = "between" if one.least is not None and one.most is not None else "to" if one.least is None else "from"
        code = f"{'amount' if isinstance(one, AmountBetween) else 'units'}_{ends}"
        yield self.say(code, least=written(one.least), most=written(one.most), products=self.products(one.products))

    def _person(self, one: object) -> Texts:
        match one:
            case KnownAs(customers=customers):
                yield self.say("known_as" if customers else "known")
            case Tagged(tags=tags):
                yield self.say("tagged", tags=self._names(tags))
            case HasField(name=name, values=values):
                yield self.say("has_field", field=name, values=self._names(values))
            case InTier(tiers=tiers):
                yield self.say("in_tier", tiers=self._names(tiers))
            case HoldsCard(card_types=card_types):
                yield self.say("holds_card", card_types=self._names(card_types))
            case NearBirthday(days_before=0, days_after=0):
                yield self.say("on_birthday")
            case NearBirthday(days_before=before, days_after=after):
                yield self.say("near_birthday", before=before, after=after)
            case Invited():
                yield self.say("invited")
            case NthOrder(number=1, is_every=False):
                yield self.say("first_order")
            case NthOrder(number=number, is_every=is_every):
                yield self.say("every_nth_order" if is_every else "nth_order", number=number)
            case _:
                yield from self._outsider(one)

    def _stretch(self, stretch: Hours) -> str:
        weekdays = self._speech.weekdays(sorted(stretch.weekdays))
        if stretch.begins == stretch.ends:
            return self.say("hours_all_day", weekdays=weekdays)
        clock = self._speech.clock
        return self.say("hours", weekdays=weekdays, begins=clock(stretch.begins), ends=clock(stretch.ends))

    def _minimum(self, one: MinimumAmount) -> Texts:
        code = f"{'above' if one.is_strict else 'minimum'}_{'chosen' if one.of_chosen else 'order'}"
        yield self.say(code, amount=self._speech.money(one.amount))
        if one.after_discounts:
            yield self.say("counted_after_discounts")
        if one.with_shipping:
            yield self.say("counted_with_shipping")
        if one.tax != "as_priced":
            yield self.say("counted_with_tax" if one.tax == "included" else "counted_without_tax")
