"""Reads of the ledger; the only place that locks accounts."""
