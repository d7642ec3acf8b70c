"""Reads of gift cards."""
