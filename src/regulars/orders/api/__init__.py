"""Routes of orders."""

from regulars.orders.api.routes import routes

__all__ = ["routes"]
