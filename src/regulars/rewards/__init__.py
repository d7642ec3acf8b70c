"""Rewards: milestones, awards, lotteries and the catalogue (RWD-1, RWD-2)."""
