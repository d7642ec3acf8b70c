"""Decisions about programs and balance types; pure."""

from regulars.programs.rules.expiry import NEVER, ExpiryPolicy, check_expiry, present_expiry, read_expiry
from regulars.programs.rules.lots import LotTerms, lot_times
from regulars.programs.rules.program import (
    ALLOWED_STATES,
    BALANCE_TYPES_MAX,
    EARN_WHEN,
    KINDS,
    ROUNDINGS,
    STATES,
    BalanceTypeDraft,
    Kind,
    ProgramDraft,
    Rounding,
    State,
    check_balance_type,
    check_lots,
    check_program,
    check_rates,
    is_state_change_allowed,
)
from regulars.programs.rules.refunds import RefundRules, check_refunds, present_refunds, read_refunds

__all__ = [
    "ALLOWED_STATES",
    "BALANCE_TYPES_MAX",
    "EARN_WHEN",
    "KINDS",
    "NEVER",
    "ROUNDINGS",
    "STATES",
    "BalanceTypeDraft",
    "ExpiryPolicy",
    "Kind",
    "LotTerms",
    "ProgramDraft",
    "RefundRules",
    "Rounding",
    "State",
    "check_balance_type",
    "check_expiry",
    "check_lots",
    "check_program",
    "check_rates",
    "check_refunds",
    "is_state_change_allowed",
    "lot_times",
    "present_expiry",
    "present_refunds",
    "read_expiry",
    "read_refunds",
]
