"""The WSGI application that granian serves: hot routes by the hot lane, everything else by Django."""

import os
from wsgiref.types import WSGIApplication

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "regulars.project.settings")


def make_application() -> WSGIApplication:
    """Load Django, then everything that addresses lead to, so that no request pays for it."""
    ordinary = get_wsgi_application()
    from regulars.platform.api.hot_lane import hot_lane

    return hot_lane(ordinary, base="/api/v1")


application = make_application()
