"""Vouchers: redeemable rights with a life of their own (RWD-2, RWD-3)."""
