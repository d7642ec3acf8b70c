"""Promotions: rules a marketer writes, what they give on an order, and why (ORD-3 to ORD-15)."""
