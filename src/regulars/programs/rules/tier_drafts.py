"""Tier groups as somebody wants them (PRG-6); pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from regulars.kernel.amount import AmountProblem, parse_amount
from regulars.kernel.fields import check_choice, check_external_id, check_name
from regulars.kernel.refusal import FieldProblem
from regulars.programs.rules.tiers import COUNTS, PERIODS

GROUPS_MAX: Final = 10
TIERS_MAX: Final = 20
MONTHS_MAX: Final = 120
GRACE_DAYS_MAX: Final = 366
MULTIPLIER_MAX: Final = Decimal(100)
MULTIPLIER_DECIMALS: Final = 4
COLOUR: Final = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class TierDraft:
    """A tier; the threshold as decimal text. `key` is the id or external id of the one that it changes."""

    name: str
    threshold: str | Decimal | int
    key: str | None = None
    multiplier: Decimal = Decimal(1)
    background: str = ""


@dataclass(frozen=True, slots=True)
class TierGroupDraft:
    """A tier group. `balance_type` is the external id of what is counted where `counts` is status."""

    name: str
    counts: str
    tiers: tuple[TierDraft, ...]
    key: str | None = None
    balance_type: str | None = None
    period: str = "lifetime"
    months: int = 0
    grace_days: int = 0


@dataclass(frozen=True, slots=True)
class CountedBalance:
    """A balance type of the program, as far as tiers ask."""

    kind: str
    decimals: int


def check_tier_groups(
    drafts: Sequence[TierGroupDraft],
    balances: Mapping[str, CountedBalance],
    *,
    currency_decimals: int,
    pointer: str = "/tier_groups",
) -> list[FieldProblem]:
    """Say what is wrong with the tier groups of a program, field by field."""
    if len(drafts) > GROUPS_MAX:
        return [FieldProblem(pointer, "too_many", f"A program has at most {GROUPS_MAX} tier groups.")]
    problems: list[FieldProblem] = []
    for place, draft in enumerate(drafts):
        problems += _check_group(draft, balances, currency_decimals, f"{pointer}/{place}")
    keys = [draft.key for draft in drafts if draft.key]
    keys += [tier.key for draft in drafts for tier in draft.tiers if tier.key]
    if len(keys) != len(set(keys)):
        problems.append(FieldProblem(pointer, "duplicate", "Two tiers or groups have the same id."))
    return problems


def threshold_decimals(draft: TierGroupDraft, balances: Mapping[str, CountedBalance], currency_decimals: int) -> int:
    """How many decimals a group's thresholds have: those of what it counts."""
    if draft.counts == "status":
        return balances[draft.balance_type or ""].decimals
    return 0 if draft.counts == "visits" else currency_decimals


def _check_group(
    draft: TierGroupDraft, balances: Mapping[str, CountedBalance], currency_decimals: int, pointer: str
) -> list[FieldProblem]:
    problems = [
        *check_name(draft.name, f"{pointer}/name"),
        *check_external_id(draft.key, f"{pointer}/external_id"),
        *check_choice(draft.counts, COUNTS, f"{pointer}/counts"),
        *check_choice(draft.period, PERIODS, f"{pointer}/period"),
        *_check_balance(draft, balances, pointer),
        *_check_period(draft, pointer),
    ]
    if not draft.tiers:
        problems.append(FieldProblem(f"{pointer}/tiers", "required", "A group has at least one tier."))
    if len(draft.tiers) > TIERS_MAX:
        problems.append(FieldProblem(f"{pointer}/tiers", "too_many", f"A group has at most {TIERS_MAX} tiers."))
        return problems
    if any(problem.pointer in (f"{pointer}/counts", f"{pointer}/balance_type") for problem in problems):
        return problems
    decimals = threshold_decimals(draft, balances, currency_decimals)
    return problems + _check_tiers(draft.tiers, decimals, f"{pointer}/tiers")


def _check_balance(draft: TierGroupDraft, balances: Mapping[str, CountedBalance], pointer: str) -> list[FieldProblem]:
    at = f"{pointer}/balance_type"
    if draft.counts != "status":
        return (
            [FieldProblem(at, "not_counted", "Only a group that counts status names it.")] if draft.balance_type else []
        )
    if not draft.balance_type:
        return [FieldProblem(at, "required", "Say which balance type is counted.")]
    if draft.balance_type not in balances:
        return [FieldProblem(at, "not_found", "The program has no such balance type.")]
    if balances[draft.balance_type].kind != "status":
        return [
            FieldProblem(
                at,
                "not_status",
                "Tiers count a balance type of the kind status: what can be spent would lower the tier.",
            )
        ]
    return []


def _check_period(draft: TierGroupDraft, pointer: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if draft.period == "months" and not 1 <= draft.months <= MONTHS_MAX:
        problems.append(FieldProblem(f"{pointer}/months", "out_of_range", f"A whole number from 1 to {MONTHS_MAX}."))
    if draft.period != "months" and draft.months:
        problems.append(
            FieldProblem(f"{pointer}/months", "not_counted", "Only a period in months takes a number of them.")
        )
    if not 0 <= draft.grace_days <= GRACE_DAYS_MAX:
        problems.append(
            FieldProblem(f"{pointer}/grace_days", "out_of_range", f"A whole number from 0 to {GRACE_DAYS_MAX}.")
        )
    elif draft.grace_days and draft.period == "lifetime":
        problems.append(
            FieldProblem(f"{pointer}/grace_days", "not_counted", "A lifetime has no end and needs no grace.")
        )
    return problems


def _check_tiers(tiers: Sequence[TierDraft], decimals: int, pointer: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    last: int | None = None
    for place, tier in enumerate(tiers):
        at = f"{pointer}/{place}"
        problems += [*check_name(tier.name, f"{at}/name"), *check_external_id(tier.key, f"{at}/external_id")]
        if tier.background and not COLOUR.fullmatch(tier.background):
            problems.append(FieldProblem(f"{at}/background", "invalid_colour", "A colour like #7a4f2d."))
        if not 0 < tier.multiplier <= MULTIPLIER_MAX or _decimals(tier.multiplier) > MULTIPLIER_DECIMALS:
            problems.append(
                FieldProblem(f"{at}/multiplier", "out_of_range", "Above 0, at most 100, with at most 4 decimals.")
            )
        try:
            threshold = parse_amount(tier.threshold, decimals)
        except AmountProblem as problem:
            problems.append(FieldProblem(f"{at}/threshold", problem.code, "This is no amount of what is counted."))
            continue
        if threshold < 0:
            problems.append(FieldProblem(f"{at}/threshold", "out_of_range", "It cannot be negative."))
        elif last is not None and threshold <= last:
            problems.append(FieldProblem(f"{at}/threshold", "not_above", "Each tier begins above the one before."))
        last = threshold
    return problems


def _decimals(value: Decimal) -> int:
    return -int(value.normalize().as_tuple().exponent) if value else 0
