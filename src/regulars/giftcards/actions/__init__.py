"""Writes of gift cards."""
