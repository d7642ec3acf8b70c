"""When somebody has their birthday: asked only where a promotion that runs asks (ORD-8)."""

from typing import Final
from uuid import UUID

from regulars.platform.hot import HotCursor
from regulars.platform.migrations_support import CURRENT_CHAIN

BIRTHDAY: Final = f"""
SELECT extract(month FROM c.birthday)::int, extract(day FROM c.birthday)::int FROM customers c
WHERE c.chain_id = {CURRENT_CHAIN} AND c.id = %(customer)s AND c.birthday IS NOT NULL
"""


def birthday_of(cursor: HotCursor, customer_id: UUID) -> tuple[int, int] | None:
    """Month and day of a customer's birthday; None where it is not known, and for a card that nobody has claimed."""
    found = cursor.row(BIRTHDAY, {"customer": customer_id})
    return (found[0], found[1]) if found else None
