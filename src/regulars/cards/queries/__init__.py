"""Reads of card types and cards."""
