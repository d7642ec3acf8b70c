"""What a program and a balance type may be; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal, get_args

from regulars.kernel.amount import AmountProblem, parse_amount
from regulars.kernel.fields import check_choice, check_external_id, check_name, check_text
from regulars.kernel.refusal import FieldProblem, Invalid
from regulars.programs.rules.expiry import check_expiry
from regulars.programs.rules.refunds import check_refunds

Kind = Literal["points", "status", "stamps", "deposit"]
State = Literal["draft", "active", "paused", "archived"]
Rounding = Literal["down", "up", "half_up"]

KINDS: Final[tuple[str, ...]] = get_args(Kind)
STATES: Final[tuple[str, ...]] = get_args(State)
ROUNDINGS: Final[tuple[str, ...]] = get_args(Rounding)
EARN_WHEN: Final = ("paid", "completed")
"""When what an order earns can be spent: once it is paid, or pending until it is completed (ORD-2)."""
BALANCE_TYPES_MAX: Final = 20
NOTICE_DAYS: Final = 7
NOTICE_DAYS_MAX: Final = 365
RATE_END: Final = 10**10
RATE_DECIMALS: Final = 8
ALLOWED_STATES: Final[dict[str, frozenset[str]]] = {
    "draft": frozenset({"active", "archived"}),
    "active": frozenset({"paused", "archived"}),
    "paused": frozenset({"active", "archived"}),
    "archived": frozenset({"paused"}),
}


@dataclass(frozen=True, slots=True)
class BalanceTypeDraft:
    """A balance type as somebody wants it; amounts as decimal text."""

    name: str
    kind: str
    external_id: str | None = None
    decimals: int | None = None
    initial_balance: str | Decimal | int = "0"
    activation_delay_days: int = 0
    rounding: str = "down"
    money_per_unit: Decimal | None = None
    units_per_money: Decimal | None = None
    expiry: Mapping[str, Any] = field(default_factory=dict)
    notice_days: int | None = NOTICE_DAYS


@dataclass(frozen=True, slots=True)
class ProgramDraft:
    """A program as somebody wants it."""

    name: str
    external_id: str | None = None
    description: str = ""
    state: str = "draft"
    refunds: Mapping[str, Any] = field(default_factory=dict)
    earn_when: str = "paid"
    earns_on_points: bool = False
    balance_types: tuple[BalanceTypeDraft, ...] = field(default_factory=tuple)


def check_program(draft: ProgramDraft) -> Invalid | None:
    """Say what is wrong with a new program, field by field; None where nothing is."""
    problems = [
        *check_name(draft.name, "/name"),
        *check_external_id(draft.external_id, "/external_id"),
        *check_text(draft.description, "/description", length_max=4000),
        *check_choice(draft.state, ("draft", "active"), "/state"),
        *check_refunds(draft.refunds, "/refunds"),
        *check_choice(draft.earn_when, EARN_WHEN, "/earn_when"),
    ]
    if len(draft.balance_types) > BALANCE_TYPES_MAX:
        problems.append(
            FieldProblem("/balance_types", "too_many", f"A program has at most {BALANCE_TYPES_MAX} balance types.")
        )
    for position, balance_type in enumerate(draft.balance_types):
        problems += check_balance_type(balance_type, f"/balance_types/{position}")
    given = [part.external_id for part in draft.balance_types if part.external_id]
    if len(given) != len(set(given)):
        problems.append(FieldProblem("/balance_types", "duplicate", "Two balance types have the same external id."))
    return Invalid(errors=tuple(problems)) if problems else None


def check_balance_type(draft: BalanceTypeDraft, pointer: str) -> list[FieldProblem]:
    """Say what is wrong with one balance type: deposits have no initial balance, decimals are 0 to 4."""
    problems = [
        *check_name(draft.name, f"{pointer}/name"),
        *check_external_id(draft.external_id, f"{pointer}/external_id"),
        *check_choice(draft.kind, KINDS, f"{pointer}/kind"),
        *check_choice(draft.rounding, ROUNDINGS, f"{pointer}/rounding"),
    ]
    if draft.decimals is not None and not 0 <= draft.decimals <= 4:
        problems.append(FieldProblem(f"{pointer}/decimals", "out_of_range", "Decimals are a whole number from 0 to 4."))
        return problems
    if draft.kind == "stamps" and draft.decimals:
        problems.append(FieldProblem(f"{pointer}/decimals", "out_of_range", "Stamps are whole: 0 decimals."))
    if not 0 <= draft.activation_delay_days <= 3650:
        problems.append(
            FieldProblem(f"{pointer}/activation_delay_days", "out_of_range", "The delay is 0 to 3650 days.")
        )
    problems += check_lots(draft.expiry, draft.notice_days, pointer, kind=draft.kind)
    problems += check_rates(draft.money_per_unit, draft.units_per_money, pointer)
    try:
        initial = parse_amount(draft.initial_balance, draft.decimals or 0)
    except AmountProblem as problem:
        problems.append(FieldProblem(f"{pointer}/initial_balance", problem.code, "This is no amount of this balance."))
        return problems
    if initial < 0:
        problems.append(FieldProblem(f"{pointer}/initial_balance", "out_of_range", "It cannot be negative."))
    if draft.kind == "deposit" and initial:
        problems.append(
            FieldProblem(f"{pointer}/initial_balance", "not_for_deposit", "A deposit is prepaid: it begins at zero.")
        )
    return problems


def check_lots(expiry: Any, notice_days: int | None, pointer: str, *, kind: str) -> list[FieldProblem]:
    """Say what is wrong with how long units live and how long before their end it is told."""
    problems = check_expiry(expiry, f"{pointer}/expiry", kind=kind)
    if notice_days is not None and not 1 <= notice_days <= NOTICE_DAYS_MAX:
        detail = f"A whole number from 1 to {NOTICE_DAYS_MAX}, or null for no notice."
        problems.append(FieldProblem(f"{pointer}/notice_days", "out_of_range", detail))
    return problems


def check_rates(money_per_unit: Decimal | None, units_per_money: Decimal | None, pointer: str) -> list[FieldProblem]:
    """Say what is wrong with the value in money: above zero, with at most 10 digits before and 8 after the point."""
    return [
        FieldProblem(
            f"{pointer}/{name}", "out_of_range", "Above zero, with at most 10 digits before and 8 after the point."
        )
        for name, rate in (("money_per_unit", money_per_unit), ("units_per_money", units_per_money))
        if rate is not None
        and not (rate.is_finite() and 0 < rate < RATE_END and -int(rate.as_tuple().exponent) <= RATE_DECIMALS)
    ]


def is_state_change_allowed(present: str, wanted: str) -> bool:
    """Whether a program may go from one state to the other."""
    return present == wanted or wanted in ALLOWED_STATES[present]
