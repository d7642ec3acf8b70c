"""What reading a definition needs to know of its chain, and where it notes what it could not read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Protocol

from regulars.kernel.refusal import FieldProblem
from regulars.promotions.rules.meanings import Noun

Json = Any
"""What JSON holds: texts, numbers, yes and no, nothing, lists and objects of them."""
Scope = Mapping[str, object]
"""The fields that are read already, or that are being written, of an object and of those around it."""

PROBLEMS_MAX: Final = 50
DEPTH_MAX: Final = 6

_ERRORS: Final[Mapping[str, str]] = {
    "required": "This field is required.",
    "unknown_field": "There is no such field here.",
    "wrong_type_object": "An object is wanted.",
    "wrong_type_list": "A list is wanted.",
    "wrong_type_text": "A text is wanted.",
    "wrong_type_whole": "A whole number is wanted.",
    "wrong_type_flag": "true or false is wanted.",
    "not_a_number": "A decimal number is wanted, as a text or a number.",
    "too_many_decimals": "This has more decimals than are counted here.",
    "out_of_range_amount": "This amount is too small or too large.",
    "out_of_range_number": "This number is too small or too large.",
    "out_of_range_percent": "Above 0 and at most 100, with at most four decimals.",
    "out_of_range_factor": "Above 1 and at most 100, with at most four decimals.",
    "out_of_range_rate": "Above 0, with at most 10 digits before and 8 after the point.",
    "unknown_kind": "There is no such kind.",
    "unknown_value": "This is none of the values that are known here.",
    "unknown_balance_type": "There is no such balance type.",
    "unknown_tier": "There is no such tier.",
    "unknown_card_type": "There is no such card type.",
    "unknown_location": "There is no such location.",
    "unknown_customer": "There is no such customer.",
    "unknown_order_segment": "There is no such order segment.",
    "unknown_code_pool": "There is no such pool of codes.",
    "invalid_date": "A day is wanted: 2026-11-22.",
    "invalid_clock": "A time of the day is wanted: 09:30.",
    "too_long": "This text is too long.",
    "invalid_text": "This has a control character, which no field takes.",
    "too_many": "These are too many.",
    "duplicate": "This stands here twice.",
    "too_deep": "Groups of conditions stand too deep in each other.",
    "one_of_three": "Give exactly one of percent, amount and price.",
    "no_earnings": "It limits what is earned, and nothing is earned.",
}


@dataclass(frozen=True, slots=True)
class BalanceUnits:
    """How a balance type counts: `unit_value` is what its smallest unit is worth, in the currency's smallest unit."""

    decimals: int
    rounding: str = "down"
    unit_value: Decimal = Decimal(1)


class Names(Protocol):
    """The things of a chain that a definition names."""

    @property
    def currency_decimals(self) -> int:
        """Decimals of the chain's currency."""
        ...

    def find(self, noun: Noun, text: str) -> str | None:
        """The engine's name (an id as text) of the thing with this public id, or `ext:` external id; None for none."""
        ...

    def write(self, noun: Noun, name: str) -> str:
        """The public id of what the engine calls `name`."""
        ...

    def units(self, balance_type: str) -> BalanceUnits:
        """How the balance type of this name counts."""
        ...


class Wrong:
    """What a codec gives back for a value that it has noted a problem about."""


WRONG: Final = Wrong()


@dataclass(slots=True)
class Reading:
    """One reading of a definition: what it knows, and the problems that it met."""

    names: Names
    problems: list[FieldProblem] = field(default_factory=list)
    depth: int = 0

    def wrong(self, at: str, error: str) -> Wrong:
        """Note that what stands at a pointer cannot be read."""
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(problem(at, error))
        return WRONG


def problem(at: str, error: str) -> FieldProblem:
    """A problem of a field; its code is the error's name without what it is about."""
    return FieldProblem(at, _CODES.get(error, error), _ERRORS[error])


_CODES: Final[Mapping[str, str]] = {
    "wrong_type_object": "wrong_type",
    "wrong_type_list": "wrong_type",
    "wrong_type_text": "wrong_type",
    "wrong_type_whole": "wrong_type",
    "wrong_type_flag": "wrong_type",
    "out_of_range_amount": "out_of_range",
    "out_of_range_number": "out_of_range",
    "out_of_range_percent": "out_of_range",
    "out_of_range_factor": "out_of_range",
    "out_of_range_rate": "out_of_range",
    "invalid_clock": "invalid_time",
}


def under(at: str, name: str | int) -> str:
    """The pointer to a member (RFC 6901)."""
    return f"{at}/{str(name).replace('~', '~0').replace('/', '~1')}"
