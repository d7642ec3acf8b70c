"""The columns that each kind of export has, by the headers they get."""

from collections.abc import Sequence
from typing import Final

from regulars.kernel.refusal import FieldProblem

KINDS: Final = ("cards", "customers", "transactions", "orders", "vouchers", "memberships", "codes", "gift_cards")
FORMATS: Final = ("xlsx", "csv")
COLUMNS_MAX: Final = 400

RIGHTS: Final = {
    "cards": "cards:read",
    "customers": "customers:read",
    "transactions": "balances:read",
    "orders": "orders:read",
    "memberships": "rewards:read",
    # A code is as good as what it opens: whoever makes codes may write them out.
    "codes": "promotions:write",
    "vouchers": "rewards:read",
    "gift_cards": "rewards:read",
}
"""What its maker, and whoever fetches its file, must be allowed to see."""

_BALANCES: Final = "balance:*"
_CUSTOM: Final = "custom:*"
_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "cards": (
        "number", "phone", "name", "email", "type", "status", "version", _BALANCES, "birthday", "language", "tags",
        "issued", "last_activity", "link",
    ),
    "customers": (
        "phone", "phone2", "name", "email", "birthday", "language", "tags", _CUSTOM, "comment", "external_id", "created",
    ),
    "transactions": (
        "id", "at", "kind", "number", "balance_type", "amount", "balance_after", "reason", "source", "staff", "location",
        "reverses", "import",
    ),
    "orders": (
        "external_id", "at", "state", "number", "phone", "name", "customer", "location", "channel", "starts_at", "lines",
        "total_before", "discount", "total", "tax", "paid_by_balances", "refunded", "codes", "id",
    ),
    "memberships": (
        "membership", "state", "name", "phone", "email", "number", "sold", "location", "price", "refunded", "visits",
        "used", "left", "starts_on", "ends_on", "frozen_from", "frozen_until", "frozen_days", "external_id", "bearer_code",
        "id",
    ),
    "codes": (
        "code", "pool", "state", "phone", "name", "uses", "attached", "activated", "used_at", "valid_until", "id",
    ),
    "vouchers": (
        "title", "state", "benefit", "number", "phone", "name", "source", "issued", "starts_at", "expires_at",
        "redeemed_at", "location", "staff", "reason", "bearer_code", "id",
    ),
    "gift_cards": (
        "gift_card_type", "state", "value", "balance", "name", "phone", "email", "sold", "location", "valid_until",
        "bearer_code", "id",
    ),
}  # fmt: skip
BEARER_CODE: Final = "bearer_code"
RIGHT_TO_CODES: Final = "rewards:write"
"""What it takes to have that column written, and to fetch a file that has it."""

ONLY_IF_ASKED: Final = frozenset({"link", BEARER_CODE})
"""Whoever has a card's link sees its balance, whoever has a code uses it: they are written only where somebody chose them."""

OF_CUSTOMERS: Final = frozenset({"birthday", "language", "tags"})
"""Columns of the cards' holders that nobody sees who may not see customers."""


def list_columns(kind: str, *, balances: Sequence[str] = (), custom_keys: Sequence[str] = ()) -> tuple[str, ...]:
    """Every column that an export of this kind can have, in order; `phone2` stands for all further phones."""
    found: list[str] = []
    for column in _COLUMNS[kind]:
        if column == _BALANCES:
            found += [f"balance:{external_id}" for external_id in balances]
        elif column == _CUSTOM:
            found += [f"custom:{key}" for key in custom_keys]
        else:
            found.append(column)
    return tuple(found)


def usual_columns(known: Sequence[str], *, may_see_customers: bool) -> tuple[str, ...]:
    """The columns of an export whose maker chose none."""
    left = ONLY_IF_ASKED if may_see_customers else ONLY_IF_ASKED | OF_CUSTOMERS
    return tuple(column for column in known if column not in left)


def check_columns(wanted: Sequence[str], known: Sequence[str]) -> list[FieldProblem]:
    """Say which of the wanted columns there are none of, or twice."""
    if not wanted:
        return [FieldProblem("/columns", "required", "Choose at least one column.")]
    if len(wanted) > COLUMNS_MAX:
        return [FieldProblem("/columns", "too_many", f"At most {COLUMNS_MAX} columns.")]
    problems = []
    for position, column in enumerate(wanted):
        if column not in known:
            detail = f"One of: {', '.join(known)}."
            problems.append(FieldProblem(f"/columns/{position}", "unknown_value", detail))
        elif column in wanted[:position]:
            problems.append(FieldProblem(f"/columns/{position}", "duplicate", "This column is named twice."))
    return problems
