"""Routes of promotions and of order segments."""

from regulars.promotions.api import presets
from regulars.promotions.api.promises import routes as promise_routes
from regulars.promotions.api.promotions import routes as promotion_routes
from regulars.promotions.api.segments import routes as segment_routes

__all__ = ["presets", "promise_routes", "promotion_routes", "segment_routes"]
