"""Reads of joining and of what is stored about one person."""
