"""Writes of rewards: defining them, giving them, what becomes of them (RWD-1, RWD-2)."""
