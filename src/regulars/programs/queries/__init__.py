"""Reads of programs: what they are, their balance types and their tiers."""

from regulars.programs.queries.programs import (
    BalanceTypeView,
    ProgramView,
    access_balance_type,
    access_program,
    find_program,
    list_balance_types,
    list_programs,
    lives_of_returned_lots,
    new_lot_times,
    view_balance_type,
)

__all__ = [
    "BalanceTypeView",
    "ProgramView",
    "access_balance_type",
    "access_program",
    "find_program",
    "list_balance_types",
    "list_programs",
    "lives_of_returned_lots",
    "new_lot_times",
    "view_balance_type",
]
