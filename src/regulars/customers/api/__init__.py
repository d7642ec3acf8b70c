"""Routes of customers."""

from regulars.customers.api.routes import routes

__all__ = ["routes"]
