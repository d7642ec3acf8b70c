"""Writes of promotions."""
