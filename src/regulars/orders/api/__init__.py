"""Orders over the API."""

from regulars.orders.api import effect, till, try_out
from regulars.orders.api.refunds import routes as refund_routes
from regulars.orders.api.routes import routes

__all__ = ["effect", "refund_routes", "routes", "till", "try_out"]
