"""Whose rows a part reads: those of a person, of the cards that are theirs, and of what these bought."""

from typing import Final

CARDS: Final = "SELECT k.id FROM cards k WHERE k.chain_id = %(chain)s AND k.customer_id = %(customer)s"
ORDERS: Final = (
    "SELECT o.id FROM orders o WHERE o.chain_id = %(chain)s"
    f" AND (o.customer_id = %(customer)s OR o.card_id IN ({CARDS}))"
)
HOLDERS: Final = f"SELECT %(customer)s::uuid UNION ALL {CARDS}"
"""Tiers and limits count by who holds the card: the customer, or the card before it was claimed."""

Part = tuple[str, tuple[str, ...], str]
"""The name of a part, the names of its columns, and the statement that reads them."""
