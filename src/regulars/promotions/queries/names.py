"""The things of a chain that definitions of promotions name: by id, by external id, and as people call them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from regulars.kernel.ids import decode, encode
from regulars.platform.database import rows
from regulars.promotions.rules.definition.reading import BalanceUnits
from regulars.promotions.rules.meanings import Noun

PREFIXES: Final[Mapping[Noun, str]] = {
    "balance_type": "bal",
    "card_type": "ctp",
    "code_pool": "cpl",
    "customer": "cus",
    "location": "loc",
    "order_segment": "osg",
    "tier": "tier",
}

_NAMED: Final = """
SELECT 'location', id, external_id, name FROM locations WHERE chain_id = %(chain)s
UNION ALL SELECT 'card_type', id, external_id, name FROM card_types WHERE chain_id = %(chain)s
UNION ALL SELECT 'code_pool', id, external_id, name FROM code_pools WHERE chain_id = %(chain)s AND state <> 'archived'
UNION ALL SELECT 'order_segment', id, external_id, name FROM order_segments WHERE chain_id = %(chain)s
UNION ALL SELECT 'balance_type', id, external_id, name FROM balance_types WHERE chain_id = %(chain)s
UNION ALL SELECT 'tier', id, external_id, name FROM tiers WHERE chain_id = %(chain)s AND archived_at IS NULL
"""
_BALANCES: Final = """
SELECT id, decimals, rounding, money_per_unit FROM balance_types WHERE chain_id = %(chain)s
"""


@dataclass(frozen=True, slots=True)
class ChainNames:
    """What there is in a chain, under the names of the engine: ids as text.

    `is_trusting` takes any id of the right noun: what was published stays readable when something it names is gone.
    """

    currency_decimals: int
    balances: Mapping[str, BalanceUnits]
    by_text: Mapping[tuple[str, str], str]
    called: Mapping[str, str]
    is_trusting: bool = False

    def find(self, noun: Noun, text: str) -> str | None:
        """The engine's name of the thing with this id or external id."""
        identifier = decode(PREFIXES[noun], text)
        if identifier is None:
            return self.by_text.get((noun, text))
        name = str(identifier)
        is_there = self.by_text.get((noun, name)) is not None
        if is_there or noun == "customer" or (self.is_trusting and noun != "balance_type"):
            return name
        return None

    def write(self, noun: Noun, name: str) -> str:
        """Its public id."""
        return encode(PREFIXES[noun], UUID(name))

    def units(self, balance_type: str) -> BalanceUnits:
        """How a balance type counts."""
        return self.balances[balance_type]

    def name(self, name: str) -> str:
        """What people call it; what has no name, as it is."""
        return self.called.get(name, name)


def names_of(chain_id: UUID, currency_decimals: int) -> ChainNames:
    """All that a definition may name in the chain of the running unit of work, in two queries."""
    by_text: dict[tuple[str, str], str] = {}
    called: dict[str, str] = {}
    for noun, identifier, external_id, name in rows(_NAMED, {"chain": chain_id}):
        by_text[noun, str(identifier)] = str(identifier)
        called[str(identifier)] = name
        if external_id:
            by_text[noun, f"ext:{external_id}"] = str(identifier)
    balances = {
        str(identifier): units_of(decimals, rounding, rate, currency_decimals)
        for identifier, decimals, rounding, rate in rows(_BALANCES, {"chain": chain_id})
    }
    return ChainNames(currency_decimals, balances, by_text, called)


def units_of(decimals: int, rounding: str, money_per_unit: Decimal | None, currency_decimals: int) -> BalanceUnits:
    """How a balance type counts; one without a rate is worth one of the currency for each whole unit."""
    rate = Decimal(1) if money_per_unit is None else money_per_unit
    return BalanceUnits(decimals, rounding, Decimal(format(rate.scaleb(currency_decimals - decimals).normalize(), "f")))
