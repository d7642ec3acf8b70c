"""Google Wallet, as values: what is sent, what is signed, what is believed."""
