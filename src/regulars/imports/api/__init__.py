"""Routes of imports."""

from regulars.imports.api.routes import routes

__all__ = ["routes"]
