"""Writes of programs and balance types."""

from regulars.programs.actions.balance_types import BalanceTypeChange, change_balance_type, insert_balance_types
from regulars.programs.actions.programs import change_program, create_program, insert_program, unmake_program

__all__ = [
    "BalanceTypeChange",
    "change_balance_type",
    "change_program",
    "create_program",
    "insert_balance_types",
    "insert_program",
    "unmake_program",
]
