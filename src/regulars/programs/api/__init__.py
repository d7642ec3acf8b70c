"""Routes of programs."""

from regulars.programs.api.routes import routes

__all__ = ["routes"]
