"""Routes of orders."""

from regulars.orders.api import try_out
from regulars.orders.api.routes import routes

__all__ = ["routes", "try_out"]
