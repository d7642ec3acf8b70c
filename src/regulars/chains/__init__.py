"""Businesses and their places."""
