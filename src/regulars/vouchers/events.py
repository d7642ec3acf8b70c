"""Facts that vouchers announce."""

from typing import Final

VOUCHER_ISSUED: Final = "voucher.issued"
VOUCHER_ACTIVATED: Final = "voucher.activated"
VOUCHER_REDEEMED: Final = "voucher.redeemed"
VOUCHER_GIVEN_BACK: Final = "voucher.given_back"
VOUCHER_CANCELLED: Final = "voucher.cancelled"
VOUCHER_EXPIRED: Final = "voucher.expired"
