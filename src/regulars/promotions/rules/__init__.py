"""Decisions about promotions; pure: no clock, no database. `evaluate` is the way in; docs/why/pricing.md tells the conventions."""
