"""Writes of card types and cards."""
