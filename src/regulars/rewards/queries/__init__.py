"""Reads of rewards."""
