"""The products: list with search and filters, one product, put away and taken back."""

from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.platform.api.listing import read_text_cursor, write_cursor
from regulars.platform.database import unit_of_work
from regulars.platform.errors import InvalidCursor
from regulars.platform.pages import figures, listing
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.settings_tabs import settings_tabs
from regulars.platform.sessions import PageRequest, page
from regulars.products.actions.products import archive_product, change_product, create_product, restore_product
from regulars.products.pages import words
from regulars.products.pages.failing import failing_feeds
from regulars.products.pages.forms import ProductForm, initial_of
from regulars.products.queries import (
    ProductFilter,
    ProductPage,
    ProductView,
    access_product,
    count_products,
    list_categories,
    list_products,
)

PAGE_SIZE: Final = 50
LISTING: Final = "products:page"
FILTERS: Final = ("q", "category", "kind", "tag", "away")
TAKEN: Final = {"sku_taken": "sku"}


@require_safe
@page(right="promotions:read")
def show_list(request: PageRequest) -> HttpResponse:
    """The products by name."""
    return render_page(request, "products/list.html", _context(request), fragments={"list": "products/_rows.html"})


def _context(request: PageRequest) -> dict[str, Any]:
    wanted = _filter(request)
    found = _page(request, wanted)
    total = count_products(request.actor.chain_id)
    sub = ngettext("%(count)s product", "%(count)s products", total) % {"count": figures.number(total)}
    after = write_cursor(LISTING, [found.last[0], str(found.last[1])]) if found.last else None
    is_first = not request.GET.get("after")
    return {
        "tabs": settings_tabs(request, "products:list"),
        "rows": [_row(one) for one in found.products],
        "currency": request.chain.currency,
        "categories": list_categories(request.actor),
        "kinds": words.KINDS,
        "wanted": wanted,
        "filters_on": sum(bool(request.GET.get(name)) for name in FILTERS if name != "q"),
        "is_filtered": any(request.GET.get(name) for name in FILTERS),
        "chips": _chips(request, wanted),
        "clear_url": reverse("products:list"),
        "sub": sub,
        "total": total,
        "may_write": request.actor.may("promotions:write"),
        "broken": failing_feeds(request.actor),
        "pager": listing.Pager(
            next_url=listing.address_with(request, after=after) if after else "",
            previous_url="" if is_first else listing.address_with(request, after=None),
        ),
    }


def _page(request: PageRequest, wanted: ProductFilter) -> ProductPage:
    try:
        after = read_text_cursor(LISTING, request.GET.get("after"))
    except Refused as refused:
        if not isinstance(refused.refusal, InvalidCursor):
            raise
        after = None
    return list_products(request.actor, wanted, after=after, limit=PAGE_SIZE)


def _filter(request: PageRequest) -> ProductFilter:
    asked = {name: request.GET.get(name, "")[:300] for name in FILTERS}
    return ProductFilter(
        search=asked["q"],
        category=asked["category"],
        tag=asked["tag"],
        kind=asked["kind"] if asked["kind"] in words.KINDS else "",
        archived=bool(asked["away"]),
    )


def _chips(request: PageRequest, wanted: ProductFilter) -> list[listing.Chip]:
    found = []
    for label, value, name in (
        (_("Category"), wanted.category, "category"),
        (_("Kind"), str(words.KINDS.get(wanted.kind, "")), "kind"),
        (_("Tag"), wanted.tag, "tag"),
        (_("Shown"), _("put away") if wanted.archived else "", "away"),
    ):
        if value:
            found.append(listing.chip(request, label=label, value=value, parameters=[name]))
    return found


def _row(product: ProductView) -> dict[str, Any]:
    public = encode("prd", product.id)
    return {
        "product": product,
        "url": reverse("products:product", args=[public]),
        "kind": words.KINDS[product.kind],
        "restore_url": reverse("products:restore", args=[public]) if product.archived_at else "",
    }


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="promotions:write")
def add_product(request: PageRequest) -> HttpResponse:
    """A new product."""
    decimals = request.chain.currency_decimals
    form = ProductForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            given = form.given(decimals=decimals)
            made = create_product(request.actor, given, source="page", decimals=decimals, now=request.now)
        except Refused as refused:
            show_refusal(form, refused.refusal, fields=TAKEN)
        else:
            toast(request, _("%(name)s is added") % {"name": made.name})
            return done(request, reverse("products:list"))
    return _render(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="promotions:read")
def edit_product(request: PageRequest, product: str) -> HttpResponse:
    """One product."""
    decimals = request.chain.currency_decimals
    found = _read(request, product)
    form = ProductForm(request.POST or None, initial=initial_of(found, decimals=decimals))
    if request.method == "POST" and form.is_valid():
        try:
            version = form.cleaned_data["version"]
            given = form.given(decimals=decimals)
            change_product(request.actor, product, given, decimals=decimals, version=version, now=request.now)
        except Refused as refused:
            if refused.refusal.status in (403, 404):
                raise
            show_refusal(form, refused.refusal, fields=TAKEN)
        else:
            toast(request, _("Saved"))
            return done(request, reverse("products:list"))
    return _render(request, form, found)


def _render(request: PageRequest, form: ProductForm, product: ProductView | None) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "product": product,
        "tabs": settings_tabs(request, "products:list"),
        "currency": request.chain.currency,
        "may_write": request.actor.may("promotions:write"),
    }
    if product is not None:
        public = encode("prd", product.id)
        context |= {
            "source": words.SOURCES[product.source],
            "now": request.now,
            "edit_url": reverse("products:product", args=[public]),
            "archive_url": reverse("products:archive", args=[public]),
            "restore_url": reverse("products:restore", args=[public]),
        }
    return render_page(request, "products/product.html", context, status=422 if form.errors else 200)


def _read(request: PageRequest, identifier: str) -> ProductView:
    if request.method != "POST":
        return access_product(request.actor, identifier)
    with unit_of_work(request.actor.chain_id):
        return access_product(request.actor, identifier)


@require_POST
@page(right="promotions:write")
def archive(request: PageRequest, product: str) -> HttpResponse:
    """Put a product away, with Undo."""
    gone = archive_product(request.actor, product, now=request.now)
    undo = reverse("products:restore", args=[encode("prd", gone.id)])
    toast(request, _("%(name)s is put away; orders still know it") % {"name": gone.name}, undo_url=undo)
    return done(request, reverse("products:list"))


@require_POST
@page(right="promotions:write")
def restore(request: PageRequest, product: str) -> HttpResponse:
    """Take a product back."""
    back = restore_product(request.actor, product, now=request.now)
    toast(request, _("%(name)s is back") % {"name": back.name})
    return done(request, reverse("products:list"))
