"""Addresses of the whole product."""

from django.urls import URLPattern, URLResolver, path

from regulars.project.health import healthz, readyz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("readyz", readyz),
]
