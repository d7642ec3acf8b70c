"""The ledger that cannot lie."""
