"""Decisions about orders; pure."""
