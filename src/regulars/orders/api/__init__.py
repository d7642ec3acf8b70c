"""Routes of orders."""

from regulars.orders.api.refunds import routes as refund_routes
from regulars.orders.api.routes import routes

__all__ = ["refund_routes", "routes"]
