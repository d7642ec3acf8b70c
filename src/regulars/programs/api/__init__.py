"""Routes of programs and balance types."""

from regulars.programs.api.balance_types import routes as balance_type_routes
from regulars.programs.api.routes import routes

__all__ = ["balance_type_routes", "routes"]
