"""Facts that chains announce."""

from typing import Final

CHAIN_CHANGED: Final = "chain.changed"
"""What the business is called, its country, currency, zone, language or look changed: `payload.changed` names what."""
PLACES_CHANGED: Final = "location.places_changed"
"""Where people find the business has changed: a place on the earth was opened, renamed, moved, closed or opened again."""
