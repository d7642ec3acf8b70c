"""Pages of memberships: types, what was sold, one with its history, and what is done with it."""
