"""Reads of passes and of what they show."""
