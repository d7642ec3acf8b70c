"""Writes of joining and of what people do with their own data."""
