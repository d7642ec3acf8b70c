"""Decisions about programs and balance types; pure."""

from regulars.programs.rules.expiry import NEVER, ExpiryPolicy, check_expiry, present_expiry, read_expiry
from regulars.programs.rules.lots import LotTerms, lot_times
from regulars.programs.rules.program import (
    ALLOWED_STATES,
    BALANCE_TYPES_MAX,
    KINDS,
    ROUNDINGS,
    STATES,
    BalanceTypeDraft,
    Kind,
    ProgramDraft,
    Rounding,
    State,
    check_balance_type,
    check_program,
    is_state_change_allowed,
)

__all__ = [
    "ALLOWED_STATES",
    "BALANCE_TYPES_MAX",
    "KINDS",
    "NEVER",
    "ROUNDINGS",
    "STATES",
    "BalanceTypeDraft",
    "ExpiryPolicy",
    "Kind",
    "LotTerms",
    "ProgramDraft",
    "Rounding",
    "State",
    "check_balance_type",
    "check_expiry",
    "check_program",
    "is_state_change_allowed",
    "lot_times",
    "present_expiry",
    "read_expiry",
]
