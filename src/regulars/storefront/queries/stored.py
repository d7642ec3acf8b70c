"""All that is stored about one person, as a document for them (CUS-7)."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.platform.database import from_json, rows

LINES_MAX: Final = 20_000
"""Of each part; whoever has more of one thing gets the newest."""
CARDS: Final = "SELECT k.id FROM cards k WHERE k.chain_id = %(chain)s AND k.customer_id = %(customer)s"

Part = tuple[str, tuple[str, ...], str]

_PARTS: Final[tuple[Part, ...]] = (
    (
        "consents",
        ("purpose", "given", "source", "text_version", "at"),
        (
            "SELECT purpose, given, source, text_version, at FROM consents"
            " WHERE chain_id = %(chain)s AND customer_id = %(customer)s ORDER BY at DESC"
        ),
    ),
    (
        "notes",
        ("text", "at"),
        "SELECT text, at FROM customer_notes WHERE chain_id = %(chain)s AND customer_id = %(customer)s ORDER BY at DESC",
    ),
    (
        "cards",
        ("id", "number", "type", "status", "issued_at", "issued_through", "expires_at", "last_activity_at"),
        (
            "SELECT k.id, k.number, t.name, k.status, k.issued_at, k.issued_through, k.expires_at, k.last_activity_at"
            " FROM cards k JOIN card_types t ON t.id = k.card_type_id"
            " WHERE k.chain_id = %(chain)s AND k.customer_id = %(customer)s AND k.status <> 'undone' ORDER BY k.id DESC"
        ),
    ),
    (
        "balances",
        ("card", "name", "balance"),
        (
            "SELECT k.number, b.name, (a.balance, b.decimals) FROM accounts a JOIN cards k ON k.id = a.card_id"
            " JOIN balance_types b ON b.id = a.balance_type_id"
            " WHERE k.chain_id = %(chain)s AND k.customer_id = %(customer)s AND k.status <> 'undone' ORDER BY k.id, b.id"
        ),
    ),
    (
        "entries",
        ("at", "card", "balance", "amount", "kind", "reason"),
        (
            "SELECT t.at, k.number, b.name, (e.amount, b.decimals), t.kind, n.text"
            " FROM entries e LEFT JOIN transaction_notes n ON n.transaction_id = e.transaction_id JOIN transactions t ON t.id = e.transaction_id JOIN cards k ON k.id = e.card_id"
            " JOIN balance_types b ON b.id = e.balance_type_id"
            " WHERE k.chain_id = %(chain)s AND k.customer_id = %(customer)s ORDER BY e.id DESC"
        ),
    ),
    (
        "vouchers",
        ("title", "code", "state", "description"),
        (
            "SELECT title, code, state, description FROM vouchers"
            " WHERE chain_id = %(chain)s AND customer_id = %(customer)s ORDER BY id DESC"
        ),
    ),
    (
        "time_line",
        ("at", "what", "before", "after"),
        (
            "SELECT e.at, e.verb, d.before, d.after FROM audit_entries e"
            " LEFT JOIN audit_details d ON d.chain_id = e.chain_id AND d.entry_id = e.id"
            f" WHERE e.chain_id = %(chain)s AND (e.object_id = %(customer)s OR e.object_id IN ({CARDS})) ORDER BY e.id DESC"
        ),
    ),
    (
        "join_requests",
        ("at", "name", "phone", "email", "birthday", "language", "consents"),
        (
            "SELECT created_at, name, phone, email, birthday, language, consents FROM join_requests"
            " WHERE chain_id = %(chain)s AND customer_id = %(customer)s ORDER BY created_at DESC"
        ),
    ),
)


def gather_stored(chain_id: UUID, customer_id: UUID, *, now: datetime) -> dict[str, Any]:
    """What is stored about a customer, by the names of its parts: for a file, without a secret of ours in it."""
    asked = {"chain": chain_id, "customer": customer_id}
    document: dict[str, Any] = {"made_at": now.isoformat(), "record": _record(asked)}
    for name, columns, statement in _PARTS:
        document[name] = _lines(columns, f"{statement} LIMIT {LINES_MAX}", asked)
    return document


def _record(asked: dict[str, Any]) -> dict[str, Any]:
    (found,) = _lines(
        (
            "id",
            "name",
            "email",
            "birthday",
            "language",
            "tags",
            "custom",
            "comment",
            "loyalty_off",
            "created_at",
            "phones",
        ),
        "SELECT c.id, c.name, c.email, c.birthday, c.language, c.tags, c.custom, c.comment, c.loyalty_off, c.created_at,"
        " ARRAY(SELECT p.phone FROM customer_phones p WHERE p.customer_id = c.id ORDER BY p.position)"
        " FROM customers c WHERE c.chain_id = %(chain)s AND c.id = %(customer)s",
        asked,
    )
    return found | {"id": encode("cus", asked["customer"])}


def _lines(columns: Sequence[str], statement: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {name: _plain(name, value) for name, value in zip(columns, values, strict=True)}
        for values in rows(statement, asked)
    ]


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, tuple):
        return format_amount(int(value[0]), int(value[1]))
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return encode("crd", value)
    if isinstance(value, Decimal):
        return str(value)
    return from_json(value) if name in ("custom", "before", "after", "consents") else value
