"""Reads of memberships."""
