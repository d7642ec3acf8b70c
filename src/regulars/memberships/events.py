"""Facts that memberships announce; `payload.membership` names which, `payload.customer` whose, where it is somebody's."""

from typing import Final

MEMBERSHIP_SOLD: Final = "membership.sold"
MEMBERSHIP_USED: Final = "membership.used"
"""Visits were taken: `payload.visits`, `payload.remaining` (null where they are not counted) and the order, if one did it."""
MEMBERSHIP_USE_UNDONE: Final = "membership.use_undone"
MEMBERSHIP_FREEZE_PLANNED: Final = "membership.freeze_planned"
MEMBERSHIP_FROZEN: Final = "membership.frozen"
MEMBERSHIP_UNFROZEN: Final = "membership.unfrozen"
MEMBERSHIP_EXTENDED: Final = "membership.extended"
MEMBERSHIP_ENDING: Final = "membership.ending"
"""It is about to end, told once for each end: `payload.because` is `days` or `visits`, with `ends_on` and `remaining`."""
MEMBERSHIP_EXPIRED: Final = "membership.expired"
MEMBERSHIP_CANCELLED: Final = "membership.cancelled"
