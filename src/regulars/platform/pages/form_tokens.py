"""The check that a form was sent by a page of ours, also from pages that pass no referrer on."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseForbidden
from django.middleware.csrf import CsrfViewMiddleware

NULL_ORIGIN = "null"


class FormTokens(CsrfViewMiddleware):
    """Django's check, which trusts the header Origin as far as browsers can fill it.

    A page with `Referrer-Policy: no-referrer` makes browsers send `Origin: null` even to its own site (Fetch, section
    3.1). On such pages, and only there, the token alone decides; the cookie it must match cannot be set by another site
    (`__Host-`), nor read.
    """

    def process_view(
        self, request: HttpRequest, callback: Callable[..., Any], callback_args: Any, callback_kwargs: Any
    ) -> HttpResponseForbidden | None:
        """Remember what kind of page this is, then check."""
        request.is_public_page = getattr(callback, "is_public_page", False)  # type: ignore[attr-defined]
        return super().process_view(request, callback, callback_args, callback_kwargs)

    def _origin_verified(self, request: HttpRequest) -> bool:
        if request.META.get("HTTP_ORIGIN") == NULL_ORIGIN and getattr(request, "is_public_page", False):
            return True
        return bool(super()._origin_verified(request))  # type: ignore[misc]
