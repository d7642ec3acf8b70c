"""What a promotion takes off and what it brings, in plain sentences."""

from decimal import Decimal
from typing import Any

from regulars.promotions.rules.benefits.amount import AmountOffLine, AmountOffOrder, AmountOffUnit, FixedPrice, Steps
from regulars.promotions.rules.benefits.groups import BundlePrice, BuyGet, CheapestOff, UnitGroups
from regulars.promotions.rules.benefits.percent import PercentOffLines, PercentOffOrder
from regulars.promotions.rules.benefits.shipping import ShippingOff
from regulars.promotions.rules.definition.values import Definition
from regulars.promotions.rules.describe.conditions import Conditions
from regulars.promotions.rules.describe.speech import WHOLE, Teller, Texts
from regulars.promotions.rules.earnings.accumulative import AccumulativeBack
from regulars.promotions.rules.earnings.kinds import PercentBack, PerMoney, PerOrder, PerUnit
from regulars.promotions.rules.products import EVERYTHING


class Gains(Teller):
    """Benefits, earnings, and what they cost."""

    def benefit(self, one: object) -> Texts:
        """One benefit."""
        speech = self._speech
        match one:
            case PercentOffLines() | PercentOffOrder():
                yield self.say(one.kind, percent=speech.number(one.percent))
                yield from self._caps(one)
            case AmountOffOrder():
                yield self.say("amount_off_order", amount=speech.money(one.amount))
                if one.with_shipping:
                    yield self.say("shared_with_shipping")
                if one.by_quantity:
                    yield self.say("shared_by_quantity")
            case AmountOffLine():
                yield self.say("amount_off_line", amount=speech.money(one.amount))
            case AmountOffUnit():
                yield self.say("amount_off_unit", amount=speech.money(one.amount))
                if one.first is not None:
                    yield self.say("first_unit", amount=speech.money(one.first))
                yield from self._caps(one)
            case FixedPrice(price=price):
                yield self.say("fixed_price", price=speech.money(price))
            case Steps():
                yield from self._steps(one)
            case ShippingOff():
                yield self._shipping(one)
            case _:
                yield from self._by_units(one)

    def _by_units(self, one: object) -> Texts:
        money = self._speech.money
        match one:
            case CheapestOff():
                yield self._reduced("cheapest", one.percent, one.amount, units=one.units)
                yield from self._caps(one)
            case BuyGet():
                yield self._reduced("buy_get", one.percent, one.amount, buy=one.buy, get=one.get)
                yield from self._buy_get(one)
            case UnitGroups(group=group, amount=amount):
                yield self.say("unit_groups", group=group, amount=money(amount))
            case BundlePrice(parts=parts, price=price):
                yield self.say("bundle_price", price=money(price))
                for part in parts:
                    products = self.products(part.products or EVERYTHING)
                    yield self.say("bundle_part", units=part.units, products=products)
            case _:
                yield from self._outsider(one)

    def _caps(self, one: Any) -> Texts:
        if getattr(one, "amount_max", None) is not None:
            yield self.say("amount_at_most", amount=self._speech.money(one.amount_max))
        for name, code in (("units_max", "units_at_most"), ("units_max_per_line", "units_at_most_per_line")):
            if getattr(one, name, None) is not None:
                yield self.say(code, units=getattr(one, name))

    def _reduced(self, stem: str, percent: Decimal | None, amount: int, **values: object) -> str:
        if percent is None:
            return self.say(f"{stem}_amount", amount=self._speech.money(amount), **values)
        if percent == WHOLE:
            return self.say(f"{stem}_free", **values)
        return self.say(f"{stem}_percent", percent=self._speech.number(percent), **values)

    def _buy_get(self, one: BuyGet) -> Texts:
        if one.buy_products is not None:
            yield self.say("to_buy", products=self.products(one.buy_products))
        if one.get_products is not None:
            yield self.say("to_get", products=self.products(one.get_products))
        for name in ("within_line", "gives_parts", "dearest_first"):
            if getattr(one, name):
                yield self.say(name)

    def _steps(self, one: Steps) -> Texts:
        for reached, off in one.steps:
            start = self._speech.money(reached)
            if one.is_percent:
                yield self.say("step_percent", **{"from": start, "percent": self._hundredths(off)})
            else:
                yield self.say("step_amount", **{"from": start, "amount": self._speech.money(off)})
        if one.base and one.is_percent:
            yield self.say("base_percent", percent=self._hundredths(one.base))
        elif one.base:
            yield self.say("base_amount", amount=self._speech.money(one.base))

    def _hundredths(self, off: int) -> str:
        return self._speech.number(Decimal(off).scaleb(-2))

    def _shipping(self, one: ShippingOff) -> str:
        if one.percent == WHOLE:
            return self.say("free_shipping")
        if one.percent is not None:
            return self.say("shipping_percent", percent=self._speech.number(one.percent))
        if one.amount is not None:
            return self.say("shipping_amount", amount=self._speech.money(one.amount))
        return self.say("shipping_price", price=self._speech.money(one.price or 0))

    def earnings(self, definition: Definition) -> Texts:
        """What it brings, and what it takes in return."""
        for one in definition.earnings:
            yield from self._earning(one)
        for multiplier in definition.multipliers:
            yield self.say(
                "multiplier",
                balance_type=self._speech.name(multiplier.balance_type),
                factor=self._speech.number(multiplier.factor),
            )
        if definition.cost is not None:
            yield self.say("costs", units=self._speech.units(definition.cost.balance_type, definition.cost.amount))

    def _earning(self, one: object) -> Texts:
        speech = self._speech
        match one:
            case PercentBack():
                yield self.say(
                    "percent_back", percent=speech.number(one.percent), balance_type=speech.name(one.balance_type)
                )
                for rate in one.instead:
                    inner = " · ".join(text for part in rate.conditions for text in Conditions(speech).condition(part))
                    yield self.say("percent_instead", percent=speech.number(rate.percent), conditions=inner)
                yield from self._basis(one.basis)
            case AccumulativeBack():
                yield from self._accumulative(one)
            case PerMoney():
                yield self.say("per_money", units=speech.units(one.balance_type, one.units), per=speech.money(one.per))
                if one.in_parts:
                    yield self.say("in_parts")
                if one.carries:
                    yield self.say("carries")
                yield from self._basis(one.basis)
            case PerOrder() | PerUnit():
                yield self.say(one.kind, units=speech.units(one.balance_type, one.units))
                if isinstance(one, PerUnit) and one.only_paid:
                    yield self.say("only_paid")
            case _:
                yield from self._outsider(one)

    def _accumulative(self, one: AccumulativeBack) -> Texts:
        speech = self._speech
        for step in sorted(one.steps, key=lambda found: found.reached):
            reached = str(step.reached) if one.over == "visits" else speech.money(step.reached)
            yield self.say(
                f"rate_{one.over}",
                reached=reached,
                percent=speech.number(step.percent),
                balance_type=speech.name(one.balance_type),
            )
        if one.since is not None:
            yield self.say("history_since", day=speech.day(one.since))
        if one.locations:
            yield self.say("history_at", locations=self._names(one.locations))
        yield from self._basis(one.basis)

    def _basis(self, basis: str) -> Texts:
        if basis in ("before_discounts", "excluding_tax"):
            yield self.say(basis)
