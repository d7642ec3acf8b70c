"""Writes of programs: what they are, their balance types and their tiers."""

from regulars.programs.actions.balance_types import (
    BalanceTypeChange,
    change_balance_type,
    insert_balance_types,
    update_balance_type,
)
from regulars.programs.actions.programs import (
    change_program,
    create_program,
    insert_program,
    unmake_program,
)

__all__ = [
    "BalanceTypeChange",
    "change_balance_type",
    "change_program",
    "create_program",
    "insert_balance_types",
    "insert_program",
    "unmake_program",
    "update_balance_type",
]
