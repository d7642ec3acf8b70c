"""What the sample's stamps and bonus lead to: its rewards, the goals of the coffee card, and vouchers by hand (UX 8)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from regulars.rewards.rules.rewards import RewardDraft

_SENTENCES: Final[dict[str, str]] = {
    "biscuit": "A biscuit",
    "with_coffee": "With your coffee",
    "free_coffee": "A coffee of your choice",
    "wheel": "Turn of the wheel",
    "wheel_gives": "A coffee to go, a biscuit, or better luck next time",
    "to_go": "A coffee to go",
    "jar": "A biscuit from the jar",
    "luck": "Better luck next time",
    "tea": "A tea from the tin",
    "hand_cream": "Hand cream",
    "next_visit": "10 % off your next visit",
    "waited": "We kept you waiting: this one is on us.",
    "hair_mask": "A hair mask on the house",
}
"""What the sample says; translated into the language of the business."""


@dataclass(frozen=True, slots=True)
class SampleVoucher:
    """A voucher that one of the regulars got by hand; `percent` off an order, or what the title says."""

    title: str
    description: str = ""
    percent: str | None = None
    customer_may_redeem: bool = False


REWARDS: Final = (
    RewardDraft(
        title=_SENTENCES["biscuit"], external_id="biscuit", icon="heart", description=_SENTENCES["with_coffee"]
    ),
    RewardDraft(
        title=_SENTENCES["free_coffee"],
        external_id="free-coffee",
        icon="coffee",
        kind="voucher",
        validity={"kind": "days", "value": 60},
    ),
    RewardDraft(
        title=_SENTENCES["wheel"],
        external_id="wheel",
        icon="star",
        kind="lottery",
        description=_SENTENCES["wheel_gives"],
        variants=(
            {
                "probability": "20",
                "kind": "voucher",
                "title": _SENTENCES["to_go"],
                "validity": {"kind": "days", "value": 30},
            },
            {"probability": "50", "kind": "award", "title": _SENTENCES["jar"], "icon": "heart"},
            {"probability": "30", "kind": "nothing", "title": _SENTENCES["luck"]},
        ),
    ),
    RewardDraft(
        title=_SENTENCES["tea"],
        external_id="tea",
        icon="coffee",
        balance_type="bonus",
        price="4.00",
        per_customer=2,
    ),
    RewardDraft(
        title=_SENTENCES["hand_cream"],
        external_id="hand-cream",
        icon="gift",
        balance_type="bonus",
        price="15.00",
        stock=40,
    ),
)
GOALS: Final = ((3, "wheel"), (5, "biscuit"), (10, "free-coffee"))
"""After so many stamps, this reward."""
VOUCHERS: Final = (
    SampleVoucher(_SENTENCES["next_visit"], description=_SENTENCES["waited"], percent="10"),
    SampleVoucher(_SENTENCES["hair_mask"], customer_may_redeem=True),
)


def rewards_of(
    *, say: Callable[[str], str], name: Callable[[str], str], key: Callable[[str], str]
) -> tuple[RewardDraft, ...]:
    """The rewards in the language of `say`, with names and external ids as they stand in this chain."""
    return tuple(
        replace(
            one,
            title=name(say(one.title)),
            description=say(one.description) if one.description else "",
            external_id=key(one.external_id or ""),
            balance_type=f"ext:{key(one.balance_type)}" if one.balance_type else None,
            variants=tuple({**variant, "title": say(variant["title"])} for variant in one.variants),
        )
        for one in REWARDS
    )
