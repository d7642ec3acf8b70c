"""Writes of programs: what they are, their balance types and their tiers."""

from regulars.programs.actions.programs import (
    change_program,
    create_program,
    insert_balance_types,
    insert_program,
    unmake_program,
)

__all__ = ["change_program", "create_program", "insert_balance_types", "insert_program", "unmake_program"]
