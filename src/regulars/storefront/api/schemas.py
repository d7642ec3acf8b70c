"""What is stored about a customer, as the API writes it."""

from datetime import datetime
from typing import Any

from ninja import Schema


class StoredOut(Schema):
    """A person's data by where it is kept. `time_line` is what the journal says, with what stood before and after."""

    made_at: datetime
    record: dict[str, Any]
    consents: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    cards: list[dict[str, Any]]
    balances: list[dict[str, Any]]
    entries: list[dict[str, Any]]
    vouchers: list[dict[str, Any]]
    time_line: list[dict[str, Any]]
    join_requests: list[dict[str, Any]]
