"""Routes of products."""

import hashlib
from typing import Annotated, Any, Final, Literal

from django.utils.translation import gettext as _
from ninja import File, Query
from ninja.files import UploadedFile
from pydantic import Field, WithJsonSchema

from regulars.chains.queries import get_chain
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.api.answers import Answer, answer, created
from regulars.platform.api.fields import AMOUNT_SCHEMA, AmountIn, AmountOut, Flag, In, Out, TimeOut
from regulars.platform.api.idempotency import answer_in_one_transaction, claim_of
from regulars.platform.api.listing import Paged, list_body, read_text_cursor, write_cursor
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version
from regulars.products.actions.many import IMPORTED_MAX, RowResult, import_products
from regulars.products.actions.products import archive_product, change_product, create_product
from regulars.products.api.tables import read_upload
from regulars.products.errors import SkuTaken
from regulars.products.queries import ProductFilter, ProductView, access_product, list_products
from regulars.products.rules.products import (
    CATEGORY_LENGTH_MAX,
    PRODUCT_NAME_LENGTH_MAX,
    SKU_LENGTH_MAX,
    TAG_LENGTH_MAX,
    TAGS_MAX,
)

routes = Routes("Products")

IMPORT_BYTES_MAX: Final = 10_000_000

SkuIn = Annotated[str, Field(min_length=1, max_length=SKU_LENGTH_MAX, examples=["latte"])]
ProductNameIn = Annotated[str, Field(min_length=1, max_length=PRODUCT_NAME_LENGTH_MAX, examples=["Latte"])]
CategoryIn = Annotated[
    str,
    Field(
        max_length=CATEGORY_LENGTH_MAX,
        examples=["Drinks > Coffee"],
        description="A category, or a path of categories with ` > ` between them.",
    ),
]
TagsIn = Annotated[list[Annotated[str, Field(max_length=TAG_LENGTH_MAX)]], Field(max_length=TAGS_MAX)]
ProductKind = Literal["goods", "service"]
PriceIn = Annotated[AmountIn, Field(examples=["3.90"])]
AnyAmount = Annotated[Any, WithJsonSchema({"anyOf": [AMOUNT_SCHEMA, {"type": "null"}]})]
"""An amount whose check is left to its own product, so that a wrong one hinders no other."""


class ProductIn(In):
    """A product. What it says of itself fills in what the lines of orders leave out."""

    sku: SkuIn
    name: ProductNameIn
    category: CategoryIn = ""
    tags: TagsIn = []
    kind: ProductKind = "goods"
    price: PriceIn | None = None
    price_min: Annotated[PriceIn | None, Field(description="No discount goes below it, per unit.")] = None
    tax_percent: Annotated[AmountIn | None, Field(examples=["19"])] = None
    excluded: Annotated[bool, Field(description="No promotion touches it.")] = False


class ProductChange(In):
    """Fields to change; those left out stay, null empties prices and tax."""

    sku: SkuIn | None = None
    name: ProductNameIn | None = None
    category: CategoryIn | None = None
    tags: TagsIn | None = None
    kind: ProductKind | None = None
    price: PriceIn | None = None
    price_min: PriceIn | None = None
    tax_percent: AmountIn | None = None
    excluded: bool | None = None
    archived: Annotated[bool | None, Field(description="false takes a product back that was put away.")] = None


class ImportedProduct(In):
    """A product of a list: `sku` says which; of a known one, fields that are left out stay. Each is checked by itself."""

    sku: str = ""
    name: str | None = None
    category: str | None = None
    tags: list[str] | None = None
    kind: str | None = None
    price: AnyAmount = None
    price_min: AnyAmount = None
    tax_percent: AnyAmount = None
    excluded: bool | None = None


class ProductsImportIn(In):
    """Products to make or change."""

    items: Annotated[list[ImportedProduct], Field(max_length=IMPORTED_MAX)]


class ProductOut(Out):
    """A product."""

    id: Annotated[str, Field(examples=["prd_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    sku: Annotated[str, Field(examples=["latte"])]
    name: Annotated[str, Field(examples=["Latte"])]
    category: Annotated[str, Field(examples=["Drinks > Coffee"])]
    tags: list[str]
    kind: ProductKind
    price: AmountOut | None
    price_min: AmountOut | None
    tax_percent: AmountOut | None
    excluded: bool
    source: Literal["api", "csv", "feed", "page"]
    archived_at: TimeOut | None
    updated_at: TimeOut
    version: int


class ProductList(Out):
    """A page of products."""

    items: list[ProductOut]
    next_cursor: str | None


class ImportedErrorOut(Out):
    """What is wrong with one product; `pointer` leads to it in the request, or names line and field of a file."""

    pointer: Annotated[str, Field(examples=["/items/3/price"])]
    code: str
    detail: str


class ImportedOut(Out):
    """What became of one product; `id` is null where it was not written."""

    sku: str
    status: Literal["created", "changed", "unchanged", "error"]
    id: str | None
    errors: list[ImportedErrorOut]


class ProductsImportOut(Out):
    """What became of each product, in order, and how often what."""

    created: int
    changed: int
    unchanged: int
    failed: int
    results: list[ImportedOut]


class ProductFilters(Paged):
    """Which products; everything given must hold."""

    search: Annotated[str | None, Field(max_length=200, description="Part of a name or SKU.")] = None
    sku: Annotated[str | None, Field(max_length=SKU_LENGTH_MAX)] = None
    category: Annotated[str | None, Field(max_length=CATEGORY_LENGTH_MAX, description="With those below it.")] = None
    tag: Annotated[str | None, Field(max_length=TAG_LENGTH_MAX)] = None
    kind: ProductKind | None = None
    archived: Annotated[Flag, Field(description="Those put away instead of the others.")] = False
    order: Literal["newest", "name"] = "newest"


@routes.get("/products", needs="promotions:read", answers={200: ProductList})
def list_some_products(request: ApiRequest, filters: Query[ProductFilters]) -> Answer:
    """List or search products."""
    listing = f"products:{filters.order}"
    wanted = ProductFilter(
        search=filters.search or "",
        sku=filters.sku or "",
        category=filters.category or "",
        tag=filters.tag or "",
        kind=filters.kind or "",
        archived=filters.archived,
    )
    page = list_products(
        request.actor,
        wanted,
        order=filters.order,
        after=read_text_cursor(listing, filters.cursor),
        limit=filters.limit,
    )
    next_cursor = write_cursor(listing, [page.last[0], str(page.last[1])]) if page.last else None
    decimals = _decimals(request)
    return answer(list_body((present_product(one, decimals) for one in page.products), next_cursor))


@routes.post("/products", needs="promotions:write", answers={201: ProductOut}, refuses=[SkuTaken])
def create_one_product(request: ApiRequest, body: ProductIn) -> Answer:
    """Make a product."""
    decimals = _decimals(request)
    made = create_product(request.actor, body.model_dump(), source="api", decimals=decimals, now=request.now)
    return created(present_product(made, decimals), version=made.version)


@routes.post("/products/import", needs="promotions:write", answers={200: ProductsImportOut}, bytes_max=IMPORT_BYTES_MAX)
def import_some_products(request: ApiRequest, body: ProductsImportIn) -> Answer:
    """Make or change up to 10,000 products by their SKUs.

    Every product is decided by itself: one that is wrong is told in `results` and hinders no other. Products that were
    put away come back.
    """
    items = [(at, item.model_dump(exclude_unset=True)) for at, item in enumerate(body.items)]
    results = import_products(request.actor, items, source="api", decimals=_decimals(request), now=request.now)
    return answer(present_results(results, prefix="/items"))


@routes.post(
    "/products/import/file",
    needs="promotions:write",
    answers={200: ProductsImportOut},
    transaction="own",
    body="multipart",
    bytes_max=IMPORT_BYTES_MAX,
)
def import_product_file(request: ApiRequest, file: File[UploadedFile]) -> Answer:
    """Make or change the products of a CSV file, by their SKUs.

    Any delimiter and encoding; the header names the columns: `sku`, `name`, `category`, `tags`, `kind`, `price`,
    `price_min`, `tax_percent`, `excluded`, or words like them in several languages. Pointers name the line: `/7/price`.
    """
    unknown = sorted(request.POST)
    if unknown:
        raise Refused(Invalid(errors=(FieldProblem(f"/{unknown[0]}", "unknown_field", "There is no such field."),)))
    digest = hashlib.sha256()
    for part in file.chunks():
        digest.update(part)
    claim = claim_of(
        request,
        request.actor,
        route="POST /products/import/file",
        required=False,
        path={},
        body=digest.hexdigest(),
    )

    def work() -> Answer:
        file.seek(0)
        decimals = _decimals(request)
        items = read_upload(file.chunks(), decimals=decimals)
        results = import_products(request.actor, items, source="csv", decimals=decimals, now=request.now)
        return answer(present_results(results, prefix=""))

    return answer_in_one_transaction(request.actor, claim, work)


@routes.get("/products/{product}", needs="promotions:read", answers={200: ProductOut})
def get_product(request: ApiRequest, product: str) -> Answer:
    """Read a product; `ext:` and its SKU name it too."""
    found = access_product(request.actor, check_reference(product))
    return answer(present_product(found, _decimals(request)), version=found.version)


@routes.patch("/products/{product}", needs="promotions:write", answers={200: ProductOut}, refuses=[SkuTaken])
def change_one_product(request: ApiRequest, product: str, body: ProductChange) -> Answer:
    """Change a product."""
    decimals = _decimals(request)
    sent = {name: getattr(body, name) for name in body.model_fields_set}
    kept = {name: value for name, value in sent.items() if value is not None or name not in ("excluded", "archived")}
    changed = change_product(
        request.actor,
        check_reference(product),
        kept,
        decimals=decimals,
        now=request.now,
        version=expected_version(request),
    )
    return answer(present_product(changed, decimals), version=changed.version)


@routes.delete("/products/{product}", needs="promotions:write", answers={200: ProductOut})
def archive_one_product(request: ApiRequest, product: str) -> Answer:
    """Put a product away: lists leave it out, the lines of orders still know it."""
    archived = archive_product(request.actor, check_reference(product), now=request.now)
    return answer(present_product(archived, _decimals(request)), version=archived.version)


def present_product(product: ProductView, decimals: int) -> dict[str, Any]:
    """A product as the API writes it."""
    return {
        "id": encode("prd", product.id),
        "sku": product.sku,
        "name": product.name,
        "category": product.category,
        "tags": list(product.tags),
        "kind": product.kind,
        "price": None if product.price is None else format_amount(product.price, decimals),
        "price_min": None if product.price_min is None else format_amount(product.price_min, decimals),
        "tax_percent": None if product.tax_percent is None else format(product.tax_percent.normalize(), "f"),
        "excluded": product.excluded,
        "source": product.source,
        "archived_at": product.archived_at,
        "updated_at": product.updated_at,
        "version": product.version,
    }


def present_results(results: list[RowResult], *, prefix: str) -> dict[str, Any]:
    """What became of imported products as the API writes it."""
    counts = {"created": 0, "changed": 0, "unchanged": 0, "error": 0}
    for result in results:
        counts[result.status] += 1
    return {
        "created": counts["created"],
        "changed": counts["changed"],
        "unchanged": counts["unchanged"],
        "failed": counts["error"],
        "results": [
            {
                "sku": result.sku,
                "status": result.status,
                "id": encode("prd", result.product_id) if result.product_id else None,
                "errors": [_present_problem(problem, f"{prefix}/{result.at}") for problem in result.problems],
            }
            for result in results
        ],
    }


def _present_problem(problem: FieldProblem, prefix: str) -> dict[str, str]:
    return {"pointer": f"{prefix}{problem.pointer}", "code": problem.code, "detail": _(problem.detail)}


def _decimals(request: ApiRequest) -> int:
    return get_chain(request.actor.chain_id).currency_decimals
