"""Routes of vouchers."""

from regulars.vouchers.api.scanning import scan_voucher
from regulars.vouchers.api.vouchers import routes as voucher_routes

__all__ = ["scan_voucher", "voucher_routes"]
