"""One address serves the whole page and its fragments; these functions choose which and carry the toasts along."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect, HttpResponseLocation, trigger_client_event

UNPROCESSABLE = 422


def render_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    fragments: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Answer with the page, or with the fragment that htmx asks for.

    `fragments` maps the id of an htmx target to its template: `{"panel": "cards/_panel.html"}`. A target
    that is not listed, a boosted link and a restored history entry get the whole page. With status 422
    the title starts with "Error:" and the typed values stay.
    """
    context = {"has_errors": status == UNPROCESSABLE, **(context or {})}
    chosen = wanted_fragment(request, fragments or {})
    if chosen is None:
        response = HttpResponse(render_to_string(template, context, request), status=status)
    else:
        body = render_to_string(chosen, context, request)
        body += render_to_string("shell/toasts_oob.html", {}, request)
        response = HttpResponse(body, status=status)
        response["Cache-Control"] = "no-store"
    # Without Vary a browser's Back shows the fragment that it kept for the same address.
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def wanted_fragment(request: HttpRequest, fragments: Mapping[str, str]) -> str | None:
    """The template of the fragment this request asks for, or None for the whole page."""
    htmx = getattr(request, "htmx", None)
    if not htmx or htmx.boosted or htmx.history_restore_request:
        return None
    return fragments.get(htmx.target or "")


def toast(request: HttpRequest, text: str, *, undo_url: str = "", tone: str = "") -> None:
    """Show `text` with the next answer, with an Undo button that posts to `undo_url`.

    `tone` is "" or "bad". The text is escaped when shown, so it may hold names that people typed.
    """
    level = messages.ERROR if tone == "bad" else messages.SUCCESS
    messages.add_message(request, level, text, extra_tags=undo_url)


def done(request: HttpRequest, url: str, *, target: str = "", changed: str = "") -> HttpResponse:
    """Answer a successful form: go to `url`, close the dialog the form was in.

    Without htmx it is a 303. With htmx and a `target` ("panel") only that part is loaded from `url` and
    `changed` ("list-changed") is announced to the page; without a target the page is loaded anew.
    """
    if not getattr(request, "htmx", None):
        response: HttpResponse = HttpResponseRedirect(url)
        response.status_code = 303
        return response
    if not target:
        return HttpResponseClientRedirect(url)
    response = HttpResponseLocation(url, target=f"#{target}", swap="innerHTML")
    trigger_client_event(response, "close-dialog")
    if changed:
        trigger_client_event(response, changed)
    return response
