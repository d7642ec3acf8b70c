"""Facts that rewards announce."""

from typing import Final

REWARD_GIVEN: Final = "reward.given"
REWARD_HANDED_OVER: Final = "reward.handed_over"
REWARD_CANCELLED: Final = "reward.cancelled"
