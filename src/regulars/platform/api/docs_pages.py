"""Documentation of the API as pages of ours: works offline and under a policy that forbids inline code."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import get_resolver
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from regulars.kernel.refusal import Refusal
from regulars.platform.api.documented import first_sentence
from regulars.platform.api.edge import EdgeApi
from regulars.platform.api.reading import read_document
from regulars.platform.problems import all_refusals, title_of


@lru_cache(maxsize=1)
def document_of(api: EdgeApi) -> dict[str, Any]:
    """The API document; made once, for routes do not change while the process lives."""
    return dict(api.get_openapi_schema())


@require_safe
def show_document(request: HttpRequest, *, api: EdgeApi) -> HttpResponse:
    """The API document as OpenAPI 3.1."""
    return JsonResponse(document_of(api), json_dumps_params={"ensure_ascii": False})


@require_safe
def show_docs(request: HttpRequest, *, api: EdgeApi) -> HttpResponse:
    """The same document as a page to read, with an example for each route."""
    document = document_of(api)
    base_url = settings.URL
    nouns = read_document(document, base_url=base_url)
    return render(request, "api/docs.html", {"nouns": nouns, "document": document, "base_url": base_url})


@require_safe
def show_problems(request: HttpRequest) -> HttpResponse:
    """Every code that an answer may carry: where its status, meaning and sentence stand."""
    get_resolver().url_patterns  # noqa: B018  every feature's refusals are defined once its addresses are
    by_code: dict[str, list[type[Refusal]]] = {}
    for kind in all_refusals():
        by_code.setdefault(kind.code, []).append(kind)
    problems = [
        {
            "code": code,
            "title": title_of(code),
            "status": kinds[0].status,
            "meanings": [first_sentence(kind) for kind in kinds],
            "sentence": _(kinds[0].message),
        }
        for code, kinds in by_code.items()
    ]
    return render(request, "api/problems.html", {"problems": problems})
