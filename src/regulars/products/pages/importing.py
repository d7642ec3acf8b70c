"""Products from a CSV file: uploaded, written, and what became of its lines."""

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from regulars.kernel.refusal import Invalid, Refused
from regulars.platform.errors import BodyTooLarge
from regulars.platform.pages.answer import render_page
from regulars.platform.pages.settings_tabs import settings_tabs
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page
from regulars.products.actions.many import RowResult, import_products
from regulars.products.api.products import IMPORT_BYTES_MAX
from regulars.products.api.tables import read_upload
from regulars.products.pages.forms import FIELD_LABELS, ProductFileForm

PROBLEMS_SHOWN_MAX: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongLine:
    """A line of the file that was left out, and why."""

    line: int
    sku: str
    field: Any
    text: str


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="promotions:write")
def upload(request: PageRequest) -> HttpResponse:
    """Choose a file; then what became of it."""
    form = ProductFileForm(request.POST, request.FILES) if request.method == "POST" else ProductFileForm()
    context: dict[str, Any] = {
        "form": form,
        "tabs": settings_tabs(request, "products:list"),
        "columns": [(name, FIELD_LABELS[name]) for name in FIELD_LABELS],
    }
    if request.method == "POST" and form.is_valid():
        try:
            results = _import(request, form)
        except Refused as refused:
            if refused.refusal.status in (403, 404):
                raise
            form.add_error("file", _words_of(refused))
        else:
            return render_page(request, "products/imported.html", context | _told(results))
    return render_page(request, "products/import.html", context, status=422 if form.errors else 200)


def _import(request: PageRequest, form: ProductFileForm) -> list[RowResult]:
    file = form.cleaned_data["file"]
    if file.size > IMPORT_BYTES_MAX:
        raise Refused(BodyTooLarge(bytes_max=IMPORT_BYTES_MAX))
    decimals = request.chain.currency_decimals
    items = read_upload(file.chunks(), decimals=decimals)
    return import_products(request.actor, items, source="csv", decimals=decimals, now=request.now)


def _words_of(refused: Refused) -> str:
    refusal = refused.refusal
    if isinstance(refusal, Invalid) and refusal.errors:
        return _(refusal.errors[0].detail)
    return sentence(refusal)


def _told(results: list[RowResult]) -> dict[str, Any]:
    counts = {"created": 0, "changed": 0, "unchanged": 0, "error": 0}
    wrong: list[WrongLine] = []
    for result in results:
        counts[result.status] += 1
        for problem in result.problems:
            field = problem.pointer.strip("/").split("/")[0]
            wrong.append(
                WrongLine(line=result.at, sku=result.sku, field=FIELD_LABELS.get(field, field), text=_(problem.detail))
            )
    return {"counts": counts, "wrong": wrong[:PROBLEMS_SHOWN_MAX], "has_more": len(wrong) > PROBLEMS_SHOWN_MAX}
