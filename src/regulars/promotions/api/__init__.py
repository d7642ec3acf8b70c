"""Routes of promotions."""

from regulars.promotions.api import presets
from regulars.promotions.api.promotions import routes as promotion_routes

__all__ = ["presets", "promotion_routes"]
