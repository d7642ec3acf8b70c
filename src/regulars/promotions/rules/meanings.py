"""What the numbers and names of a promotion mean: how a definition in JSON writes them and what it takes (`definition`).

A field of a condition, a benefit or an earning is annotated with one of these; the engine sees plain whole numbers,
decimals and texts.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Final, Literal

Noun = Literal["balance_type", "tier", "card_type", "location", "customer", "order_segment", "code_pool"]
COUNT_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class InMoney:
    """Smallest units of the chain's currency; in JSON a decimal of the currency."""

    least: int = 0


@dataclass(frozen=True, slots=True)
class InUnits:
    """Smallest units of the balance type that the field `balance_type` beside it names; in JSON a decimal of it.

    `of` "earnings" is the balance type of the promotion's earnings.
    """

    least: int = 0
    of: Literal["balance_type", "earnings"] = "balance_type"


@dataclass(frozen=True, slots=True)
class InCount:
    """A whole number."""

    least: int = 1
    most: int = COUNT_MAX


@dataclass(frozen=True, slots=True)
class InPercent:
    """Percent: above nothing, at most all of it, to a ten-thousandth."""


@dataclass(frozen=True, slots=True)
class InFactor:
    """How many times: above one."""


@dataclass(frozen=True, slots=True)
class OffByStep:
    """Percent in hundredths where the field `is_percent` beside it says so, else money."""


@dataclass(frozen=True, slots=True)
class StepPairs:
    """Pairs of the money from which a step counts and of what is off then (`OffByStep`)."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Money, or a number of visits where the field `over` around it says so."""


@dataclass(frozen=True, slots=True)
class FollowsBalance:
    """Where it is left out, the balance type that is earned says it: its `rounding`, or what one unit is worth."""

    attribute: Literal["rounding", "unit_value"]


@dataclass(frozen=True, slots=True)
class Named:
    """The id of something of the chain; in JSON its public id or `ext:` and its external id."""

    noun: Noun


@dataclass(frozen=True, slots=True)
class Words:
    """A text of at most so many characters."""

    length_max: int = 200


Money = Annotated[int, InMoney()]
SomeMoney = Annotated[int, InMoney(least=1)]
Units = Annotated[int, InUnits()]
SomeUnits = Annotated[int, InUnits(least=1)]
Count = Annotated[int, InCount()]
Percent = Annotated[Decimal, InPercent()]
BalanceName = Annotated[str, Named("balance_type")]
TierName = Annotated[str, Named("tier")]
CardTypeName = Annotated[str, Named("card_type")]
LocationName = Annotated[str, Named("location")]
CustomerName = Annotated[str, Named("customer")]
CodePoolName = Annotated[str, Named("code_pool")]
OrderSegmentName = Annotated[str, Named("order_segment")]
Rounding = Annotated[str, FollowsBalance("rounding")]
UnitValue = Annotated[Decimal, FollowsBalance("unit_value")]
