"""Reads of imports."""
