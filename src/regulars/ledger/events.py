"""Facts that the ledger announces."""

from typing import Final

BALANCE_CHANGED: Final = "balance.changed"
"""Balances of cards changed: `card_ids` and `transaction_ids` name them, `payload.kind` says how."""
