"""Routes of the till: codes on receipts (TIL-4)."""

from regulars.till.api.receipts import routes as receipt_routes
from regulars.till.api.receipts import show_receipt_code

__all__ = ["receipt_routes", "show_receipt_code"]
