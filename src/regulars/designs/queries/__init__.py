"""Reads of designs."""
