"""What a definition must say before it may be published: something that it gives, and nothing that contradicts itself."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any, Final

from regulars.kernel.codes import code_key
from regulars.kernel.refusal import FieldProblem
from regulars.promotions.rules.benefits.amount import Steps
from regulars.promotions.rules.benefits.groups import BuyGet, CheapestOff
from regulars.promotions.rules.conditions import Condition
from regulars.promotions.rules.conditions.amounts import AmountBetween, UnitsBetween
from regulars.promotions.rules.conditions.content import ShippedBy
from regulars.promotions.rules.conditions.groups import AllOf, AnyOf, Group, NoneOf
from regulars.promotions.rules.conditions.moments import Days, Hours, WeeklyHours
from regulars.promotions.rules.conditions.people import HasField, KnownAs, NthOrder
from regulars.promotions.rules.conditions.places import AtPlaces
from regulars.promotions.rules.conditions.segments import InOrderSegment
from regulars.promotions.rules.definition.reading import under
from regulars.promotions.rules.definition.values import Definition, SegmentDefinition
from regulars.promotions.rules.earnings.accumulative import AccumulativeBack
from regulars.promotions.rules.earnings.kinds import PercentBack
from regulars.promotions.rules.products import Products

CODES_MAX: Final = 50
CONDITIONS_MAX: Final = 100

_ERRORS: Final[Mapping[str, str]] = {
    "gives_nothing": "It gives nothing yet. Add what it takes off or what it brings.",
    "empty_choice": "Nothing is chosen here, so it would never hold.",
    "empty_group": "There is no condition in this group.",
    "ends_before_it_begins": "It ends before it begins.",
    "least_above_most": "The least is above the most.",
    "segment_in_segment": "A segment cannot be made of segments.",
    "no_conditions": "Add at least one condition.",
    "never_together": "This and an earlier condition never hold at the same time.",
    "rules_itself_out": "It asks for what another condition rules out.",
    "no_time": "These hours begin and end at the same moment.",
    "nothing_fits": "No product can be meant: what is chosen is left out again.",
    "price_range": "The lowest price is above the highest.",
    "too_many_conditions": "These are too many conditions.",
    "too_many_codes": "A promotion has at most 50 codes of its own.",
    "empty_code": "A code has letters or digits.",
    "same_code": "This code stands here twice. Spaces, hyphens and case make no difference.",
    "code_taken": "A voucher, gift card or code of a pool has this code, or one that looks the same. Choose another one.",
    "same_step": "Two steps begin at the same point.",
    "nothing_off": "Say how much is off.",
    "two_amounts": "Say either a percentage or an amount.",
    "nothing_to_limit": "This limits what is taken off, and nothing is taken off.",
    "one_balance_type": "A limit of what is earned in a day needs one balance type only.",
    "other_program": "This balance type belongs to another program.",
    "not_earned": "A deposit is prepaid money: promotions do not add to it.",
    "not_spent": "This balance is never spent, so nothing can be taken from it.",
    "other_card_type": "This card type belongs to another program.",
    "trigger_alone": "What an event triggers has no part in orders: it takes nothing off and earns nothing on them.",
    "trigger_amount": "Say a fixed amount, or the least and the most.",
    "trigger_days": "Say after how many days without an order.",
    "not_for_this_event": "This event does not know it.",
}
_CODES: Final[Mapping[str, str]] = {
    "least_above_most": "contradiction",
    "ends_before_it_begins": "contradiction",
    "never_together": "contradiction",
    "rules_itself_out": "contradiction",
    "nothing_fits": "contradiction",
    "price_range": "contradiction",
    "too_many_conditions": "too_many",
    "too_many_codes": "too_many",
    "same_code": "duplicate",
    "same_step": "duplicate",
}


@dataclass(frozen=True, slots=True)
class OwnBalance:
    """A balance type of the promotion's program."""

    kind: str


def check_segment(definition: SegmentDefinition) -> list[FieldProblem]:
    """Everything that stands against an order segment: nothing in it, contradictions, segments in it."""
    found = list(_conditions(definition.conditions, "/conditions"))
    if not definition.conditions:
        found.append(("/conditions", "no_conditions"))
    if any(isinstance(one, InOrderSegment) for one in _all_of(definition.conditions)):
        found.append(("/conditions", "segment_in_segment"))
    return [FieldProblem(at, _CODES.get(error, error), _ERRORS[error]) for at, error in found]


def check_definition(
    definition: Definition, own: Mapping[str, OwnBalance], taken_keys: Collection[str] = ()
) -> list[FieldProblem]:
    """Everything that stands against publishing; `own` are the balance types of its program by name.

    `taken_keys` are those of its codes, as codes are compared, that something else than promotions has.
    """
    return [
        FieldProblem(at, _CODES.get(error, error), _ERRORS[error])
        for at, error in (
            *_gives(definition),
            *_conditions(definition.conditions, "/conditions"),
            *_other_rates(definition),
            *_products_everywhere(definition),
            *_benefits(definition),
            *_earnings(definition),
            *_codes(definition.codes, taken_keys),
            *_limits(definition),
            *_balances(definition, own),
            *_trigger(definition),
        )
    ]


def code_taken(index: int) -> FieldProblem:
    """What is said of a code that something else than promotions has."""
    return FieldProblem(under("/codes", index), "code_taken", _ERRORS["code_taken"])


Found = Iterator[tuple[str, str]]


def _gives(definition: Definition) -> Found:
    if definition.trigger is not None:
        if definition.benefits or definition.earnings or definition.multipliers or definition.cost:
            yield "/trigger", "trigger_alone"
    elif not (definition.benefits or definition.earnings or definition.multipliers):
        yield "/benefits", "gives_nothing"


def _conditions(conditions: tuple[Condition, ...], at: str) -> Found:
    if sum(1 for _ in _all_of(conditions)) > CONDITIONS_MAX:
        yield at, "too_many_conditions"
    yield from _all_hold(conditions, at)


def _other_rates(definition: Definition) -> Found:
    """Conditions of another percentage hold together with those of the promotion."""
    for index, earning in enumerate(definition.earnings):
        if isinstance(earning, PercentBack):
            for other, rate in enumerate(earning.instead):
                at = f"/earnings/{index}/instead/{other}/conditions"
                if not rate.conditions:
                    yield at, "empty_group"
                yield from _conditions(rate.conditions, at)


def _all_of(conditions: tuple[Condition, ...]) -> Iterator[Condition]:
    for one in conditions:
        yield one
        if isinstance(one, Group):
            yield from _all_of(one.conditions)


def _all_hold(conditions: tuple[Condition, ...], at: str) -> Found:
    """Conditions of which every one must hold."""
    for index, one in enumerate(conditions):
        yield from _condition(one, under(at, index))
    for first, second in combinations(range(len(conditions)), 2):
        if _never_together(conditions[first], conditions[second]):
            yield under(at, second), "never_together"
    for index, one in enumerate(conditions):
        if isinstance(one, NoneOf) and set(one.conditions) & set(conditions):
            yield under(at, index), "rules_itself_out"


def _condition(condition: Condition, at: str) -> Found:
    match condition:
        case Group(conditions=()):
            yield under(at, "conditions"), "empty_group"
        case AllOf(conditions=inner):
            yield from _all_hold(inner, under(at, "conditions"))
        case AnyOf(conditions=inner) | NoneOf(conditions=inner):
            for index, one in enumerate(inner):
                yield from _condition(one, under(under(at, "conditions"), index))
        case Days(first=first, last=last):
            yield from _range(first, last, under(at, "last"), "ends_before_it_begins")
        case AmountBetween(least=least, most=most) | UnitsBetween(least=least, most=most):
            yield from _range(least, most, under(at, "most"), "least_above_most")
        case AtPlaces() if not (condition.locations or condition.channels or condition.contact_points):
            yield at, "empty_choice"
        case WeeklyHours(hours=hours) if hours:
            yield from _hours(hours, under(at, "hours"))
        case _:
            yield from _empty_choices(condition, at)


def _range(first: Any, last: Any, at: str, error: str) -> Found:
    if first is None and last is None:
        yield at.rpartition("/")[0], "empty_choice"
    elif first is not None and last is not None and first > last:
        yield at, error


def _hours(hours: tuple[Hours, ...], at: str) -> Found:
    for index, stretch in enumerate(hours):
        place = under(at, index)
        if not stretch.weekdays:
            yield under(place, "weekdays"), "empty_choice"
        if stretch.begins == stretch.ends and stretch.begins.hour + stretch.begins.minute:
            yield under(place, "ends"), "no_time"


def _empty_choices(one: Any, at: str) -> Found:
    """Lists that must be given and are empty."""
    for member in fields(one):
        is_wanted = member.default is MISSING and member.default_factory is MISSING
        if is_wanted and getattr(one, member.name) in (frozenset(), (), ""):
            yield under(at, member.name), "empty_choice"


def _never_together(one: Condition, other: Condition) -> bool:
    match one, other:
        case Days(), Days():
            first = max((day for day in (one.first, other.first) if day), default=None)
            last = min((day for day in (one.last, other.last) if day), default=None)
            return _is_ordered(one) and _is_ordered(other) and first is not None and last is not None and first > last
        case WeeklyHours(hours=hours), WeeklyHours(hours=others) if hours and others:
            return not _hold_together(hours, others)
        case AtPlaces(), AtPlaces():
            pairs = (
                (one.locations, other.locations),
                (one.channels, other.channels),
                (one.contact_points, other.contact_points),
            )
            return any(mine and theirs and mine.isdisjoint(theirs) for mine, theirs in pairs)
        case KnownAs(customers=mine), KnownAs(customers=theirs):
            return bool(mine and theirs) and mine.isdisjoint(theirs)
        case HasField(), HasField():
            return one.name == other.name and bool(one.values and other.values) and one.values.isdisjoint(other.values)
        case ShippedBy(methods=mine), ShippedBy(methods=theirs):
            return bool(mine and theirs) and mine.isdisjoint(theirs)
        case NthOrder(is_every=False), NthOrder(is_every=False):
            return one.number != other.number
        case _:
            return False


def _is_ordered(days: Days) -> bool:
    return days.first is None or days.last is None or days.first <= days.last


def _hold_together(hours: tuple[Hours, ...], others: tuple[Hours, ...]) -> bool:
    """Whether there is a moment of the week in both: one of the beginnings, if there is any."""
    monday = datetime(2026, 1, 5)  # noqa: DTZ001 (a local time of any week)
    for stretch in (*hours, *others):
        for weekday in stretch.weekdays:
            at = datetime.combine(monday + timedelta(days=weekday), stretch.begins)
            if any(one.holds(at) for one in hours) and any(one.holds(at) for one in others):
                return True
    return False


def _products_everywhere(definition: Definition) -> Found:
    yield from _products(definition.products, "/products")
    for index, condition in enumerate(_all_of(definition.conditions)):
        products = getattr(condition, "products", None)
        if isinstance(products, Products) and index < len(definition.conditions):
            yield from _products(products, f"/conditions/{index}/products")
    for index, benefit in enumerate(definition.benefits):
        if isinstance(benefit, BuyGet):
            for name in ("buy_products", "get_products"):
                products = getattr(benefit, name)
                if products is not None:
                    yield from _products(products, f"/benefits/{index}/{name}")


def _products(products: Products, at: str) -> Found:
    if products.price_min is not None and products.price_max is not None and products.price_min > products.price_max:
        yield under(at, "price_max"), "price_range"
    for name in ("skus", "categories", "tags"):
        chosen, without = getattr(products, name), getattr(products, f"without_{name}")
        # A product has several tags: one that is chosen for a tag may go for another, but not where all of them go.
        if chosen and chosen <= without:
            yield under(at, f"without_{name}"), "nothing_fits"


def _benefits(definition: Definition) -> Found:
    for index, benefit in enumerate(definition.benefits):
        at = under("/benefits", index)
        match benefit:
            case CheapestOff(percent=None, amount=0) | BuyGet(percent=None, amount=0):
                yield under(at, "percent"), "nothing_off"
            case CheapestOff(percent=percent, amount=amount) | BuyGet(percent=percent, amount=amount):
                if percent is not None and amount:
                    yield under(at, "amount"), "two_amounts"
            case Steps(steps=()):
                yield under(at, "steps"), "empty_choice"
            case Steps(steps=steps, base=base) if not base and not any(off for _, off in steps):
                yield under(at, "steps"), "nothing_off"
            case _:
                yield from _empty_choices(benefit, at)


def _earnings(definition: Definition) -> Found:
    for index, one in enumerate(definition.earnings):
        at = under("/earnings", index)
        yield from _empty_choices(one, at)
        if isinstance(one, AccumulativeBack) and len({step.reached for step in one.steps}) < len(one.steps):
            yield under(at, "steps"), "same_step"


def _codes(codes: tuple[str, ...], taken_keys: Collection[str]) -> Found:
    if len(codes) > CODES_MAX:
        yield "/codes", "too_many_codes"
        return
    keys = [code_key(code) for code in codes]
    for index, key in enumerate(keys):
        if not key:
            yield under("/codes", index), "empty_code"
        elif key in keys[:index]:
            yield under("/codes", index), "same_code"
        elif key in taken_keys:
            yield under("/codes", index), "code_taken"


def _limits(definition: Definition) -> Found:
    limits = definition.limits
    for name in ("discount", "units", "per_order"):
        if getattr(limits, name) is not None and not definition.benefits:
            yield f"/limits/{name}", "nothing_to_limit"
    earned = {one.balance_type for one in definition.earnings}
    if limits.earned_per_day is not None and len(earned) > 1:
        yield "/limits/earned_per_day", "one_balance_type"


def _balances(definition: Definition, own: Mapping[str, OwnBalance]) -> Found:
    gained = [
        *((f"/earnings/{at}/balance_type", one.balance_type) for at, one in enumerate(definition.earnings)),
        *((f"/multipliers/{at}/balance_type", one.balance_type) for at, one in enumerate(definition.multipliers)),
    ]
    taken = []
    if definition.cost is not None:
        taken.append(("/cost/balance_type", definition.cost.balance_type))
    if definition.trigger is not None:
        to = gained if definition.trigger.action == "earn" else taken
        to.append(("/trigger/balance_type", definition.trigger.balance_type))
    for at, name in (*gained, *taken):
        if name not in own:
            yield at, "other_program"
    for at, name in gained:
        if name in own and own[name].kind == "deposit":
            yield at, "not_earned"
    for at, name in taken:
        if name in own and own[name].kind in ("status", "deposit"):
            yield at, "not_spent"


def _trigger(definition: Definition) -> Found:
    trigger = definition.trigger
    if trigger is None:
        return
    is_caller_told = trigger.event in ("api", "form", "review")
    if trigger.amount is not None and (trigger.minimum is not None or trigger.maximum is not None):
        yield "/trigger/amount", "trigger_amount"
    if trigger.amount is None and (trigger.maximum is None or not is_caller_told):
        yield "/trigger/amount", "trigger_amount"
    if trigger.minimum is not None and trigger.maximum is not None and trigger.minimum > trigger.maximum:
        yield "/trigger/maximum", "trigger_amount"
    if (trigger.event == "win_back") != (trigger.after_days is not None):
        yield "/trigger/after_days", "trigger_days" if trigger.event == "win_back" else "not_for_this_event"
    if trigger.event != "invited_order" and trigger.is_every:
        yield "/trigger/is_every", "not_for_this_event"
    if trigger.event == "invited_order" and trigger.action == "redeem":
        yield "/trigger/action", "not_for_this_event"
    if trigger.event != "birthday" and (trigger.days_before or trigger.days_after):
        yield "/trigger/days_before", "not_for_this_event"
