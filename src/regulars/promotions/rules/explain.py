"""A verdict as sentences that can be read aloud (ORD-7): what was reckoned, or the condition that failed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from regulars.promotions.rules.facts import QUANTITY_UNIT
from regulars.promotions.rules.outcome import Applied, NotApplied, Reason

Translate = Callable[[str], str]
Write = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Voice:
    """How values are written: sentences by `translate`, money by `money`, moments by `day` and `moment`, names of things by `name`.

    `name` is asked with the id of a promotion, a location, a tier or a card type; `units` with that of a balance type and
    an amount in its smallest units.
    """

    translate: Translate
    money: Write
    day: Callable[[date], str]
    moment: Callable[[datetime], str]
    name: Callable[[str], str]
    units: Callable[[str, int], str]
    number: Callable[[Decimal], str] = "{:f}".format
    """Percentages, factors and quantities."""


_REASONS: Final[Mapping[str, str]] = {
    # What was reckoned.
    "percent_of": "{percent}% of {base} is {amount}.",
    "at_most": "At most {amount}.",
    "amount_off": "{taken} off.",
    "amount_per_line": "{amount} off each line.",
    "amount_per_unit": "{amount} off each one, {taken} in all.",
    "fixed_price": "Costs {price}.",
    "step_reached": "From {from} on, {amount} off; {bought} is bought.",
    "cheapest_off": "The cheapest: {amount} off.",
    "buy_get": "Buy {buy}, get {get}: {times} times, {amount} off.",
    "unit_groups": "{times} groups of {group}: {amount} off each one.",
    "bundle_price": "{times} times for {price} instead of {instead}.",
    "budget_ends": "The budget ends here: {rest} of {wanted}.",
    "percent_back": "{percent}% of {base} comes back.",
    "other_rate": "Not {percent}%: {reasons}",
    "day_ends": "At most {limit} in a day.",
    "rate_by_money": "{percent}% of {base} comes back: {found} came before.",
    "rate_by_visits": "{percent}% of {base} comes back: {found} orders came before.",
    "per_money": "{units} for each {per} of {base}.",
    "per_order": "{units} for the order.",
    "per_unit": "{units} for each one, {bought} are bought.",
    "multiplied": "{base} times {factor}.",
    "with_code": "The code {code} unlocks it.",
    "code_unlocked": "It unlocked {promotions}.",
    "gift_card_paid": "It pays {amount}.",
    "membership_paid": "It pays {amount}. Visits taken: {visits}.",
    # What stood against it.
    "minimum_amount": "It takes {minimum}, here are {found}: {missing} is missing.",
    "minimum_units": "It takes {minimum} pieces, here are {found}.",
    "maximum_amount": "It takes at most {maximum}, here are {found}.",
    "maximum_units": "It takes at most {maximum} pieces, here are {found}.",
    "not_in_order_segment": "The order is not one of “{segment}”: {reasons}",
    "no_order_segment": "The orders that it is for are no longer described.",
    "contains": "Something that must be in the order is missing.",
    "contains_fewer": "It takes {minimum} of {products} in the order, here are {found}.",
    "shipped_by": "Not for this way of shipping, only for {methods}.",
    "not_begun": "It begins on {first}.",
    "over": "It ended on {last}.",
    "weekly_hours": "Not at this hour: it was {at}.",
    "other_location": "Not at this location, but at {locations}.",
    "other_channel": "Not over this channel, only over {channels}.",
    "other_contact_point": "Not at this till, only at {contact_points}.",
    "customer_required": "It takes a customer who is known.",
    "wrong_customer": "It belongs to somebody else.",
    "tagged": "The customer has none of the tags {tags}.",
    "has_field": "The customer’s {field} is another.",
    "in_tier": "The customer is not in {tiers}.",
    "holds_card": "The customer holds no {card_types}.",
    "not_invited": "Nobody invited the customer.",
    "nth_order": "It is for order {number}; this is order {found}.",
    "every_nth_order": "It comes with every {number} orders: next with order {next}; this is order {found}.",
    "birthday_unknown": "The customer’s birthday is not known.",
    "birthday_far": "The customer’s birthday is not near: it counts from {before} days before to {after} days after.",
    "none_of": "None of these holds: {reasons}",
    "ruled_out": "Something that rules it out holds.",
    "code_missing": "Its code was not given.",
    "code_unknown": "Nothing has the code {code}.",
    "too_many_attempts": "Too many codes were wrong lately: {code} was not looked at. Try again later.",
    "code_not_looked_at": "The code {code} was not looked at: that needs the right to see rewards.",
    "code_used": "The code {code} was used already.",
    "code_expired": "The time of the code {code} is over.",
    "code_not_active": "The code {code} cannot be used yet.",
    "code_cancelled": "The code {code} was cancelled.",
    "code_paused": "Codes like {code} are paused.",
    "code_used_up": "The code {code} was used as often as it may be.",
    "code_other_location": "The code {code} is not for this location.",
    "code_card_not_active": "The card that holds {code} is not active.",
    "code_card_not_assigned": "Nobody holds the card of {code} yet.",
    "code_not_needed": "It was not needed: nothing that it unlocks gives anything to this order.",
    "voucher_by_hand": "Staff hand over what this voucher is for, and redeem it then.",
    "voucher_promotion_gone": "The promotion that this voucher unlocks does not run.",
    "gift_card_pays": "This is a gift card: it pays, and takes nothing off.",
    "membership_frozen": "The membership is frozen: nothing can be paid with it until it goes on.",
    "membership_used_recently": "It was used a short time ago: its type asks to confirm another use so soon.",
    "membership_covers_nothing": "No visit was taken: it is for nothing of what is bought here, or nothing was left to pay.",
    "limit_total": "It was used {used} times, which is all.",
    "limit_per_customer": "The customer has used it {used} times, which is all.",
    "limit_per_day": "The customer has used it {used} times today, which is all for today.",
    "limit_discount": "Its budget is used up.",
    "limit_units": "All {limit} pieces are given.",
    "limit_earned_per_day": "All {limit} of today are earned.",
    "balance_short": "It costs {wanted}, which the card does not have.",
    "shut_out": "{by} allows nothing beside it.",
    "better_one": "{by} gives more, and only one of them applies.",
    "nothing_left": "There is nothing left to take off.",
    "no_products": "Nothing in the order that it is about.",
    "no_shipping": "There is no shipping to take off.",
    "cheaper_already": "It is cheaper already.",
    "rate_by_money_below": "It begins once {first} came before; {found} did, {missing} is missing.",
    "rate_by_visits_below": "It begins once {first} orders came before; {found} did.",
    "below_block": "{per} bring the first one: {missing} is missing.",
    "nothing_to_multiply": "Nothing is earned that it could multiply.",
    "gives_nothing": "It gives nothing.",
    "no_card": "There is no card for it.",
    "taken_over": "Card {card} came later and takes this over.",
    "loyalty_off": "The customer takes no part.",
}

_MONEY: Final = frozenset({"base", "amount", "taken", "price", "instead", "rest", "per", "missing"})
_MONEY_BY_CODE: Final[Mapping[str, frozenset[str]]] = {
    "minimum_amount": frozenset({"minimum", "found", "missing"}),
    "rate_by_money": frozenset({"base", "found"}),
    "rate_by_money_below": frozenset({"first", "found", "missing"}),
    "rate_by_visits": frozenset({"base"}),
    "rate_by_visits_below": frozenset(),
    "maximum_amount": frozenset({"maximum", "found"}),
    "budget_ends": frozenset({"rest", "wanted"}),
    "step_reached": frozenset({"from", "bought", "amount"}),
    "multiplied": frozenset(),
    "per_unit": frozenset(),
}
_UNITS: Final[Mapping[str, str]] = {
    "per_money": "units",
    "per_order": "units",
    "per_unit": "units",
    "multiplied": "base",
    "day_ends": "limit",
    "limit_earned_per_day": "limit",
    "balance_short": "wanted",
}
"""Which value counts units of the balance type that the reason names in `of`."""
_NAMES: Final = frozenset({"by", "locations", "tiers", "card_types", "tags", "field"})


def explain(verdict: Applied | NotApplied, voice: Voice) -> tuple[str, ...]:
    """The sentences of a verdict, in the order in which things were reckoned."""
    match verdict:
        case NotApplied(reason=reason):
            return (sentence(reason, voice),)
        case Applied(cut=cut, earned=earned):
            steps = [*cut.steps, *(step for one in earned for step in one.steps)]
            return tuple(sentence(step, voice) for step in steps)


_of_outsiders: dict[str, str] = {}


def learn(sentences: Mapping[str, str]) -> None:
    """Take the sentences of a plugin's reasons. Raises ValueError for a code that is somebody else's."""
    for code, text in sentences.items():
        if _REASONS.get(code, _of_outsiders.get(code, text)) != text:
            raise ValueError(f"the reason {code} is taken")
    _of_outsiders.update(sentences)


def has_sentence(code: str) -> bool:
    """Whether a reason of this code can be told."""
    return code in _REASONS or code in _of_outsiders


def sentence(reason: Reason, voice: Voice) -> str:
    """One step or reason as a sentence."""
    text = voice.translate(_REASONS.get(reason.code) or _of_outsiders[reason.code])
    if not reason.values:
        return text
    money = _MONEY_BY_CODE.get(reason.code, _MONEY)
    values = {
        # Most are money, and every order has dozens.
        name: voice.money(value) if type(value) is int and name in money else _written(name, value, money, voice)
        for name, value in reason.values.items()
    }
    counted, of = _UNITS.get(reason.code), reason.values.get("of")
    units = reason.values.get(counted) if counted else None
    if counted and isinstance(of, str) and isinstance(units, int):
        values[counted] = voice.units(of, units)
    return text.format_map(values)


def _written(name: str, value: object, money: frozenset[str], voice: Voice) -> str:
    # Nearly all are whole numbers or plain texts, and every order has dozens.
    if type(value) is int:
        if name in money:
            return voice.money(value)
        return voice.number((Decimal(value) / QUANTITY_UNIT).normalize()) if name == "bought" else str(value)
    if type(value) is str:
        return voice.name(value) if name in _NAMES else value
    match value:
        case Decimal():
            # Never 1E+1 for ten.
            return voice.number(value)
        case datetime():
            return voice.moment(value)
        case date():
            return voice.day(value)
        case list():
            return ", ".join(voice.name(str(one)) for one in value)
        case tuple():
            return " ".join(sentence(one, voice) for one in value if isinstance(one, Reason))
        case _:
            return str(value)
