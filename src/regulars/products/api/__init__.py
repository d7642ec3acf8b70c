"""Routes of products and of the feeds that they come by."""

from regulars.products.api.feeds import routes as feed_routes
from regulars.products.api.products import routes as product_routes

__all__ = ["feed_routes", "product_routes"]
