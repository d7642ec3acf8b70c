"""Addresses of the server that shows the style guide to the browser tests."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from regulars.platform.pages.shell import NavItem

handler404 = "regulars.platform.pages.failures.not_found"
handler500 = "regulars.platform.pages.failures.server_error"


def empty(request: HttpRequest) -> HttpResponse:
    """A place for the navigation to lead to."""
    return HttpResponse("")


PLACES = (
    ("overview", "Overview", "chart-no-axes-column", "", True),
    ("cards", "Cards", "credit-card", "", True),
    ("customers", "Customers", "users", "", True),
    ("programs", "Programs and card types", "layers", "Program", False),
    ("imports", "Imports", "file-spreadsheet", "Data", True),
    ("settings", "Settings", "settings", "Business", False),
)
NAVIGATION = tuple(
    NavItem(key=name, label=label, url_name=name, icon=icon, group=group, in_dock=in_dock)
    for name, label, icon, group, in_dock in PLACES
)
urlpatterns = [
    path("", include("regulars.platform.pages.urls")),
    *[path("styleguide/list" if name == "cards" else name, empty, name=name) for name, *_rest in PLACES],
]
