"""Facts that chains announce."""

from typing import Final

PLACES_CHANGED: Final = "location.places_changed"
"""Where people find the business has changed: a place on the earth was opened, renamed, moved, closed or opened again."""
