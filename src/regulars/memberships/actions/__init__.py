"""Writes of memberships."""
