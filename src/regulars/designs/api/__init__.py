"""Routes of designs."""

from regulars.designs.api.routes import routes as design_routes

__all__ = ["design_routes"]
