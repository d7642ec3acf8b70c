"""Routes about one person's stored data, and what a scanner finds of people who join."""

from regulars.storefront.api.routes import routes as stored_routes
from regulars.storefront.api.scanning import scan_pickup

__all__ = ["scan_pickup", "stored_routes"]
