"""Which columns of a file hold which fields of a product, and what their cells mean; pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from regulars.kernel.refusal import FieldProblem, Invalid
from regulars.kernel.text import search_form
from regulars.products.rules.plain_texts import kind_in, percent_text, price_text, tags_in, yes_or_no

FIELDS: Final = ("sku", "name", "category", "tags", "kind", "price", "price_min", "tax_percent", "excluded")
HEADER_ROWS_MAX: Final = 10

_HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "sku": ("sku", "article", "article number", "item number", "product code", "code", "id", "external id", "external_id",
            "артикул", "код", "код товара", "एसकेयू", "कोड", "artikelnummer", "art nr"),
    "name": ("name", "title", "product", "product name", "item", "название", "наименование", "товар", "имя", "नाम",
             "उत्पाद", "bezeichnung", "artikel"),
    "category": ("category", "categories", "product type", "product_type", "group", "категория", "группа", "श्रेणी",
                 "kategorie", "warengruppe"),
    "tags": ("tags", "tag", "labels", "метки", "теги", "टैग", "schlagworte"),
    "kind": ("kind", "type", "goods or service", "вид", "тип", "प्रकार", "art"),
    "price": ("price", "retail price", "unit price", "sale price", "цена", "розничная цена", "цена продажи", "मूल्य",
              "कीमत", "दाम", "preis", "verkaufspreis", "vk"),
    "price_min": ("price_min", "minimum price", "min price", "floor", "lowest price", "минимальная цена", "мин. цена",
                  "न्यूनतम मूल्य", "mindestpreis"),
    "tax_percent": ("tax_percent", "tax", "tax %", "vat", "vat %", "tax rate", "gst", "ндс", "ндс %", "ставка ндс", "कर",
                    "जीएसटी", "mwst", "ust", "steuersatz"),
    "excluded": ("excluded", "no promotions", "no discounts", "без акций", "без скидок", "исключен", "исключён",
                 "बिना ऑफ़र", "ohne rabatt"),
}  # fmt: skip
_KNOWN: Final = {search_form(name): field for field, names in _HEADERS.items() for name in names}


def find_header(rows: Sequence[tuple[int, Sequence[str]]], mapping: Mapping[str, str]) -> tuple[int, dict[int, str]]:
    """Which of the first rows is the header, and which column fills which field; no columns where none holds an SKU.

    `mapping` (ours → header text) stands above what headers look like.
    """
    best: tuple[int, dict[int, str]] = (0, {})
    for at, (_, cells) in enumerate(rows[:HEADER_ROWS_MAX]):
        columns = read_header(cells, mapping)
        if "sku" in columns.values() and len(columns) > len(best[1]):
            best = (at, columns)
    return best


def read_header(cells: Sequence[str], mapping: Mapping[str, str]) -> dict[int, str]:
    """Which column of a header fills which field; the first of two that fit."""
    named = {search_form(text): field for field, text in mapping.items()}
    columns: dict[int, str] = {}
    for known in (named, _KNOWN):
        for at, cell in enumerate(cells):
            field = known.get(search_form(cell))
            if field and at not in columns and field not in columns.values():
                columns[at] = field
    return columns


def missing_columns(header: Sequence[str], mapping: Mapping[str, str]) -> list[str]:
    """The headers that a mapping names and the file does not have."""
    present = {search_form(cell) for cell in header}
    return [text for text in mapping.values() if search_form(text) not in present]


def read_cells(
    rows: Sequence[tuple[int, Sequence[str]]], columns: Mapping[int, str], *, decimals: int
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The products of a table's rows, each with the row's number; rows without anything are no products."""
    for number, cells in rows:
        texts = {field: cells[at] if at < len(cells) else "" for at, field in columns.items()}
        if any(text.strip() for text in texts.values()):
            yield number, read_texts(texts, decimals=decimals)


def read_texts(texts: Mapping[str, str], *, decimals: int) -> dict[str, Any]:
    """The fields that texts of a file or feed mean, ready to be checked; an empty kind or name says nothing."""
    given: dict[str, Any] = {}
    for field, text in texts.items():
        if field in ("kind", "name") and not text.strip():
            continue
        given[field] = _read(field, text, decimals)
    return given


def no_sku_column() -> Invalid:
    """What a file is told in which no column holds SKUs."""
    return Invalid(
        errors=(
            FieldProblem("/file", "no_sku_column", "No column holds SKUs. Name one “sku”, or say which one it is."),
        )
    )


def _read(field: str, text: str, decimals: int) -> Any:
    if field in ("price", "price_min"):
        return price_text(text, decimals=decimals)
    if field == "tax_percent":
        return percent_text(text)
    if field == "tags":
        return tags_in(text)
    if field == "kind":
        return kind_in(text)
    # A word that is neither yes nor no is kept from promotions: rather too few discounts than too many.
    return yes_or_no(text) is not False if field == "excluded" else text
