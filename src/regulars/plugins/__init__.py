"""Ports for outsiders: what somebody else's package can add to Regulars, and the kits that test it."""
