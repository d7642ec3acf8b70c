"""Facts that wallets announce."""

from typing import Final

WALLET_REGISTERED: Final = "wallet.registered"
"""A phone has a pass now; `payload.provider` says whose wallet."""
WALLET_UNREGISTERED: Final = "wallet.unregistered"
"""A phone has it no more."""
