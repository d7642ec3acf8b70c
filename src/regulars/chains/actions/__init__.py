"""Writes of chains, their locations and their clocks."""

from regulars.chains.actions.chains import (
    archive_location,
    change_chain,
    change_location,
    create_chain,
    create_location,
    insert_chain,
    restore_location,
)
from regulars.chains.actions.clock import Forward, catch_up, move_clock

__all__ = [
    "Forward",
    "archive_location",
    "catch_up",
    "change_chain",
    "change_location",
    "create_chain",
    "create_location",
    "insert_chain",
    "move_clock",
    "restore_location",
]
