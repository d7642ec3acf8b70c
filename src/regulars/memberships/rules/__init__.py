"""Decisions about memberships: terms, states, uses, freezes and extensions; pure."""
