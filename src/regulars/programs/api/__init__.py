"""Routes of programs, their balance types and their tiers."""

from regulars.programs.api.balance_types import routes as balance_type_routes
from regulars.programs.api.routes import routes
from regulars.programs.api.tiers import routes as tier_routes

__all__ = ["balance_type_routes", "routes", "tier_routes"]
