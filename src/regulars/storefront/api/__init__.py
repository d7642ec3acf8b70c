"""Routes about one person's stored data."""

from regulars.storefront.api.routes import routes as stored_routes

__all__ = ["stored_routes"]
