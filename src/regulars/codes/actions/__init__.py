"""Writes of codes."""
