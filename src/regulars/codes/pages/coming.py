"""How codes come into a pool: made from a pattern, from a file, from a service; stopped and taken back."""

from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from regulars.codes.actions.generate import cancel_batch, start_generating
from regulars.codes.actions.importing import IMPORTED_MAX, import_codes, start_fetching, start_undoing
from regulars.codes.jobs import defer_fetching, defer_generating, defer_undoing
from regulars.codes.pages.forms import GenerateForm, ImportForm
from regulars.codes.pages.pools import pool_url, read_pool
from regulars.codes.queries.pools import BatchView
from regulars.codes.rules.importing import REASONS
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.platform.pages import figures
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page

SHOWN_MAX: Final = 100
CODE_HEADERS: Final = ("code", "codes", "promo code", "promocode", "код", "промокод", "коды", "कोड")


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="promotions:write")
def generate(request: PageRequest, pool: str) -> HttpResponse:
    """Make codes from a pattern."""
    view = read_pool(request, pool)
    form = GenerateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            start_generating(
                request.actor,
                pool,
                count=form.cleaned_data["count"],
                pattern=form.cleaned_data["pattern"],
                now=request.now,
                defer=defer_generating,
            )
        except Refused as refused:
            if refused.refusal.status in (403, 404):
                raise
            show_refusal(form, refused.refusal, fields={"code_pool_full": "count"})
        else:
            return done(request, pool_url(view))
    context = {"form": form, "pool": view, "back": pool_url(view), "room": figures.number(view.room)}
    return render_page(request, "codes/generate.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="promotions:write")
def upload(request: PageRequest, pool: str) -> HttpResponse:
    """Take codes that were pasted, and say what became of them; files go through the import wizard."""
    view = read_pool(request, pool)
    form = ImportForm(request.POST) if request.method == "POST" else ImportForm()
    context: dict[str, Any] = {"form": form, "pool": view, "back": pool_url(view), "most": figures.number(IMPORTED_MAX)}
    if request.actor.may("imports:write"):
        context["wizard_url"] = f"{reverse('imports:new')}?kind=codes&pool={view.public_id}"
    if request.method == "POST" and form.is_valid():
        try:
            texts = _read(form)
            found = import_codes(request.actor, pool, texts, now=request.now)
        except Refused as refused:
            if refused.refusal.status in (403, 404):
                raise
            show_refusal(form, refused.refusal, fields={"codes": "text"})
        else:
            wrong = [
                {"line": place, "code": text[:80], "text": _(REASONS[status])}
                for place, (text, status) in enumerate(zip(texts, found.statuses, strict=True), start=1)
                if status != "inserted"
            ]
            told = {"found": found, "wrong": wrong[:SHOWN_MAX], "has_more": len(wrong) > SHOWN_MAX}
            return render_page(request, "codes/imported.html", context | told)
    return render_page(request, "codes/import.html", context, status=422 if form.errors else 200)


def _read(form: ImportForm) -> list[str]:
    """The codes of pasted lines: what stands before a tab; a header is no code."""
    lines = [line.split("\t")[0].strip() for line in form.cleaned_data["text"].splitlines()]
    return _without_header([line for line in lines if line])


def _without_header(texts: list[str]) -> list[str]:
    return texts[1:] if texts and texts[0].strip().lower() in CODE_HEADERS else texts


@require_POST
@page(right="promotions:write")
def fetch_now(request: PageRequest, pool: str) -> HttpResponse:
    """Fetch codes from the service of a pool."""
    view = read_pool(request, pool)
    try:
        start_fetching(request.actor, pool, now=request.now, defer=defer_fetching)
    except Refused as refused:
        if refused.refusal.status in (403, 404):
            raise
        toast(request, sentence(refused.refusal), tone="bad")
    return done(request, pool_url(view))


@require_POST
@page(right="promotions:write")
def cancel(request: PageRequest, batch: str) -> HttpResponse:
    """Stop making codes."""
    found = cancel_batch(request.actor, batch, now=request.now)
    count = ngettext("%(count)s code was made", "%(count)s codes were made", found.made)
    toast(request, count % {"count": figures.number(found.made)})
    return done(request, _back(found))


@require_POST
@page(right="promotions:write")
def undo(request: PageRequest, batch: str) -> HttpResponse:
    """Take back the codes of a batch that nobody has."""
    try:
        found = start_undoing(request.actor, batch, now=request.now, defer=defer_undoing)
    except Refused as refused:
        if refused.refusal.status in (403, 404):
            raise
        toast(request, sentence(refused.refusal), tone="bad")
        return done(request, reverse("codes:list"))
    toast(request, _("The codes that nobody has are being taken back"))
    return done(request, _back(found))


def _back(batch: BatchView) -> str:
    return reverse("codes:pool", args=[encode("cpl", batch.pool_id)])
