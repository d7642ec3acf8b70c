"""Reads of codes."""
