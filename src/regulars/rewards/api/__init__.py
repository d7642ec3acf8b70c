"""Routes of rewards: what can be got, milestones, stamps, and what cards got."""

from regulars.rewards.api.given import routes as given_routes
from regulars.rewards.api.milestones import routes as milestone_routes
from regulars.rewards.api.pictures import routes as reward_picture_routes
from regulars.rewards.api.rewards import routes as reward_routes

__all__ = ["given_routes", "milestone_routes", "reward_picture_routes", "reward_routes"]
