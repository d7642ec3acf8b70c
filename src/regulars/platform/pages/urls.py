"""Addresses of the pages that belong to no feature."""

from django.urls import path

from .preferences import save_preferences
from .styleguide import show_styleguide, styleguide_fragment

app_name = "platform"

urlpatterns = [
    path("preferences", save_preferences, name="preferences"),
    path("styleguide", show_styleguide, name="styleguide"),
    path("styleguide/<slug:part>", styleguide_fragment, name="styleguide_part"),
]
