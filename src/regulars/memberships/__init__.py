"""Memberships: so many visits, or a period (RWD-6)."""
