"""The codec of a dataclass, made of what its fields are annotated with: the engine's classes say themselves how JSON writes them."""

import types
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from regulars.promotions.rules import meanings
from regulars.promotions.rules.benefits import Benefit
from regulars.promotions.rules.conditions import Condition
from regulars.promotions.rules.definition.built import (
    Many,
    Member,
    Object,
    OfBalance,
    OfFamily,
    OrNothing,
    ReachedBefore,
    Staircase,
    StepOff,
    UnitsAmount,
)
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
)
from regulars.promotions.rules.earnings import Earning

TEXT_LENGTH_MAX: Final = 200
OBJECTS_MAX: Final = 30
TEXTS_MAX: Final = 5000
PERCENT: Final = Rate(0, 100, "out_of_range_percent")
FACTOR: Final = Rate(1, 100, "out_of_range_factor")
RATE: Final = Rate(0, 10**10, "out_of_range_rate", decimals=8)
ROUNDING: Final = Choice(("down", "half_up", "up"))
_FAMILIES: Final[dict[Any, Codec]] = {
    Condition: OfFamily("condition"),
    Benefit: OfFamily("benefit"),
    Earning: OfFamily("earning"),
}
_BARE: Final[dict[Any, Codec]] = {
    bool: Flag(),
    int: Whole(0, meanings.COUNT_MAX),
    str: Text(TEXT_LENGTH_MAX),
    Decimal: Rate(-1, 10**10, "out_of_range_rate", decimals=8),
    date: Day(),
    time: Clock(),
}


@cache
def object_of(cls: type, kind: str = "") -> Object:
    """The codec of a dataclass; those of its fields that others explain are read after these."""
    hints = get_type_hints(cls, include_extras=True)
    members = []
    for one in fields(cls):
        if one.metadata.get("is_compiled"):
            continue
        default = one.default_factory() if one.default_factory is not MISSING else one.default
        members.append(Member(one.name, codec_of(hints[one.name]), default))
    return Object(cls, tuple(sorted(members, key=lambda member: bool(member.codec.waits_for))), kind)


def codec_of(hint: Any) -> Codec:
    """The codec of a type as a field is annotated with it. Raises TypeError for one that JSON cannot say."""
    if hint in _BARE:
        return _BARE[hint]
    if hint in _FAMILIES:
        return _FAMILIES[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _meant(hint.__metadata__[0])
    if origin is Literal:
        return Choice(arguments)
    if origin in (Union, types.UnionType):
        (inner,) = [one for one in arguments if one is not types.NoneType]
        return OrNothing(codec_of(inner))
    if origin in (frozenset, tuple):
        inner = codec_of(arguments[0])
        is_plain = not isinstance(inner, Object | OfFamily)
        return Many(inner, origin is frozenset, TEXTS_MAX if is_plain else OBJECTS_MAX)
    if isinstance(hint, type) and is_dataclass(hint):
        return object_of(hint)
    raise TypeError(f"a definition cannot hold {hint}")


def _meant(meaning: object) -> Codec:
    match meaning:
        case meanings.InMoney(least=least):
            return MoneyAmount(least)
        case meanings.InUnits(least=least, of=of):
            return UnitsAmount(least, of)
        case meanings.InCount(least=least, most=most):
            return Whole(least, most)
        case meanings.InPercent():
            return PERCENT
        case meanings.InFactor():
            return FACTOR
        case meanings.OffByStep():
            return StepOff()
        case meanings.Reached():
            return ReachedBefore()
        case meanings.StepPairs():
            return Staircase()
        case meanings.FollowsBalance(attribute=attribute):
            return OfBalance(attribute, ROUNDING if attribute == "rounding" else RATE)
        case meanings.Named(noun=noun):
            return NameOf(noun)
        case meanings.Words(length_max=length_max):
            return Text(length_max)
        case _:
            raise TypeError(f"a definition does not know the meaning {meaning}")
