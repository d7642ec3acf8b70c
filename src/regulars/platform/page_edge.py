"""The edge of pages: text that no field takes is refused, and a refusal that no form shows becomes a calm page."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

from regulars.kernel.refusal import Refused
from regulars.platform.errors import InternalError
from regulars.platform.input_text import check_posted, check_query
from regulars.platform.logs import route_of
from regulars.platform.metrics import count_fault
from regulars.platform.problems import refusal_of, refusal_page

FORM: Final = "application/x-www-form-urlencoded"


class RefusalsAsPages:
    """Middleware, the innermost: looks at what was sent before a view does, and at what a view raised."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            check_query(request)
            if request.method == "POST" and request.content_type == FORM:
                check_posted(request)
        except Refused as refused:
            return refusal_page(request, refused.refusal)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        """A page for a refusal or a busy database; None leaves the rest to Django's handlers of 403, 404 and 500."""
        refusal = refusal_of(fault)
        if isinstance(refusal, InternalError):
            count_fault(route_of(request))
            return None
        if type(fault).__module__.startswith("django.") and refusal.status in {403, 404}:
            return None
        return refusal_page(request, refusal)


refusals_as_pages = RefusalsAsPages
