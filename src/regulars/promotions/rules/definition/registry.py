"""The kinds of conditions, benefits and earnings that a definition may name; an outsider's class joins them (`plugins`)."""

from dataclasses import is_dataclass
from typing import Final, Literal

from regulars.promotions.rules.benefits.amount import AmountOffLine, AmountOffOrder, AmountOffUnit, FixedPrice, Steps
from regulars.promotions.rules.benefits.groups import BundlePrice, BuyGet, CheapestOff, UnitGroups
from regulars.promotions.rules.benefits.percent import PercentOffLines, PercentOffOrder
from regulars.promotions.rules.benefits.shipping import ShippingOff
from regulars.promotions.rules.conditions.amounts import AmountBetween, MinimumAmount, MinimumUnits, UnitsBetween
from regulars.promotions.rules.conditions.content import Contains, ShippedBy
from regulars.promotions.rules.conditions.groups import AllOf, AnyOf, NoneOf
from regulars.promotions.rules.conditions.moments import Days, WeeklyHours
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
from regulars.promotions.rules.earnings.accumulative import AccumulativeBack
from regulars.promotions.rules.earnings.kinds import PercentBack, PerMoney, PerOrder, PerUnit

Family = Literal["condition", "benefit", "earning"]

_OF_THE_MOMENT: Final = (Days, WeeklyHours, AtPlaces)
_OF_THE_ORDER: Final = (MinimumAmount, MinimumUnits, AmountBetween, UnitsBetween, Contains, ShippedBy, InOrderSegment)
_OF_THE_CUSTOMER: Final = (KnownAs, Tagged, HasField, InTier, HoldsCard, Invited, NthOrder, NearBirthday)
_GROUPS: Final = (AllOf, AnyOf, NoneOf)
_AMOUNTS: Final = (PercentOffLines, PercentOffOrder, AmountOffOrder, AmountOffLine, AmountOffUnit, FixedPrice, Steps)
_BY_UNITS: Final = (CheapestOff, BuyGet, UnitGroups, BundlePrice)
_EARNINGS: Final = (PercentBack, AccumulativeBack, PerMoney, PerOrder, PerUnit)

_kinds: Final[dict[Family, dict[str, type]]] = {
    "condition": {one.kind: one for one in (*_OF_THE_MOMENT, *_OF_THE_ORDER, *_OF_THE_CUSTOMER, *_GROUPS)},
    "benefit": {one.kind: one for one in (*_AMOUNTS, *_BY_UNITS, ShippingOff)},
    "earning": {one.kind: one for one in _EARNINGS},
}


def kinds_of(family: Family) -> dict[str, type]:
    """The classes of a family by their kind."""
    return dict(_kinds[family])


def find_kind(family: Family, kind: str) -> type | None:
    """The class of this kind, or None."""
    return _kinds[family].get(kind)


def kind_of(cls: type) -> str:
    """The kind of a class of conditions, benefits or earnings."""
    return str(getattr(cls, "kind"))  # noqa: B009 (the families have nothing but this in common)


def join(family: Family, cls: type) -> None:
    """Let definitions name an outsider's class. Raises ValueError for one that is no frozen dataclass, or whose kind is taken."""
    kind = getattr(cls, "kind", None)
    if not isinstance(kind, str) or not kind:
        raise ValueError(f"{cls.__name__} has no kind")
    if not is_dataclass(cls) or not cls.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise ValueError(f"{cls.__name__} is no frozen dataclass")
    if _kinds[family].get(kind, cls) is not cls:
        raise ValueError(f"the kind {kind} is taken")
    _kinds[family][kind] = cls


def leave(family: Family, cls: type) -> None:
    """Take an outsider's class away again, as its tests do."""
    _kinds[family].pop(str(getattr(cls, "kind", "")), None)
