"""Routes of vouchers."""

from regulars.vouchers.api.batches import routes as voucher_batch_routes
from regulars.vouchers.api.pictures import routes as voucher_picture_routes
from regulars.vouchers.api.scanning import show_voucher
from regulars.vouchers.api.vouchers import routes as voucher_routes

__all__ = ["show_voucher", "voucher_batch_routes", "voucher_picture_routes", "voucher_routes"]
