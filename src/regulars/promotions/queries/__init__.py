"""Reads of promotions."""
