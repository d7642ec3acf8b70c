"""What a cancel or refund takes back and gives back in a program (LED-4): every rule a setting, frozen, with its default."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import Any, Final, Literal, get_args

from regulars.kernel.refusal import FieldProblem

NotRecovered = Literal["debt", "cap"]
Spent = Literal["pro_rata", "only_when_full", "balances_first", "money_first", "never"]
Earned = Literal["recompute", "in_proportion", "only_when_full", "keep"]
Discounts = Literal["recompute", "in_proportion"]
Rewards = Literal["keep", "take_back"]

RETURNED_LOT_DAYS_MAX: Final = 3650
CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "not_recovered": get_args(NotRecovered),
    "spent_points": get_args(Spent),
    "earned_points": get_args(Earned),
    "discounts": get_args(Discounts),
    "redeemed_rewards": get_args(Rewards),
}


@dataclass(frozen=True, slots=True)
class RefundRules:
    """How a program takes back; what nobody chose is as SPEC LED-4 says.

    `not_recovered`: points that were spent already become a `debt`, which the next earnings fill first, or are a `cap`:
    as much as is there is taken, and the answer names the rest. `spent_points`: what was paid with points returns in
    proportion to the money refunded (`pro_rata`), with a full refund only, before money, after it, or never. `earned_points`:
    a partial refund recomputes what is kept and takes back the difference (`recompute`), takes back in proportion to the
    money, only with a full refund, or nothing. `discounts`: what is kept is priced anew, or each line keeps its share.
    `returned_lot_days`: how long points live that return to a lot which has expired. `redeemed_rewards`: they stay, with
    a notice to staff, or are taken back where they can be.
    """

    not_recovered: NotRecovered = "debt"
    spent_points: Spent = "pro_rata"
    earned_points: Earned = "recompute"
    discounts: Discounts = "recompute"
    returned_lot_days: int = 30
    redeemed_rewards: Rewards = "keep"

    @property
    def returned_lot_life(self) -> timedelta:
        """How long points live that return to a lot which has expired."""
        return timedelta(days=self.returned_lot_days)


DEFAULT_REFUNDS: Final = RefundRules()


def check_refunds(given: Any, pointer: str) -> list[FieldProblem]:
    """Say what is wrong with settings as somebody wrote them; those left out keep their default."""
    if not isinstance(given, Mapping):
        return [FieldProblem(pointer, "invalid_type", "An object with the settings of refunds.")]
    problems: list[FieldProblem] = []
    known = [field.name for field in fields(RefundRules)]
    for name, value in given.items():
        if name not in known:
            problems.append(FieldProblem(f"{pointer}/{name}", "unknown_field", f"One of: {', '.join(known)}."))
        elif name in CHOICES and value not in CHOICES[name]:
            problems.append(FieldProblem(f"{pointer}/{name}", "unknown_value", f"One of: {', '.join(CHOICES[name])}."))
        elif name == "returned_lot_days" and (
            isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= RETURNED_LOT_DAYS_MAX
        ):
            detail = f"A whole number from 1 to {RETURNED_LOT_DAYS_MAX}."
            problems.append(FieldProblem(f"{pointer}/{name}", "out_of_range", detail))
    return problems


def read_refunds(stored: Mapping[str, Any]) -> RefundRules:
    """The settings that checked JSON tells; what it leaves out is the default."""
    return RefundRules(**stored)


def present_refunds(rules: RefundRules) -> dict[str, Any]:
    """The settings as JSON, all of them."""
    return asdict(rules)
