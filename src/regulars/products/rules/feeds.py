"""What a product feed may be, when it is due, and how one of its products is read; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from regulars.kernel.fields import check_choice, check_name, check_text
from regulars.kernel.refusal import FieldProblem, Invalid
from regulars.products.rules.columns import FIELDS, read_texts
from regulars.products.rules.feed_xml import Entry
from regulars.products.rules.plain_texts import currency_in

FeedKind = Literal["yml", "google_xml", "csv"]
Schedule = Literal["hourly", "daily"]

FEED_KINDS: Final[tuple[str, ...]] = get_args(FeedKind)
SCHEDULES: Final[tuple[str, ...]] = get_args(Schedule)
URL_LENGTH_MAX: Final = 2_000
SOURCE_LENGTH_MAX: Final = 120
DAILY_HOUR: Final = 4
FEEDS_MAX: Final = 10
DECIMALS_OF_PROGRAMS: Final = 3
PRODUCTS_MAX: Final = 100_000
FEED_BYTES_MAX: Final = 100_000_000
ERRORS_KEPT: Final = 100

_REASONS: Final = {
    "invalid_xml": "Line {line} is no well-formed XML: {reason}.",
    "entities": "Line {line} declares an entity, which no product feed needs and which is not read.",
    "too_deep": "Line {line} is nested deeper than {limit} levels.",
    "text_too_long": "A text before line {line} has more than {limit} characters.",
    "too_many_categories": "The feed has more than {limit} categories.",
    "too_many_products": "The feed has more than {limit} products.",
    "no_products": "The feed has no product that could be read.",
    "no_sku_column": "No column holds SKUs. Say in the settings of the feed which one it is.",
    "column_missing": "The file has no column “{column}”.",
    "unreadable_file": "The file cannot be read as a table.",
    "interrupted": "The reading was interrupted and did not go on.",
    "fault": "Something broke on our side; the fault has been written down.",
}
"""Why a feed as a whole was not read, by code; the reasons of fetching stand in `platform.outbound`."""

REASONS: Final = _REASONS

_USUAL: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "yml": {
        "sku": ("@id",),
        "name": ("name",),
        "category": ("category",),
        "price": ("price",),
    },
    "google_xml": {
        "sku": ("id",),
        "name": ("title",),
        "category": ("product_type", "google_product_category"),
        "price": ("price",),
    },
}
_VAT: Final = re.compile(r"VAT_(\d{1,2})(_\d+)?")
_NO_VAT: Final = "NO_VAT"
_SAME_CURRENCY: Final = {"RUR": "RUB"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDraft:
    """A feed as somebody wants it; `mapping` says for fields of a product which part or column of the feed holds them."""

    name: str
    url: str
    kind: str
    schedule: str = "daily"
    mapping: Mapping[str, str] = field(default_factory=dict)
    archives_gone: bool = False
    is_paused: bool = False


def check_feed(draft: FeedDraft) -> Invalid | None:
    """Say what is wrong with a feed, field by field; None where nothing is."""
    problems = [
        *check_name(draft.name, "/name"),
        *check_url(draft.url, "/url"),
        *check_choice(draft.kind, FEED_KINDS, "/kind"),
        *check_choice(draft.schedule, SCHEDULES, "/schedule"),
    ]
    for name, source in draft.mapping.items():
        if name not in FIELDS:
            problems.append(FieldProblem("/mapping", "unknown_field", f"One of: {', '.join(FIELDS)}."))
        problems += check_text(
            source, f"/mapping/{name}" if name in FIELDS else "/mapping", length_max=SOURCE_LENGTH_MAX
        )
    return Invalid(errors=tuple(problems)) if problems else None


def check_url(text: str, pointer: str) -> list[FieldProblem]:
    """Say why this cannot be the address of a feed."""
    if len(text) > URL_LENGTH_MAX:
        return check_text(text, pointer, length_max=URL_LENGTH_MAX)
    try:
        parts = urlsplit(text)
        is_address = (
            parts.scheme in ("https", "http") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        is_address = False
    if not is_address or not text.isascii() or any(letter.isspace() for letter in text):
        return [FieldProblem(pointer, "invalid_url", "A web address that begins with https:// is wanted.")]
    if parts.username is not None or parts.password is not None:
        detail = "A name or password in the address would be shown to everybody who may see feeds. Leave it out."
        return [FieldProblem(pointer, "invalid_url", detail)]
    return []


def next_due(schedule: str, *, after: datetime, zone: ZoneInfo) -> datetime:
    """When a feed is read again: an hour later, or at the next four o'clock in the morning of the business."""
    if schedule == "hourly":
        return after + timedelta(hours=1)
    local = after.astimezone(zone)
    due = local.replace(hour=DAILY_HOUR, minute=0, second=0, microsecond=0, fold=0)
    return due if due > local else (due.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)


def read_entry(
    entry: Entry, *, kind: str, mapping: Mapping[str, str], currency: str
) -> tuple[dict[str, Any], list[FieldProblem]]:
    """The fields of a product that an entry of a feed gives, ready to be checked, and what is wrong with its currency."""
    texts: dict[str, str] = {}
    for name, sources in (_USUAL[kind] | {name: (source,) for name, source in mapping.items()}).items():
        found = [entry.texts[source] for source in sources if source in entry.texts]
        if found:
            texts[name] = ",".join(found[0]) if name == "tags" else found[0][0]
    if kind == "yml" and not texts.get("name"):
        texts["name"] = " ".join(filter(None, map(entry.first, ("typePrefix", "vendor", "model"))))
    if kind == "yml" and "tax_percent" not in mapping and (percent := vat_percent(entry.first("vat"))) is not None:
        texts["tax_percent"] = percent
    stated = currency_in(texts.get("price", "")) or entry.first("currencyId").strip().upper() or currency
    problems = []
    if _SAME_CURRENCY.get(stated, stated) != currency:
        detail = "The price is in another currency than the business."
        problems.append(FieldProblem("/price", "other_currency", detail))
    # Programs write feeds: three digits after a point are decimals there, never thousands.
    return read_texts(texts, decimals=DECIMALS_OF_PROGRAMS), problems


def vat_percent(text: str) -> str | None:
    """The percentage of a `vat` of YML: `VAT_20`, `VAT_20_120`, `NO_VAT` or a plain number; None where it says none."""
    word = text.strip().upper()
    if word == _NO_VAT:
        return "0"
    found = _VAT.fullmatch(word)
    return found[1] if found else None
