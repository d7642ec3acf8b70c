"""What a reward may be; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from regulars.kernel.fields import check_choice, check_external_id, check_text
from regulars.kernel.refusal import FieldProblem
from regulars.programs.rules.validity import check_validity
from regulars.rewards.rules.lottery import VARIANTS_MAX, check_sum, percent_text, read_percent
from regulars.vouchers.rules.benefits import check_benefit, plain_benefit

KINDS: Final = ("award", "voucher", "lottery")
VARIANT_KINDS: Final = ("award", "voucher", "nothing")
ICONS: Final = ("gift", "coffee", "star", "heart", "pizza", "scissors", "flower-2", "car", "dumbbell", "paw-print")
TITLE_LENGTH_MAX: Final = 120
DESCRIPTION_LENGTH_MAX: Final = 2000
STOCK_MAX: Final = 1_000_000
PER_CUSTOMER_MAX: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardDraft:
    """A reward as somebody wants it. `variants` are those of a lottery; `price` is in units of `balance_type`."""

    title: str
    kind: str = "award"
    external_id: str | None = None
    description: str = ""
    icon: str = "gift"
    validity: Mapping[str, Any] | None = None
    benefit: Mapping[str, Any] | None = None
    variants: Sequence[Mapping[str, Any]] = ()
    balance_type: str | None = None
    price: str | int | Decimal | None = None
    stock: int | None = None
    per_customer: int | None = None


def check_reward(draft: RewardDraft, *, first_day: date, decimals: int) -> list[FieldProblem]:
    """Say field by field what is wrong with a reward; `decimals` are the currency's."""
    problems = [
        *_check_words(draft.title, draft.description, ""),
        *check_external_id(draft.external_id, "/external_id"),
        *check_choice(draft.kind, KINDS, "/kind"),
        *check_choice(draft.icon, ICONS, "/icon"),
    ]
    if draft.kind == "voucher":
        problems += _check_voucher(draft.validity, draft.benefit, "", first_day=first_day, decimals=decimals)
    elif draft.validity is not None or draft.benefit is not None:
        name = "validity" if draft.validity is not None else "benefit"
        problems.append(FieldProblem(f"/{name}", "not_of_this_kind", "Only a voucher has a validity and a benefit."))
    if draft.kind == "lottery":
        problems += check_variants(draft.variants, first_day=first_day, decimals=decimals)
    elif draft.variants:
        problems.append(FieldProblem("/variants", "not_of_this_kind", "Only a lottery has variants."))
    if (draft.price is None) != (draft.balance_type is None):
        detail = "Say both in which balance the price is and how much it is, or neither."
        problems.append(FieldProblem("/price", "required", detail))
    problems += _check_count(draft.stock, "/stock", least=0, most=STOCK_MAX)
    problems += _check_count(draft.per_customer, "/per_customer", least=1, most=PER_CUSTOMER_MAX)
    return problems


def check_variants(variants: Sequence[Mapping[str, Any]], *, first_day: date, decimals: int) -> list[FieldProblem]:
    """Say what is wrong with the variants of a lottery; their probabilities are exactly 100 % together."""
    if not 1 <= len(variants) <= VARIANTS_MAX:
        return [FieldProblem("/variants", "out_of_range", f"A lottery has 1 to {VARIANTS_MAX} variants.")]
    problems: list[FieldProblem] = []
    chances: list[int] = []
    for place, one in enumerate(variants):
        pointer = f"/variants/{place}"
        problems += check_choice(one["kind"], VARIANT_KINDS, f"{pointer}/kind")
        problems += _check_words(one["title"], one.get("description", ""), pointer)
        problems += check_choice(one.get("icon") or "gift", ICONS, f"{pointer}/icon")
        if one["kind"] == "voucher":
            problems += _check_voucher(
                one.get("validity"), one.get("benefit"), pointer, first_day=first_day, decimals=decimals
            )
        chance = read_percent(one["probability"])
        if chance is None:
            detail = "A percentage above 0, 100 at most, with at most four decimals."
            problems.append(FieldProblem(f"{pointer}/probability", "out_of_range", detail))
        else:
            chances.append(chance)
    wrong = check_sum(chances)
    if wrong is not None and len(chances) == len(variants):
        total = percent_text(wrong.total)
        detail = (
            f"The probabilities are {total} % together: {wrong.missing} % are missing to 100 %."
            if wrong.missing
            else f"The probabilities are {total} % together: {wrong.over} % more than 100 %."
        )
        problems.append(FieldProblem("/variants", "not_whole", detail))
    return problems


def _check_words(title: str, description: str, pointer: str) -> list[FieldProblem]:
    problems = check_text(title, f"{pointer}/title", length_max=TITLE_LENGTH_MAX)
    if not title.strip():
        problems.append(FieldProblem(f"{pointer}/title", "required", "Say what it is."))
    return problems + check_text(description, f"{pointer}/description", length_max=DESCRIPTION_LENGTH_MAX)


def _check_voucher(validity: Any, benefit: Any, pointer: str, *, first_day: date, decimals: int) -> list[FieldProblem]:
    return [
        *check_validity(dict(validity or {}), f"{pointer}/validity", first_day=first_day),
        *check_benefit(benefit, f"{pointer}/benefit", decimals=decimals),
    ]


def _check_count(value: int | None, pointer: str, *, least: int, most: int) -> list[FieldProblem]:
    if value is None or least <= value <= most:
        return []
    return [FieldProblem(pointer, "out_of_range", f"A whole number from {least} to {most}, or nothing for no limit.")]


def terms_of(draft: RewardDraft) -> dict[str, Any]:
    """What a checked reward keeps of its kind."""
    match draft.kind:
        case "voucher":
            return _voucher_terms(draft.validity, draft.benefit)
        case "lottery":
            return {
                "variants": [
                    {
                        "chance": read_percent(one["probability"]),
                        "kind": one["kind"],
                        "title": one["title"].strip(),
                        "description": (one.get("description") or "").strip(),
                        "icon": one.get("icon") or "",
                        "terms": _voucher_terms(one.get("validity"), one.get("benefit"))
                        if one["kind"] == "voucher"
                        else {},
                    }
                    for one in draft.variants
                ]
            }
        case _:
            return {}


def _voucher_terms(validity: Mapping[str, Any] | None, benefit: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "validity": dict(validity) if validity else {"kind": "unlimited", "value": None},
        "benefit": plain_benefit(benefit) if benefit else None,
    }
