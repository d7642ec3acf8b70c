"""Decisions about codes."""
