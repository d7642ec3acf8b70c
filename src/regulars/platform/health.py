"""Whether this process lives, whether it can serve, and its figures: for load balancers, containers and Prometheus."""

import hmac
from ipaddress import ip_address

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from regulars.platform.client_address import client_address
from regulars.platform.metrics import exposition


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers; asks nobody else, so that a slow database does not get it restarted."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when a request could be served now; 503 while the database does not answer or lacks migrations."""
    try:
        missing = missing_migrations()
    except Error:
        return JsonResponse({"ready": False, "reason": "the database does not answer"}, status=503)
    if missing:
        return JsonResponse({"ready": False, "reason": f"{len(missing)} migrations are missing"}, status=503)
    return JsonResponse({"ready": True})


_known: set[tuple[str, str]] = set()


def missing_migrations() -> list[tuple[str, str]]:
    """The migrations of this version that the database has not seen; raises a database error where it does not answer."""
    if not _known:
        _known.update(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = {(row[0], row[1]) for row in cursor.fetchall()}
    return sorted(_known - applied)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus; to this machine and private networks, or to whoever has REGULARS_METRICS_TOKEN."""
    if not may_read_metrics(request):
        raise PermissionDenied
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


def may_read_metrics(request: HttpRequest) -> bool:
    """Whether the sender has the token, or, where none is set, comes from a private address."""
    token = settings.METRICS_TOKEN
    if token:
        given = request.META.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    address = client_address(request)
    return bool(address) and ip_address(address).is_private
