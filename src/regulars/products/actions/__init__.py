"""Writes of products and their feeds."""
