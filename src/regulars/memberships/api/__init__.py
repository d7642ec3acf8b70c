"""The HTTP API of memberships."""

from regulars.memberships.api.memberships import routes as membership_routes
from regulars.memberships.api.scanning import show_membership
from regulars.memberships.api.types import routes as membership_type_routes

__all__ = ["membership_routes", "membership_type_routes", "show_membership"]
