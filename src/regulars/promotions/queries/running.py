"""The promotions that run in a chain, read and compiled once and kept in memory until their stamp changes (DESIGN section 4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from regulars.programs.rules import Rounding
from regulars.promotions.rules.promotion import Compiled, Promotion


@dataclass(frozen=True, slots=True)
class RunningPromotion:
    """An active promotion in its published version; `card_type_ids` None is all cards of its program."""

    id: UUID
    number: int
    name: str
    program_id: UUID
    card_type_ids: frozenset[UUID] | None
    rule: Promotion


@dataclass(frozen=True, slots=True)
class RunningBalance:
    """A balance type of an active program, as far as orders ask."""

    id: UUID
    external_id: str
    name: str
    kind: str
    decimals: int
    program_id: UUID
    rounding: Rounding
    money_per_unit: Decimal | None
    lot_times: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Running:
    """All that orders of one chain are priced by, at one stamp."""

    stamp: int
    promotions: Mapping[str, RunningPromotion]
    compiled: Compiled
    balances: Mapping[UUID, RunningBalance]


def running_of(cursor: object, chain_id: UUID, stamp: int | None) -> Running:
    """The promotions that run in a chain."""
    return Running(stamp or 0, {}, Compiled((), frozenset()), {})
