"""Facts that rewards announce."""

from typing import Final

REWARD_GIVEN: Final = "reward.given"
REWARD_HANDED_OVER: Final = "reward.handed_over"
REWARD_CANCELLED: Final = "reward.cancelled"
REWARD_CHANGED: Final = "reward.changed"
"""What a reward is called or how it is given changed: `payload.reward` names it."""
