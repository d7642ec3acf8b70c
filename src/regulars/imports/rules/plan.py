"""How one import reads its file: which column fills which field, and in which dialect."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

from regulars.customers.rules import CustomFieldFacts
from regulars.imports.rules.amounts import Conversion, DecimalSign
from regulars.imports.rules.dates import DateOrder
from regulars.imports.rules.targets import BalanceType, Target, find_target, resolve_balance

MONEY_DECIMALS = 2
QUANTITY_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """One mapped column, decided."""

    index: int
    header: str
    target: Target
    decimal: DecimalSign = "."
    order: DateOrder = "dmy"
    balance: BalanceType | None = None
    conversion: Conversion | None = None

    def is_called(self, name: str) -> bool:
        """Whether somebody who says `name` means this column: by our field, the file's header, or the balance's id."""
        return name in (self.target.key, self.header) or (self.balance is not None and name == self.balance.external_id)

    @property
    def field(self) -> str:
        """The name of the column's values in a parsed frame."""
        return f"amount:{self.balance.external_id}" if self.balance else self.target.key

    @property
    def decimals(self) -> int:
        """How many decimals the field's unit has; a mapped deposit that the card type lacks is read as money."""
        if self.target.reads == "quantity":
            return QUANTITY_DECIMALS
        return self.balance.decimals if self.balance else MONEY_DECIMALS


@dataclass(frozen=True, slots=True)
class Shop:
    """What orders are read by: the shop's currency, its clock, and the moment after which none can have been."""

    currency: str
    zone: ZoneInfo
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """Everything that reading rows depends on; the same plan and the same cells always give the same."""

    kind: str
    country: str
    today: dt.date
    header_row: int
    headers: tuple[str, ...]
    columns: tuple[ColumnPlan, ...]
    money_decimals: int = MONEY_DECIMALS
    customs: Mapping[str, CustomFieldFacts] = field(default_factory=dict)
    shop: "Shop | None" = None
    """By whose clock and in whose money orders are; None where none are read."""

    def not_converted(self, names: Iterable[str]) -> str | None:
        """The first of these names for a conversion that means no column with a balance."""
        return next(
            (name for name in names if not any(one.balance and one.is_called(name) for one in self.columns)), None
        )

    def column_of(self, key: str) -> ColumnPlan | None:
        """The column that fills a field."""
        return next((column for column in self.columns if column.target.key == key), None)

    @property
    def balances(self) -> tuple[BalanceType, ...]:
        """The balance types that the file has a column for."""
        return tuple(column.balance for column in self.columns if column.balance is not None)


@dataclass(frozen=True, slots=True)
class ColumnChoices:
    """What was decided for one column beside its target."""

    decimal: DecimalSign = "."
    order: DateOrder = "dmy"


def make_plan(
    columns: dict[str, int],
    *,
    kind: str,
    country: str,
    today: dt.date,
    header_row: int,
    headers: tuple[str, ...],
    balances: tuple[BalanceType, ...] = (),
    choices: dict[str, ColumnChoices] | None = None,
    rate: Decimal | None = None,
    rounding: str = "half_up",
    converted: tuple[str, ...] | None = None,
    money_decimals: int = MONEY_DECIMALS,
    customs: tuple[CustomFieldFacts, ...] = (),
    shop: Shop | None = None,
) -> ReadingPlan:
    """Put mapping, dialect and conversion together; a conversion is for points columns unless others are named."""
    plans = []
    for key, index in sorted(columns.items(), key=lambda item: item[1]):
        target = find_target(key, kind=kind, balances=balances)
        assert target is not None
        balance = resolve_balance(key, balances) if target.reads == "amount" else None
        choice = (choices or {}).get(key, ColumnChoices())
        is_converted = rate is not None and balance is not None and (
            balance.kind == "points" if converted is None else bool({key, headers[index], balance.external_id} & set(converted))
        )  # fmt: skip
        conversion = Conversion(rate, rounding) if is_converted and rate is not None else None  # type: ignore[arg-type]
        plans.append(ColumnPlan(index, headers[index], target, choice.decimal, choice.order, balance, conversion))
    by_key = {f"custom:{one.key}": one for one in customs}
    return ReadingPlan(kind, country, today, header_row, headers, tuple(plans), money_decimals, by_key, shop)
