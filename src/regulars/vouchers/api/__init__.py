"""Routes of vouchers."""

from regulars.vouchers.api.vouchers import routes as voucher_routes

__all__ = ["voucher_routes"]
