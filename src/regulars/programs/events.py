"""Facts that programs announce."""

from typing import Final

TIER_ENTERED: Final = "tier.entered"
TIER_LEFT: Final = "tier.left"
"""Holders entered or left a tier: `payload` names `tier_group`, `tier`, the `customers` and the unclaimed `cards`."""
BALANCE_TYPE_CHANGED: Final = "balance_type.changed"
"""A balance type is called something else, or counts or ends otherwise: `payload` names `program` and `balance_type`."""
TIERS_CHANGED: Final = "program.tiers_changed"
"""The tiers of a program were written anew: their names, colours or thresholds. `payload.program` names it."""
