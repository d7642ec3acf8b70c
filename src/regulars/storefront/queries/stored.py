"""All that is stored about one person, as a document for them (CUS-7)."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from regulars.chains.queries import find_chain
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.platform.database import from_json, rows
from regulars.storefront.queries.stored_parts import PARTS

LINES_MAX: Final = 20_000
"""Of each part; whoever has more of one thing gets the newest."""
_JSON: Final = ("custom", "before", "after", "consents", "channels", "facts", "verdicts", "lines")


def gather_stored(chain_id: UUID, customer_id: UUID, *, now: datetime) -> dict[str, Any]:
    """What is stored about a customer, by the names of its parts: for a file, without a secret of ours in it."""
    chain = find_chain(chain_id)
    assert chain is not None, "whoever asks has found the chain"
    asked = {"chain": chain_id, "customer": customer_id, "decimals": chain.currency_decimals}
    document: dict[str, Any] = {"made_at": now.isoformat(), "record": _record(asked)}
    for name, columns, statement in PARTS:
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
        units, decimals = value
        return None if units in (None, "") else format_amount(int(units), int(decimals or 0))
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return encode("ord" if name == "order" else "crd", value)
    if isinstance(value, Decimal):
        return str(value)
    return from_json(value) if name in _JSON else value
