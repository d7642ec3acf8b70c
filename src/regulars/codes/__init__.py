"""Codes: the one code space of a chain, and pools of promo codes (RWD-4, RWD-9)."""
