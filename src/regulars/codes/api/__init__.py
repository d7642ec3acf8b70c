"""Routes of pools of codes and of codes."""

from regulars.codes.api.codes import routes as code_routes
from regulars.codes.api.pools import routes as pool_routes

__all__ = ["code_routes", "pool_routes"]
