"""How often each variant of a lottery was drawn, beside how likely it is (RWD-2)."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from regulars.platform.database import rows
from regulars.rewards.queries.rewards import RewardView
from regulars.rewards.rules.lottery import percent_text

SHARE_DECIMALS: Final = 2


@dataclass(frozen=True, slots=True)
class VariantDraws:
    """A variant: its probability and its share of the draws, both in percent."""

    title: str
    probability: Decimal
    drawn: int
    share: Decimal


@dataclass(frozen=True, slots=True)
class Draws:
    """The draws of a lottery as it is now; `before` are those of other variants or probabilities."""

    count: int
    before: int
    variants: tuple[VariantDraws, ...]


# A goal that was lost and reached again brings what was drawn the first time: that is one draw.
COUNT: Final = """
SELECT (g.drawn ->> 'variant')::int, g.drawn -> 'variants' = %(variants)s::jsonb,
    count(DISTINCT coalesce(g.account_id::text || '/' || g.number || '/' || g.goal, g.id::text))
FROM given_rewards g WHERE g.chain_id = %(chain)s AND g.reward_id = %(reward)s AND g.drawn IS NOT NULL
GROUP BY 1, 2
"""


def draws_of(chain_id: UUID, view: RewardView) -> Draws | None:
    """What was drawn of a lottery; None for what is none."""
    if view.kind != "lottery":
        return None
    variants = [{"title": one["title"], "probability": percent_text(one["chance"])} for one in view.terms["variants"]]
    found = rows(COUNT, {"chain": chain_id, "reward": view.id, "variants": json.dumps(variants)})
    drawn = {place: count for place, is_same, count in found if is_same}
    total = sum(drawn.values())
    return Draws(
        count=total,
        before=sum(count for _place, is_same, count in found if not is_same),
        variants=tuple(
            VariantDraws(
                one["title"],
                Decimal(one["probability"]),
                drawn.get(place, 0),
                share_of(drawn.get(place, 0), total),
            )
            for place, one in enumerate(variants)
        ),
    )


def share_of(part: int, total: int) -> Decimal:
    """A part in percent, of two decimals; 0 of nothing."""
    return round(Decimal(100 * part) / total, SHARE_DECIMALS) if total else Decimal(0)
