"""Decisions of the ledger; pure: no clock, no database."""
