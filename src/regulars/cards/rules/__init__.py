"""Decisions about cards; pure."""
