"""Kits with which outsiders test what they add."""
