"""Pages of vouchers: the list, one voucher with its code and history, issuing, redeeming, a sheet to print."""
