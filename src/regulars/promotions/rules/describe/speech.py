"""How sentences about promotions are put: templates to translate, values as a language writes them, choices of products."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, time
from decimal import Decimal
from typing import Any, Final, Literal

from regulars.promotions.rules.definition.registry import kind_of
from regulars.promotions.rules.products import Products

Part = Literal["when", "about", "gives", "earns", "limits", "beside", "trigger"]


@dataclass(frozen=True, slots=True)
class Speech:
    """How values are written in a language: `units` gets the name of a balance type and its smallest units, `name` the
    id of something of the chain, `listed` puts several together, of which any will do."""

    translate: Callable[[str], str]
    money: Callable[[int], str]
    units: Callable[[str, int], str]
    number: Callable[[Decimal], str]
    day: Callable[[date], str]
    clock: Callable[[time], str]
    weekdays: Callable[[Sequence[int]], str]
    name: Callable[[str], str]
    listed: Callable[[Sequence[str]], str]


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence about a part of a definition."""

    part: Part
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What another version says no longer, and what it says instead."""

    gone: tuple[Told, ...]
    come: tuple[Told, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both say the same."""
        return not self.gone and not self.come


_SENTENCES: Final[Mapping[str, str]] = {
    # When.
    "days": "From {first} to {last}.",
    "days_from": "From {first} on.",
    "days_until": "Until {last}.",
    "weekly_hours": "At these hours: {hours}.",
    "hours": "{weekdays} from {begins} to {ends}",
    "hours_all_day": "{weekdays}, the whole day",
    "at_locations": "At {locations}.",
    "at_channels": "When bought over {channels}.",
    "at_contact_points": "At the till {contact_points}.",
    "minimum_order": "The order costs {amount} or more.",
    "above_order": "The order costs more than {amount}.",
    "minimum_chosen": "These products cost {amount} or more together.",
    "above_chosen": "These products cost more than {amount} together.",
    "counted_after_discounts": "It is counted after earlier discounts.",
    "counted_with_shipping": "Shipping counts as well.",
    "counted_with_tax": "Tax is included when it is counted.",
    "counted_without_tax": "Tax is left out when it is counted.",
    "minimum_units": "At least {units} of these products.",
    "contains": "In the order, at least {units} of: {products}.",
    "amount_between": "From {least} to {most} are spent on: {products}.",
    "amount_from": "At least {least} are spent on: {products}.",
    "amount_to": "At most {most} are spent on: {products}.",
    "units_between": "In the order, {least} to {most} of: {products}.",
    "units_from": "In the order, at least {least} of: {products}.",
    "units_to": "In the order, at most {most} of: {products}.",
    "in_order_segment": "For orders of “{segment}”.",
    "shipped_by": "When sent by {methods}.",
    "known": "For every customer who is known.",
    "known_as": "For certain customers only.",
    "tagged": "For customers with the tag {tags}.",
    "has_field": "For customers whose {field} is {values}.",
    "in_tier": "For customers in {tiers}.",
    "holds_card": "For holders of {card_types}.",
    "on_birthday": "On the customer’s birthday.",
    "near_birthday": "Around the customer’s birthday: days before {before}, days after {after}.",
    "invited": "For customers whom somebody invited.",
    "first_order": "For the first order of a customer.",
    "nth_order": "For order number {number} of a customer.",
    "every_nth_order": "For every order of a customer whose number can be divided by {number}.",
    "all_of": "All of this holds: {conditions}",
    "any_of": "At least one of this holds: {conditions}",
    "none_of": "None of this holds: {conditions}",
    "with_code": "With the code {codes}.",
    "with_pool": "With a code of {pools}.",
    "with_voucher": "With a voucher for it.",
    # What it is about.
    "about": "It is about: {products}.",
    "everything": "all products",
    "skus": "products {names}",
    "categories": "category {names}",
    "tags": "tag {names}",
    "goods": "goods only",
    "services": "services only",
    "without_skus": "without products {names}",
    "without_categories": "without category {names}",
    "without_tags": "without tag {names}",
    "price_min": "at a price of {price} or more",
    "price_max": "at a price of {price} or less",
    "not_discounted": "not reduced already",
    # What it gives.
    "percent_off_lines": "{percent}% off each line.",
    "percent_off_order": "{percent}% off.",
    "amount_off_order": "{amount} off the order.",
    "shared_with_shipping": "Shipping takes its share of it.",
    "shared_by_quantity": "It is shared by quantity.",
    "amount_off_line": "{amount} off each line.",
    "amount_off_unit": "{amount} off each piece.",
    "first_unit": "The first piece: {amount} off.",
    "fixed_price": "Each piece costs {price}.",
    "step_amount": "From {from} on, {amount} off.",
    "step_percent": "From {from} on, {percent}% off.",
    "base_amount": "Below that, {amount} off.",
    "base_percent": "Below that, {percent}% off.",
    "cheapest_free": "The cheapest pieces are free, {units} of them.",
    "cheapest_percent": "{percent}% off the cheapest pieces, {units} of them.",
    "cheapest_amount": "{amount} off each of the cheapest pieces, {units} of them.",
    "buy_get_free": "Buy {buy}, get {get} free.",
    "buy_get_percent": "Buy {buy}, get {get} with {percent}% off.",
    "buy_get_amount": "Buy {buy}, get {get} with {amount} off each.",
    "to_buy": "To buy: {products}.",
    "to_get": "To get: {products}.",
    "within_line": "Each line of the order is counted by itself.",
    "gives_parts": "A group that is not complete gets its part.",
    "dearest_first": "The dearest pieces are reduced.",
    "unit_groups": "{amount} off each piece in full groups of {group}.",
    "bundle_price": "A set for {price}.",
    "bundle_part": "In the set, {units} of: {products}.",
    "free_shipping": "Shipping is free.",
    "shipping_percent": "{percent}% off shipping.",
    "shipping_amount": "{amount} off shipping.",
    "shipping_price": "Shipping costs {price} at most.",
    "amount_at_most": "At most {amount} off.",
    "units_at_most": "At most {units} pieces.",
    "units_at_most_per_line": "At most {units} pieces of each line.",
    # What it brings.
    "percent_back": "{percent}% comes back as {balance_type}.",
    "percent_instead": "{percent}% instead, where all of this holds: {conditions}",
    "rate_sold": "Once goods for {reached} were bought before, {percent}% comes back as {balance_type}.",
    "rate_paid": "Once {reached} were paid before, {percent}% comes back as {balance_type}.",
    "rate_visits": "After {reached} orders, {percent}% comes back as {balance_type}.",
    "history_since": "Orders from {day} on are counted.",
    "history_at": "Orders at {locations} are counted.",
    "per_money": "{units} for each {per}.",
    "in_parts": "Parts of it count as well.",
    "carries": "What is left over counts for the next order.",
    "per_order": "{units} for the order.",
    "per_unit": "{units} for each piece.",
    "only_paid": "Pieces that are free do not count.",
    "before_discounts": "Discounts are not taken off before it is reckoned.",
    "excluding_tax": "Tax is left out when it is reckoned.",
    "multiplier": "{balance_type}: {factor} times as much.",
    "costs": "It costs {units}.",
    "units": "{amount} {balance_type}",
    # Limits.
    "limit_total": "All customers together: at most {limit} orders.",
    "limit_per_customer": "Each customer: at most {limit} orders.",
    "limit_per_day": "Each customer: at most {limit} orders a day.",
    "limit_per_order": "On one order: at most {limit} times.",
    "limit_discount": "In all: at most {limit} off.",
    "limit_units": "In all: at most {limit} pieces.",
    "limit_earned_per_day": "Each customer: at most {limit} a day.",
    # Beside other promotions.
    "priority": "Its priority beside others is {priority}.",
    "group": "Of the group “{group}” only one applies.",
    "stands_alone": "Nothing else applies beside it.",
    "counts_units_twice": "Pieces that another promotion has counted are counted again.",
    # Without an order.
    "registered": "When somebody joins: {units}.",
    "birthday": "On the birthday: {units}.",
    "win_back": "After {days} days without an order: {units}.",
    "invited_order": "When somebody buys for the first time whom a customer invited, the inviter gets: {units}.",
    "every_invited_order": "Whenever somebody buys whom a customer invited, the inviter gets: {units}.",
    "review": "For a review: {units}.",
    "form": "When a form is sent: {units}.",
    "api": "When another program asks for it: {units}.",
    "birthday_window": "It begins {before} days before the birthday and ends {after} days after it.",
    "between": "{minimum} to {maximum}",
    "is_taken": "This is taken, not given.",
    "outsider": "{kind}: {values}.",
}


def units_sentence() -> str:
    """How an amount of a balance type is put, before it is translated."""
    return _SENTENCES["units"]


Texts = Iterator[str]
WHOLE: Final = Decimal(100)


class Teller:
    """Writes parts of a definition in one language."""

    def __init__(self, speech: Speech) -> None:
        self._speech = speech

    def say(self, code: str, **values: object) -> str:
        """One sentence."""
        return self._speech.translate(_SENTENCES[code]).format_map(values)

    def _names(self, names: frozenset[str]) -> str:
        return self._speech.listed(sorted(self._speech.name(name) for name in names))

    def products(self, products: Products) -> str:
        """A choice of products as a list of what must hold."""
        said = [
            self.say(name, names=self._names(getattr(products, name)))
            for name in ("skus", "categories", "tags", "without_skus", "without_categories", "without_tags")
            if getattr(products, name)
        ]
        if products.kind:
            said.insert(0, self.say("goods" if products.kind == "goods" else "services"))
        said += [
            self.say(name, price=self._speech.money(price))
            for name in ("price_min", "price_max")
            if (price := getattr(products, name)) is not None
        ]
        if products.not_discounted:
            said.append(self.say("not_discounted"))
        return "; ".join(said) or self.say("everything")

    def _outsider(self, one: Any) -> Texts:
        """A kind of a plugin: its own sentence, or its kind with its values."""
        values = {member.name: str(getattr(one, member.name)) for member in fields(one)}
        own = getattr(type(one), "sentence", None)
        if isinstance(own, str):
            yield self._speech.translate(own).format_map(values)
        else:
            yield self.say("outsider", kind=kind_of(type(one)), values=", ".join(values.values()))
