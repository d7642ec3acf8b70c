"""The root of the HTTP API: which features' routes it has, in the order of its documentation."""

from typing import Final

from regulars.chains.api import routes as locations
from regulars.platform.api.edge import EdgeApi
from regulars.platform.api.routes import Routes

DESCRIPTION: Final = """
Everything that Regulars does, for programs: one key per program, amounts as decimal strings, and the same answer again
to the same request with the same `Idempotency-Key`.
"""

ROUTES: Final[tuple[Routes, ...]] = (locations,)


def build_api() -> EdgeApi:
    """Put the routes of all features together."""
    api = EdgeApi(title="Regulars", version="1", description=DESCRIPTION.strip(), urls_namespace="api")
    for routes in ROUTES:
        api.add_router("", routes.router)
    return api


api: Final = build_api()
