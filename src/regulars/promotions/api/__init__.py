"""Routes of promotions."""

from regulars.promotions.api.promotions import routes as promotion_routes

__all__ = ["promotion_routes"]
