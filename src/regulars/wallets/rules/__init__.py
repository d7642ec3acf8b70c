"""Decisions about cards in wallets; pure."""
