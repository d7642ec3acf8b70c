"""What an export may be limited to: the filters of the lists, by the names that the API gives them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from regulars.kernel.fields import check_text
from regulars.kernel.refusal import FieldProblem

TEXT_LENGTH_MAX: Final = 254
YEARS: Final = (1800, 2400)
FILTERS: Final[dict[str, tuple[str, ...]]] = {
    "cards": (
        "search", "number", "short_number", "phone", "customer", "card_type", "status", "platform", "holder", "location",
        "import",
    ),
    "customers": ("search", "phone", "email", "tag", "card_type", "location", "import", "loyalty"),
    "transactions": ("card", "customer", "card_type", "balance_type", "kind", "location", "import", "from", "to"),
    "orders": ("search", "state", "location", "channel", "customer", "card", "from", "to"),
    "memberships": ("search", "state", "type", "ends_within", "customer", "card"),
    "codes": ("pool", "state", "customer"),
    "vouchers": ("search", "state", "source", "customer", "card", "batch"),
    "gift_cards": ("state", "gift_card_type", "customer"),
}  # fmt: skip
CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "status": ("active", "blocked", "expired", "deleted"),
    "state": ("open", "paid", "completed", "cancelled", "refunded"),
    "platform": ("web", "apple", "google"),
    "holder": ("customer", "unclaimed", "blank"),
    "loyalty": ("off",),
}
OWN_CHOICES: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("codes", "state"): ("free", "attached", "active", "used", "expired"),
    ("vouchers", "state"): ("issued", "active", "redeemed", "expired", "cancelled"),
    ("gift_cards", "state"): ("active", "used_up", "expired", "blocked", "cancelled"),
    ("memberships", "state"): ("sold", "active", "frozen", "used_up", "expired", "cancelled"),
    ("memberships", "ends_within"): ("7", "14", "30"),
    ("vouchers", "source"): ("manual", "milestone", "lottery", "catalogue", "promotion", "import"),
}
"""Where a filter of one kind of export takes other values than elsewhere."""


def check_filter(kind: str, wanted: Mapping[str, Any]) -> list[FieldProblem]:
    """Say which filters this kind of export has not, and which values mean nothing."""
    problems: list[FieldProblem] = []
    for name, value in wanted.items():
        pointer = f"/filter/{str(name)[:60]}"
        if name not in FILTERS[kind]:
            problems.append(FieldProblem(pointer, "unknown_field", f"One of: {', '.join(FILTERS[kind])}."))
        elif not isinstance(value, str):
            problems.append(FieldProblem(pointer, "wrong_type", "A text is wanted."))
        else:
            problems += check_text(value, pointer, length_max=TEXT_LENGTH_MAX) or _check_value(
                kind, name, value, pointer
            )
    return problems


def _check_value(kind: str, name: str, value: str, pointer: str) -> list[FieldProblem]:
    if not value:
        return []
    choices = OWN_CHOICES.get((kind, name)) or CHOICES.get(name, ())
    if choices and value not in choices:
        return [FieldProblem(pointer, "unknown_value", f"One of: {', '.join(choices)}.")]
    if name in ("from", "to") and read_moment(value) is None:
        return [FieldProblem(pointer, "invalid_time", "A day or a time is wanted: 2026-11-22, 2026-11-22T09:30:00Z.")]
    return []


def read_moment(text: str) -> date | datetime | None:
    """A day (ISO 8601), or a time with its zone; None for anything else."""
    try:
        found: date | datetime = datetime.fromisoformat(text) if "T" in text[:11] else date.fromisoformat(text)
    except ValueError:
        return None
    if isinstance(found, datetime) and found.tzinfo is None:
        return None
    return found if YEARS[0] <= found.year <= YEARS[1] else None
