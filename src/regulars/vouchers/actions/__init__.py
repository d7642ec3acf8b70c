"""Writes of vouchers."""
