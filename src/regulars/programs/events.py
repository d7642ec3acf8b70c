"""Facts that programs announce."""

from typing import Final

TIER_ENTERED: Final = "tier.entered"
TIER_LEFT: Final = "tier.left"
"""Holders entered or left a tier: `payload` names `tier_group`, `tier`, the `customers` and the unclaimed `cards`."""
