"""Pages for what went wrong: the same calm page for every status, and a fragment for htmx that becomes a toast."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Failure:
    """A status in words: what happened, and what one can do."""

    title: str | Promise
    text: str | Promise
    icon: str


FAILURES = {
    400: Failure(
        _("This request could not be read"),
        _("Something in the address or the form is damaged. Go back and try again."),
        "unplug",
    ),
    403: Failure(
        _("This is not open to you"),
        _("Your role does not include this. Ask the owner of the business if you need it."),
        "lock",
    ),
    404: Failure(
        _("There is nothing here"), _("The page may have moved, or it belongs to another business."), "map-pin-off"
    ),
    405: Failure(_("This cannot be done that way"), _("Go back and use the button on the page."), "unplug"),
    409: Failure(
        _("Someone was quicker"),
        _("This changed while you were looking at it. Reload the page and try again; nothing was lost."),
        "git-compare",
    ),
    413: Failure(
        _("This file is too large"), _("Split it into smaller files, or remove sheets you do not need."), "weight"
    ),
    422: Failure(_("Something needs correcting"), _("Go back and check what you entered."), "circle-alert"),
    429: Failure(_("Too many tries"), _("Wait a moment, then try again."), "timer"),
    500: Failure(
        _("This is our fault"),
        _("Something broke on our side. Nothing of yours was lost; the fault has been written down. Please try again."),
        "bug",
    ),
    503: Failure(
        _("Back in a moment"), _("The system is being started or updated. Please try again in a minute."), "hourglass"
    ),
}

NOT_PUBLIC: Final = _("The link or the code is not whole, or it is good no more. Check it, or ask at the till.")
MAY_PASS: Final = frozenset({429, 500, 503})
"""What may be over at the next try: a page that only shows something offers it."""


def failure_page(
    request: HttpRequest, status: int, *, text: str = "", code: str = "", retry_seconds: int | None = None
) -> HttpResponse:
    """A page for `status` with `text` instead of the usual sentence; `code` is shown small, for a support call.

    An htmx request gets a short fragment, which the page shows as a toast. Customers, who have no place at the start page of
    the staff, are not sent there.
    """
    failure = FAILURES.get(status, FAILURES[500])
    may_repeat = status in MAY_PASS and request.method in ("GET", "HEAD")
    is_public = getattr(request, "is_public_page", False)
    context = {
        "failure": failure,
        "text": text or (NOT_PUBLIC if is_public and status == 404 else failure.text),
        "is_public": is_public,
        "status": status,
        "code": code,
        "again_url": request.get_full_path() if may_repeat else "",
    }
    short = bool(getattr(request, "htmx", None)) and not wanted_history(request)
    template = "errors/fragment.html" if short else "errors/page.html"
    response = HttpResponse(render_to_string(template, context, request), status=status)
    if retry_seconds is not None:
        response["Retry-After"] = str(retry_seconds)
    return response


def wanted_history(request: HttpRequest) -> bool:
    """True when htmx restores a page from history and so needs a whole page."""
    return bool(request.htmx.history_restore_request)  # type: ignore[attr-defined]


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400."""
    return failure_page(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    return failure_page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404."""
    return failure_page(request, 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: says that the page was open too long, which is what it nearly always is."""
    return failure_page(
        request,
        403,
        text=str(_("This page was open for a long time. Reload it and press the button again.")),
        code="csrf",
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: never touches the database, and falls back to plain text if even the page fails."""
    try:
        return failure_page(request, 500)
    except Exception:  # noqa: BLE001 - the fault may lie in the very frame that we would draw
        return HttpResponse("Something broke on our side.", status=500, content_type="text/plain; charset=utf-8")
