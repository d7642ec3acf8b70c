"""Facts that the ledger announces."""

from typing import Final

BALANCE_CHANGED: Final = "balance.changed"
"""Balances of cards changed: `card_ids` and `transaction_ids` name them, `payload.kind` says how."""

UNITS_USABLE: Final = "balance.usable"
"""What waited on cards for something, such as the end of an order, can be spent by its terms from now on."""
HOLD_PLACED: Final = "hold.placed"
"""A part of a balance was set aside: `payload.hold` names the hold."""
HOLD_RELEASED: Final = "hold.released"
"""What a hold had set aside is free again, because somebody released it or its card was deleted."""
HOLD_EXPIRED: Final = "hold.expired"
"""The time of a hold is over; what it had set aside was free from that moment on."""
POINTS_EXPIRING: Final = "points.expiring"
"""Units of a card will end: told once per lot, so many days before, if they are there still (PRG-4).

`payload` has the balance type's external id, the amount as decimal text, and the moment it ends.
"""
