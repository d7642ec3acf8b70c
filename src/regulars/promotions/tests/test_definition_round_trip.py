"""Whatever the engine can hold is written as JSON and read back the same, and told in sentences (ORD-13)."""

import json
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.promotions.rules.benefits.shipping import ShippingOff
from regulars.promotions.rules.definition import present_definition, read_definition
from regulars.promotions.rules.definition.built import (
    Many,
    Object,
    OfBalance,
    OfFamily,
    OrNothing,
    ReachedBefore,
    Staircase,
    StepOff,
    UnitsAmount,
)
from regulars.promotions.rules.definition.checks import check_definition
from regulars.promotions.rules.definition.codecs import object_of
from regulars.promotions.rules.definition.plain import (
    Choice,
    Clock,
    Codec,
    Day,
    Flag,
    MoneyAmount,
    NameOf,
    Rate,
    Text,
    Whole,
    write_decimal,
)
from regulars.promotions.rules.definition.registry import kinds_of
from regulars.promotions.rules.definition.values import Definition
from regulars.promotions.rules.describe import compare, describe
from regulars.promotions.rules.describe.speech import Speech
from regulars.promotions.rules.promotion import compile_promotions
from regulars.promotions.tests.test_definition import BONUS, CLUB, GOLD, HERE, NAMES, OWN, STAMPS

SPEECH = Speech(
    translate=str,
    money=lambda amount: f"€{amount / 100:.2f}",
    units=lambda name, amount: f"{amount} {name}",
    number=write_decimal,
    day=lambda day: day.isoformat(),
    clock=lambda at: at.isoformat("minutes"),
    weekdays=lambda days: ",".join(map(str, days)),
    name=str,
    listed=", ".join,
)
NAMED: dict[str, list[str]] = {
    "balance_type": [BONUS, STAMPS],
    "tier": [GOLD],
    "location": [HERE],
    "card_type": [CLUB],
    "customer": [CLUB, HERE],
    "order_segment": [HERE],
    "code_pool": [HERE],
}
TEXT = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)


Draw = Callable[[st.SearchStrategy[Any]], Any]


def plain(codec: Codec) -> st.SearchStrategy[Any] | None:
    """Values of the engine that a codec of single values can write."""
    match codec:
        case Flag():
            return st.booleans()
        case Whole(least=least, most=most):
            return st.integers(least, most)
        case Text():
            return TEXT
        case Choice(known=known):
            return st.sampled_from(known)
        case Day():
            return st.dates(date(1900, 1, 1), date(2300, 1, 1))
        case Clock():
            return st.builds(time, st.integers(0, 23), st.integers(0, 59))
        case MoneyAmount(least=least) | UnitsAmount(least=least):
            return st.integers(least, 10**9)
        case Rate(above=above, most=most, decimals=decimals):
            places = min(decimals, 4)
            whole = st.integers(above * 10**places + 1, min(most, 10**6) * 10**places)
            return whole.map(lambda number: Decimal(number).scaleb(-places).normalize())
        case NameOf(noun=noun):
            return st.sampled_from(NAMED[noun])
        case StepOff() | ReachedBefore():
            return st.integers(0, 10_000)
        case Staircase():
            steps = st.dictionaries(st.integers(0, 10**6), st.integers(0, 10_000), max_size=3)
            return steps.map(lambda found: tuple(sorted(found.items())))
        case _:
            return None


def drawn(draw: Draw, codec: Codec, depth: int) -> Any:
    """A value that a codec can write."""
    single = plain(codec)
    if single is not None:
        return draw(single)
    match codec:
        case OrNothing(inner=inner):
            return drawn(draw, inner, depth) if draw(st.booleans()) else None
        case Many(inner=inner, is_set=is_set):
            several = [drawn(draw, inner, depth) for _ in range(draw(st.integers(0, 2)))]
            return frozenset(several) if is_set else tuple(several)
        case OfBalance(inner=inner):
            return drawn(draw, inner, depth)
        case OfFamily(family=family):
            kinds = [kind for kind in sorted(kinds_of(family)) if depth < 3 or not kind.endswith("_of")]
            return of_class(draw, kinds_of(family)[draw(st.sampled_from(kinds))], depth)
        case Object(cls=cls):
            return of_class(draw, cls, depth)
    raise AssertionError(codec)


def of_class(draw: Draw, cls: type, depth: int) -> Any:
    if cls is ShippingOff:
        return draw(st.sampled_from([ShippingOff(percent=Decimal(100)), ShippingOff(amount=1), ShippingOff(price=5)]))
    return cls(**{one.name: drawn(draw, one.codec, depth + 1) for one in object_of(cls).members})


@st.composite
def definitions(draw: Any) -> Definition:
    """Any definition that can be written."""
    made: Definition = of_class(draw, Definition, 0)
    return made


def is_told(definition: Definition) -> bool:
    """A daily limit of units needs something that is earned; else it cannot be written."""
    return definition.limits.earned_per_day is None or bool(definition.earnings)


DEFINITIONS = definitions().filter(is_told)


@settings(max_examples=40, deadline=None)
@given(DEFINITIONS)
def test_a_definition_comes_back_as_it_went(definition: Definition) -> None:
    written = present_definition(definition, NAMES)
    through = json.loads(json.dumps(written), parse_float=Decimal)
    assert read_definition(through, NAMES) == definition
    assert present_definition(definition, NAMES) == written


@settings(max_examples=30, deadline=None)
@given(DEFINITIONS, DEFINITIONS)
def test_every_definition_is_checked_compiled_and_told(definition: Definition, other: Definition) -> None:
    check_definition(definition, OWN)
    compile_promotions([definition.rule("a")])
    told = describe(definition, SPEECH)
    assert all(one.text and "{" not in one.text for one in told)
    assert compare(definition, definition, SPEECH).is_empty
    assert len(compare(definition, other, SPEECH).gone) <= len(told)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**20) | st.text(max_size=5) | st.decimals(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["kind", "percent", "hours", "steps", "from", "units", "a/b"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
KINDS = sorted({kind for family in ("condition", "benefit", "earning") for kind in kinds_of(family)})


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([member.name for member in object_of(Definition).members]),
        JSON
        | st.lists(
            st.builds(
                lambda kind, rest: {**rest, "kind": kind},
                st.sampled_from(KINDS),
                st.dictionaries(
                    st.sampled_from(
                        ["amount", "percent", "conditions", "steps", "price", "units", "balance_type", "hours"]
                    ),
                    JSON,
                ),
            ),
            max_size=3,
        ),
        max_size=4,
    )
)
def test_whatever_is_sent_is_read_or_refused_with_pointers(content: dict[str, Any]) -> None:
    found = read_definition(content, NAMES)
    if not isinstance(found, Definition):
        assert found
        assert all(one.pointer.startswith("/") and one.code and one.detail for one in found)
